/**
 * /livez, /readyz and /metrics.
 */
import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';

/** What is told to whom asks. */
export interface HealthOptions {
  readonly address: string;
  readonly port: number;
  /** Reasons why the node cannot give pods an interface now; none means ready. */
  readonly unready: () => readonly string[];
  readonly registry: Registry;
}

const HTTP_OK = 200;
const HTTP_UNAVAILABLE = 503;

/** Listen; the port is in `server.address()`. */
export async function listenHealth(options: HealthOptions): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'Content-Type': type }).end(text);
    };
    switch (request.url ?? '/') {
      case '/livez':
      case '/healthz':
        answer(HTTP_OK, 'ok\n');
        return;
      case '/readyz': {
        const reasons = options.unready();
        answer(reasons.length === 0 ? HTTP_OK : HTTP_UNAVAILABLE, reasons.length === 0 ? 'ok\n' : `${reasons.join('\n')}\n`);
        return;
      }
      case '/metrics':
        options.registry.metrics().then(
          (text) => answer(HTTP_OK, text, options.registry.contentType),
          (error: unknown) => answer(500, `${String(error)}\n`),
        );
        return;
      default:
        answer(404, 'served here: /livez, /readyz, /metrics\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.address, resolve);
  });
  return server;
}
