/** Serves the web page, to this machine alone. */
import { createServer } from 'node:http';
import { securityHeaders, type WebAnswer, type WebRequest } from '../web/routes.ts';

export interface WebOptions {
  /** Of this machine. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly answer: (request: WebRequest) => WebAnswer;
  readonly onError: (error: unknown) => void;
}

export interface WebServer {
  readonly port: number;
  close(): Promise<void>;
}

/** People, not programs: who asks for more waits. */
const mostConnections = 32;

/** @throws when the address can not be listened on */
export async function serveWeb({ host, port, answer, onError }: WebOptions): Promise<WebServer> {
  const server = createServer((request, response) => {
    const { method = '', url: target = '/', headers } = request;
    let found: WebAnswer;
    try {
      found = answer({ method, target, host: headers.host ?? '' });
    } catch (error) {
      onError(error);
      found = { status: 500, type: 'text/plain; charset=utf-8', body: 'this went wrong; the log of the controller says how\n' };
    }
    const { status, type, body } = found;
    const length = Buffer.byteLength(body);
    response.writeHead(status, {
      ...securityHeaders,
      'content-type': type,
      'content-length': length,
      ...(status === 405 && { allow: 'GET, HEAD' }),
    });
    response.end(method === 'HEAD' ? undefined : body);
  });
  server.headersTimeout = 5000;
  server.requestTimeout = 10_000;
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
