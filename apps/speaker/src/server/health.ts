/** /livez, /readyz and /metrics. */
import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';

export interface HealthOptions {
  readonly address: string;
  readonly port: number;
  /** Reasons why what is announced may not be what is wanted; none means ready. */
  readonly unready: () => readonly string[];
  /** Undefined: there are none. */
  readonly registry: Registry | undefined;
}

/** Listen; the port is in `server.address()`. */
export async function listenHealth({ address, port, unready, registry }: HealthOptions): Promise<Server> {
  const server = createServer(async (request, response) => {
    request.resume();
    const url = request.url ?? '/';
    const reasons = url === '/readyz' ? unready() : [];
    if (url === '/metrics' && registry !== undefined) {
      response.writeHead(200, { 'Content-Type': registry.contentType }).end(await registry.metrics());
    } else if (url === '/livez' || url === '/healthz' || url === '/readyz') {
      response.writeHead(reasons.length === 0 ? 200 : 503).end(reasons.length === 0 ? 'ok\n' : `${reasons.join('\n')}\n`);
    } else {
      response.writeHead(404).end('served here: /livez, /readyz, /metrics\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return server;
}
