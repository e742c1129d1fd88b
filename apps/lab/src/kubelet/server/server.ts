/**
 * What a kubelet serves to the API server: exec, logs, pods, healthz.
 * It listens on a unix socket (mode 0600) for the lab's own API server, and by TLS on the node's management address for another.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { describeError } from '../../errors.ts';
import type { KeyPair } from '@kube-ovn/kube/certificates';
import { readLog } from '../container/log-reader.ts';
import type { ContainerRun } from '../container/runner.ts';
import { serveExec } from './exec-session.ts';
import { parseRequest, type ContainerTarget, type KubeletRequest } from './request.ts';
import { PROTOCOLS } from './websocket-streams.ts';

/** What the server asks the kubelet for. */
export interface ServedPods {
  /** whether the pod has a container of that name */
  has(target: ContainerTarget): boolean;
  run(target: ContainerTarget): ContainerRun | undefined;
  logFile(target: ContainerTarget, previous: boolean): string | undefined;
  list(): readonly unknown[];
}

export interface KubeletServer extends AsyncDisposable {
  listenUnix(path: string): Promise<void>;
  listenTls(where: { readonly host: string; readonly port: number }, pair: KeyPair): Promise<void>;
}

/** A server over some pods; it listens where it is told to. */
export function kubeletServer(pods: ServedPods, now: () => number): KubeletServer {
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
    maxPayload: 4 << 20,
  });
  const servers: Server[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    serve(pods, { response, parsed: parseRequest(request.url ?? '/', now()) }).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(describeError(error));
    });
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const parsed = parseRequest(request.url ?? '/', now());
    if (parsed.kind !== 'exec') return refuse(socket, '404 Not Found', 'unknown path');
    if (!pods.has(parsed.target)) return refuse(socket, '404 Not Found', missing(parsed.target));
    sockets.handleUpgrade(request, socket, head, (webSocket) => serveExec(webSocket, pods.run(parsed.target), parsed));
  };
  const listen = async (server: Server, where: { path: string } | { host: string; port: number }): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(where, () => resolve());
    servers.push(server);
    return promise;
  };
  return {
    async listenUnix(path) {
      rmSync(path, { force: true });
      await listen(createServer(handle).on('upgrade', upgrade), { path });
      chmodSync(path, 0o600);
    },
    listenTls: (where, { certificate, key }) => listen(createTlsServer({ cert: certificate, key }, handle).on('upgrade', upgrade), where),
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

interface Exchange {
  readonly response: ServerResponse;
  readonly parsed: KubeletRequest;
}

async function serve(pods: ServedPods, { response, parsed }: Exchange): Promise<void> {
  switch (parsed.kind) {
    case 'healthz':
      response.end('ok');
      return;
    case 'pods':
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods.list() }));
      return;
    case 'logs':
      await serveLogs(pods, { response, parsed });
      return;
    case 'exec':
      response.writeHead(400);
      response.end('exec is served over WebSocket: upgrade the connection');
      return;
    case 'unknown':
      response.writeHead(404);
      response.end('unknown path');
  }
}

async function serveLogs(
  pods: ServedPods,
  { response, parsed }: Exchange & { parsed: Extract<KubeletRequest, { kind: 'logs' }> },
): Promise<void> {
  const file = pods.logFile(parsed.target, parsed.previous);
  if (file === undefined) {
    response.writeHead(pods.has(parsed.target) ? 400 : 404);
    const { container, pod } = parsed.target;
    response.end(
      pods.has(parsed.target)
        ? parsed.previous
          ? `previous terminated container "${container}" in pod "${pod}" not found`
          : `container "${container}" in pod "${pod}" is waiting to start`
        : missing(parsed.target),
    );
    return;
  }
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  const run = parsed.previous ? undefined : pods.run(parsed.target);
  response.flushHeaders();
  for await (const text of readLog(file, parsed.options, { isOver: () => run === undefined || run.isOver, signal: leaving.signal })) {
    if (text !== '' && !response.write(text) && !response.destroyed)
      await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
}

function missing({ namespace, pod, container }: ContainerTarget): string {
  return `container "${container}" of pod "${namespace}/${pod}" is not on this node`;
}

function refuse(socket: Duplex, status: string, message: string): void {
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(message)}\r\nConnection: close\r\n\r\n${message}`,
  );
}
