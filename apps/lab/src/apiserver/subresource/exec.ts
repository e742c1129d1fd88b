/**
 * pods/exec and pods/attach: the client's WebSocket is tied to the kubelet's, byte for byte.
 *
 * The kubelet does the WebSocket handshake and speaks `v5.channel.k8s.io` or `v4.channel.k8s.io`; SPDY is not offered.
 *
 * @source k8s.io/apimachinery/pkg/util/remotecommand
 */
import type { IncomingMessage } from 'node:http';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Api, Target, User } from '../api.ts';
import type { ResourcePath } from '../http/path.ts';
import { badRequest, internal, noSuchPath } from '../status.ts';
import { containerPlace, kubeletPath } from './kubelet.ts';

/** A request to switch protocols. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly path: ResourcePath;
  readonly query: URLSearchParams;
  readonly user: User;
}

/** Takes over the socket. @throws {StatusError} before anything is written */
export type UpgradeHandler = (upgrade: Upgrade) => Promise<void>;

/** The handler of upgrade requests. */
export function execHandler(api: Api): UpgradeHandler {
  return async (upgrade) => {
    const { request, path, query } = upgrade;
    const resource = api.registry.find(path.group, path.version, path.plural);
    if (resource?.storage !== 'pods' || path.name === undefined || (path.subresource !== 'exec' && path.subresource !== 'attach'))
      throw noSuchPath();
    if (request.headers.upgrade?.toLowerCase() !== 'websocket')
      throw badRequest(`unable to upgrade: only WebSocket is offered, not ${request.headers.upgrade ?? 'nothing'}`);
    const target: Target = { resource, name: path.name, ...(path.namespace === undefined ? {} : { namespace: path.namespace }) };
    const place = containerPlace(api, target, query.get('container') ?? undefined);
    if (path.subresource === 'exec' && query.getAll('command').length === 0)
      throw badRequest('you must specify at least one command for the container');
    const kubelet = await connect(place.socketPath);
    kubelet.write(handshake(request, kubeletPath(path.subresource, place, query)));
    join(upgrade.socket, kubelet, upgrade.head);
  };
}

/** A plain answer for an exec request that isn't an upgrade. */
export function refusePlainExec(): Promise<never> {
  return Promise.reject(badRequest('Upgrade request required'));
}

function connect(socketPath: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path: socketPath, allowHalfOpen: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error) => reject(internal(`the kubelet at ${socketPath} can't be reached: ${error.message}`)));
  });
}

/** The client's request, addressed to the kubelet and without its credentials. */
function handshake(request: IncomingMessage, path: string): string {
  const kept = Object.entries(request.headers).filter(
    ([name]) => name.startsWith('sec-websocket-') || name === 'upgrade' || name === 'connection',
  );
  const lines = kept.map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : (value ?? '')}`);
  return [`GET ${path} HTTP/1.1`, 'host: kubelet', ...lines, '', ''].join('\r\n');
}

function join(client: Duplex, kubelet: Socket, head: Buffer): void {
  const end = (): void => {
    client.destroy();
    kubelet.destroy();
  };
  for (const side of [client, kubelet]) side.once('error', end).once('close', end);
  if (head.length > 0) kubelet.write(head);
  client.pipe(kubelet);
  kubelet.pipe(client);
}
