/** Serves /livez, /readyz, /healthz and /metrics. */
import { createServer, type Server } from 'node:http';
import type { Scrape } from '@kube-ovn/telemetry';
import type { Health } from '../health.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly ready: () => Health;
  /** @param accept what the request says of formats */
  readonly metrics: (accept: string | undefined) => Promise<Scrape>;
}

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @throws when the address can not be listened on */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    answer(path, options, request.headers.accept).then(
      ({ status, text, type = 'text/plain; charset=utf-8' }) => response.writeHead(status, { 'content-type': type }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.headersTimeout = 5000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return { port: portOf(server), close: () => closed(server) };
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

async function answer(path: string, options: HttpOptions, accept: string | undefined): Promise<Answer> {
  switch (path) {
    case '/livez': // that this runs is the answer: the event loop turns
      return { status: 200, text: 'ok\n' };
    case '/readyz':
    case '/healthz': {
      const { ok, reasons } = options.ready();
      return { status: ok ? 200 : 503, text: ok ? 'ok\n' : `${reasons.join('\n')}\n` };
    }
    case '/metrics':
      return { status: 200, ...(await options.metrics(accept)) };
    default:
      return { status: 404, text: 'paths: /livez /readyz /healthz /metrics\n' };
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
