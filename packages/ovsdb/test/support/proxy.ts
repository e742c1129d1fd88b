/** Stands between a client and a server on a unix socket, and misbehaves as told. */
import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { MessageSplitter } from '../../src/json/splitter.ts';

export interface ProxyBehaviour {
  /** Answer these requests with "unknown method". */
  refuse?: readonly string[];
  /** Cut what the server sends into pieces of these sizes, in turn. */
  pieces?: readonly number[];
  /** Hold back what the server sends, in order. */
  delayMs?: number;
  /** End the connection after so many bytes from the server. */
  cutAfterBytes?: number;
  /** Pass this on to the server instead of a request; '' swallows it. */
  rewrite?: (request: string) => string | undefined;
  /** Send this to the client instead of the server's next message whose text it accepts. */
  replace?: (message: string) => string | Uint8Array | undefined;
  /** Pass nothing on in either direction. */
  silent?: boolean;
}

export interface Proxy extends AsyncDisposable {
  readonly remote: string;
  behaviour: ProxyBehaviour;
  /** End all connections. */
  drop(): void;
  readonly connections: number;
}

export async function startProxy(target: string, name = 'proxy'): Promise<Proxy> {
  const targetPath = target.slice('unix:'.length);
  const path = `${targetPath}.${name}`;
  const sockets = new Set<Socket>();
  let connections = 0;
  const proxy = {
    remote: `unix:${path}`,
    behaviour: {} as ProxyBehaviour,
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      proxy.drop();
      await new Promise((resolve) => server.close(resolve));
      await rm(path, { force: true });
    },
  };
  const server: Server = createServer((client) => {
    connections++;
    const upstream = connect({ path: targetPath });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    relay(client, upstream, () => proxy.behaviour);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return proxy;
}

function relay(client: Socket, upstream: Socket, behaviour: () => ProxyBehaviour): void {
  const limits = { maxMessageBytes: 1 << 28, maxDepth: 100 };
  const requests = new MessageSplitter(limits);
  const responses = new MessageSplitter(limits);
  let sent = 0;
  let held = Promise.resolve();
  let isHolding = 0;
  /** What comes after something that is held back waits for it. */
  const send = (bytes: Uint8Array): void => {
    const { delayMs } = behaviour();
    if (delayMs === undefined && isHolding === 0) {
      deliver(bytes);
      return;
    }
    isHolding++;
    held = held.then(async () => {
      await setTimeout(delayMs ?? 0);
      isHolding--;
      deliver(bytes);
    });
  };
  const deliver = (bytes: Uint8Array): void => {
    const { cutAfterBytes, pieces } = behaviour();
    if (cutAfterBytes !== undefined && sent + bytes.length > cutAfterBytes) {
      client.end(bytes.subarray(0, Math.max(0, cutAfterBytes - sent)));
      return;
    }
    sent += bytes.length;
    if (pieces === undefined) client.write(bytes);
    else for (let at = 0, turn = 0; at < bytes.length; turn++) client.write(bytes.subarray(at, (at += pieces[turn % pieces.length] ?? 1)));
  };
  client.on('data', (bytes: Buffer) => {
    requests.push(bytes, (message) => {
      const text = Buffer.from(message.bytes).toString();
      const { method, id } = JSON.parse(text) as { method?: string; id?: unknown };
      if (behaviour().silent === true) return;
      if (behaviour().refuse?.includes(method ?? '') === true)
        send(Buffer.from(JSON.stringify({ id, result: null, error: { error: 'unknown method' } })));
      else upstream.write(behaviour().rewrite?.(text) ?? message.bytes);
    });
  });
  upstream.on('data', (bytes: Buffer) => {
    responses.push(bytes, (message) => {
      const { silent, replace } = behaviour();
      if (silent === true) return;
      const other = replace?.(Buffer.from(message.bytes).toString());
      send(other === undefined ? message.bytes : typeof other === 'string' ? Buffer.from(other) : other);
    });
  });
}
