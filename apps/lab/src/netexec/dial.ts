/** Ask a netexec server something, by HTTP or UDP, within a time. Used by `/dial` and by the connectivity matrix. */
import { createSocket } from 'node:dgram';
import { request } from 'node:http';
import { isIPv6 } from 'node:net';

export interface DialTarget {
  readonly protocol: 'http' | 'udp';
  readonly host: string;
  readonly port: number;
  /** path without its slash, or the datagram's text */
  readonly ask: string;
  readonly timeoutMs: number;
}

export type DialResult = { readonly ok: true; readonly answer: string } | { readonly ok: false; readonly error: string };

export async function dial(target: DialTarget): Promise<DialResult> {
  return target.protocol === 'http' ? dialHttp(target) : dialUdp(target);
}

async function dialHttp({ host, port, ask, timeoutMs }: DialTarget): Promise<DialResult> {
  const { promise, resolve } = Promise.withResolvers<DialResult>();
  // One timer for all of it: `timeout` of http.request starts anew with each byte.
  const timer = setTimeout(() => {
    resolve({ ok: false, error: `no answer within ${timeoutMs} ms` });
    outgoing.destroy();
  }, timeoutMs);
  const outgoing = request({ host, port, path: `/${ask}`, agent: false }, (response) => {
    let answer = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      if (answer.length < 65_536) answer += chunk;
    });
    response.on('end', () =>
      resolve(
        response.statusCode === 200 ? { ok: true, answer } : { ok: false, error: `status ${response.statusCode}: ${answer.slice(0, 200)}` },
      ),
    );
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => resolve({ ok: false, error: error.code ?? error.message }));
  outgoing.end();
  const result = await promise;
  clearTimeout(timer);
  return result;
}

async function dialUdp({ host, port, ask, timeoutMs }: DialTarget): Promise<DialResult> {
  const { promise, resolve } = Promise.withResolvers<DialResult>();
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const send = (): void =>
    socket.send(ask, port, host, (error) => {
      if (error) resolve({ ok: false, error: (error as NodeJS.ErrnoException).code ?? error.message });
    });
  socket.once('message', (message) => resolve({ ok: true, answer: message.toString('utf8') }));
  socket.once('error', (error: NodeJS.ErrnoException) => resolve({ ok: false, error: error.code ?? error.message }));
  // A datagram may be lost; three are asked before no answer means no way.
  const again = setInterval(send, Math.max(50, timeoutMs / 3));
  const timer = setTimeout(() => resolve({ ok: false, error: `no answer within ${timeoutMs} ms` }), timeoutMs);
  send();
  const result = await promise;
  clearInterval(again);
  clearTimeout(timer);
  socket.close();
  return result;
}
