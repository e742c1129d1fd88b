/** pods/log: the kubelet's answer, passed on as it comes. @source core/v1 PodLogOptions */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { internal, methodNotAllowed } from '../status.ts';
import type { SubresourceContext } from './handlers.ts';
import { containerPlace, kubeletPath } from './kubelet.ts';

/** GET of a container's log. */
export async function handleLog({ api, exchange, target }: SubresourceContext): Promise<void> {
  if (exchange.method !== 'GET') throw methodNotAllowed(`${exchange.method} of log`);
  const place = containerPlace(api, target, exchange.query.get('container') ?? undefined);
  const { response } = exchange;
  const upstream = await open(place.socketPath, kubeletPath('containerLogs', place, exchange.query), (abort) =>
    response.once('close', abort),
  );
  response.writeHead(upstream.statusCode ?? 502, { 'Content-Type': upstream.headers['content-type'] ?? 'text/plain' });
  response.flushHeaders();
  // either side may leave at any time: a follower that goes away is the usual end
  await pipeline(upstream, response).catch(() => response.destroy());
}

function open(socketPath: string, path: string, onClose: (abort: () => void) => void): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, method: 'GET', headers: { host: 'kubelet' } }, resolve);
    outgoing.once('error', (error) => reject(internal(`the kubelet at ${socketPath} can't be reached: ${error.message}`)));
    onClose(() => outgoing.destroy());
    outgoing.end();
  });
}
