/**
 * Brings the API server's port into the central namespace: a listening socket there, made from here, whose connections
 * go to a server that this process's own namespace reaches.
 */
import { connect, createServer, type Socket } from 'node:net';
import { inNetns, openNetns } from '@kube-ovn/host';
import { join } from 'node:path';
import { NETNS_DIR } from '../infra/layout.ts';

export interface RelayOptions {
  /** name of the namespace to listen in */
  readonly namespace: string;
  readonly port: number;
  /** where connections go */
  readonly target: { readonly host: string; readonly port: number };
}

/** Start a relay; it listens on every address of the namespace. */
export async function startRelay(options: RelayOptions): Promise<AsyncDisposable> {
  const { target, port, namespace } = options;
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const [side, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      clients.add(side);
      side.setNoDelay(true);
      side.on('error', () => other.destroy());
      side.once('close', () => {
        clients.delete(side);
        other.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('listening', resolve);
  server.once('error', reject);
  using netns = openNetns(join(NETNS_DIR, namespace));
  // Without a host argument the socket is made and bound before `listen` returns, and so belongs to the namespace.
  inNetns(netns, () => void server.listen(port));
  await promise;
  return {
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
