/** Serves /livez, /readyz, /healthz and /metrics. */
import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';
import { scrape } from './scrape.ts';

/** What is told to whom asks. */
export interface TelemetryOptions {
  readonly address: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Reasons why the program can not do its work now; none means ready. */
  readonly unready: () => readonly string[];
  /** Undefined: there are no metrics. */
  readonly registry: Registry | undefined;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

/** Listen; the port is in `server.address()`. */
export async function listenTelemetry(options: TelemetryOptions): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    answer(options, path, request.headers.accept).then(
      ({ status, text, type = 'text/plain; charset=utf-8' }) => response.writeHead(status, { 'Content-Type': type }).end(text),
      (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
    );
  });
  server.headersTimeout = 5000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.address, resolve);
  });
  return server;
}

async function answer({ unready, registry }: TelemetryOptions, path: string, accept: string | undefined): Promise<Answer> {
  if (path === '/livez' || path === '/healthz') return { status: 200, text: 'ok\n' };
  if (path === '/readyz') {
    const reasons = unready();
    return reasons.length === 0 ? { status: 200, text: 'ok\n' } : { status: 503, text: `${reasons.join('\n')}\n` };
  }
  if (path === '/metrics' && registry !== undefined) return { status: 200, ...(await scrape(registry, accept)) };
  return { status: 404, text: `served here: /livez, /readyz${registry === undefined ? '' : ', /metrics'}\n` };
}
