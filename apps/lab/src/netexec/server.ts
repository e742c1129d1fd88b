/** The netexec server: HTTP, UDP and SCTP, on all addresses of both families. */
import { createSocket } from 'node:dgram';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Worker } from 'node:worker_threads';
import { dial } from './dial.ts';
import { httpAnswer, udpAnswer, type Identity } from './answer.ts';
import type { SctpService } from './sctp-server.ts';

export interface NetexecServer extends AsyncDisposable {
  readonly httpPort: number;
}

export async function serveNetexec(ports: { http: number; udp: number | undefined }, identity: Identity): Promise<NetexecServer> {
  const http = createServer((request, response) => void answer(request, response, identity));
  const udp = createSocket({ type: 'udp6', ipv6Only: false });
  udp.on('message', (message, peer) => {
    const reply = udpAnswer(message.toString('utf8'), peer, identity);
    if (reply !== undefined) udp.send(reply, peer.port, peer.address, () => undefined);
  });
  await listening(http, () => http.listen({ port: ports.http, host: '::' }));
  if (ports.udp !== undefined) await listening(udp, () => udp.bind(ports.udp));
  const bound = http.address();
  return {
    httpPort: typeof bound === 'object' && bound !== null ? bound.port : ports.http,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      udp.close();
    },
  };
}

/** A thread for each family, since its socket blocks; they end with the process. */
export function serveSctp(port: number, identity: Identity): void {
  for (const family of [4, 6] as const) {
    const workerData: SctpService = { family, port, identity };
    const thread = new Worker(new URL(import.meta.resolve('./sctp-server.ts')), { workerData });
    thread.on('error', (error) => process.stderr.write(`netexec: SCTP: ${error.message}\n`));
  }
}

async function listening(emitter: NodeJS.EventEmitter, listen: () => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  emitter.once('listening', resolve);
  emitter.once('error', reject);
  listen();
  return promise;
}

async function answer(request: IncomingMessage, response: ServerResponse, identity: Identity): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://netexec');
  if (url.pathname === '/dial') return answerDial(url, response);
  const { status, body } = httpAnswer(url, { address: request.socket.remoteAddress ?? '', port: request.socket.remotePort ?? 0 }, identity);
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(body);
}

/** `/dial?host=H&port=P&protocol=http|udp&request=hostname&tries=1`: ask somebody else, from here. */
async function answerDial(url: URL, response: ServerResponse): Promise<void> {
  const { searchParams } = url;
  const protocol = searchParams.get('protocol') ?? 'http';
  const port = Number(searchParams.get('port'));
  const host = searchParams.get('host') ?? '';
  const tries = Math.min(Number(searchParams.get('tries') ?? 1) || 1, 100);
  if ((protocol !== 'http' && protocol !== 'udp') || !Number.isInteger(port) || port < 1 || port > 65_535 || host === '') {
    response.writeHead(400);
    response.end('want host, port and protocol=http or udp\n');
    return;
  }
  const responses: string[] = [];
  const errors: string[] = [];
  for (let i = 0; i < tries; i += 1) {
    const result = await dial({ protocol, host, port, ask: searchParams.get('request') ?? 'hostname', timeoutMs: 3000 });
    if (result.ok) responses.push(result.answer);
    else errors.push(result.error);
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ responses, ...(errors.length > 0 && { errors }) }));
}
