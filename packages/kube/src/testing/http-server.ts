/** The in-memory server behind a real socket. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FakeAnswer, FakeApi } from './fake-api.ts';

/** A listening server; `stop()` also cuts what is open. */
export interface FakeHttpServer {
  readonly url: string;
  readonly port: number;
  /** Headers of the last request. */
  readonly lastHeaders: () => IncomingMessage['headers'];
  /** Cut every connection, without a word. */
  cut(): void;
  stop(): Promise<void>;
}

/** Serve `api` on a port of the loopback interface. */
export async function serveFakeApi(api: FakeApi, port = 0): Promise<FakeHttpServer> {
  let headers: IncomingMessage['headers'] = {};
  const server: Server = createServer((request, response) => {
    headers = request.headers;
    void respond(api, request, response);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    lastHeaders: () => headers,
    cut: () => server.closeAllConnections(),
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(api: FakeApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  const answer = api.handle({ method: request.method ?? '', path: request.url ?? '', contentType: request.headers['content-type'], body });
  if ('watch' in answer) return follow(answer, response);
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
}

async function follow({ watch }: Extract<FakeAnswer, { watch: unknown }>, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  response.on('close', () => watch.end('end'));
  try {
    // Pieces end anywhere, as they do on a network.
    for await (const text of watch.chunks()) {
      const middle = Math.floor(text.length / 2);
      response.write(text.slice(0, middle));
      response.write(text.slice(middle));
    }
    response.end();
  } catch {
    response.destroy();
  }
}
