/** The daemon as a process in the node's namespace, with an API server in memory. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cniPaths, type CniRequest, type CniVerb } from '@kube-ovn/api';
import { inNetns, type Netns } from '@kube-ovn/host';
import { FakeApi, serveFakeApi, type FakeHttpServer } from '@kube-ovn/kube/testing';
import type { OvnNode } from './ovn-node.ts';
import { end, start } from './processes.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const NODE_NAME = 'node1';

/** The API server, reachable from inside the node's namespace. */
export interface ClusterApi extends AsyncDisposable {
  readonly api: FakeApi;
  readonly kubeconfig: string;
  /** Nobody answers any more. */
  goDown(): void;
  comeBack(): void;
}

/** Serve an API with a node and its join address, and relay it into the namespace. */
export async function startApi(node: OvnNode): Promise<ClusterApi> {
  const api = new FakeApi();
  for (const plural of ['nodes', 'pods', 'namespaces', 'subnets', 'services', 'endpointslices', 'mirrors']) api.serve(plural);
  const server: FakeHttpServer = await serveFakeApi(api);
  let isUp = true;
  const relay = relayInto(node.ns, server.port, () => isUp);
  await once(relay, 'listening');
  const kubeconfig = join(node.directory, 'kubeconfig');
  const url = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server: url } }],
      users: [{ name: 'test', user: {} }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    }),
  );
  return {
    api,
    kubeconfig,
    goDown: () => {
      isUp = false;
      server.cut();
    },
    comeBack: () => {
      isUp = true;
    },
    [Symbol.asyncDispose]: async () => {
      relay.close();
      await server.stop();
    },
  };
}

/** A listening socket in `ns` whose connections go to a port outside. */
function relayInto(ns: Netns, port: number, isUp: () => boolean): Server {
  // without a host name the socket is bound at once, on this thread, hence in the namespace
  return inNetns(ns, () =>
    createServer((inner) => {
      inner.on('error', () => {});
      if (!isUp()) {
        inner.destroy();
        return;
      }
      const outer = connect(port, '127.0.0.1');
      outer.on('error', () => inner.destroy());
      outer.on('close', () => inner.destroy());
      inner.on('close', () => outer.destroy());
      inner.pipe(outer).pipe(inner);
    }).listen(0),
  );
}

/** A daemon. */
export interface DaemonProcess extends AsyncDisposable {
  /** HTTP status and body of a CNI call. */
  call(verb: CniVerb, request: Partial<CniRequest>): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Body of /readyz, /metrics... */
  health(path: string): Promise<{ readonly status: number; readonly body: string }>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** @param flags in place of those that it was started with */
  restart(flags?: readonly string[]): void;
  readonly log: string;
}

const defaults: CniRequest = {
  cni_type: 'kube-ovn',
  network: 'kube-ovn',
  pod_name: '',
  pod_namespace: 'shop',
  container_id: '',
  net_ns: '',
  if_name: 'eth0',
  provider: 'ovn',
};

/** Start the daemon. */
export function startDaemonProcess(node: OvnNode, api: ClusterApi, flags: readonly string[] = []): DaemonProcess {
  const socket = join(node.directory, 'daemon.sock');
  const log = join(node.directory, 'daemon.log');
  const port = '10665';
  const launch = (more: readonly string[]): ChildProcess =>
    start({
      command: process.execPath,
      args: [
        '--conditions=@kube-ovn/source',
        MAIN,
        '--node-name',
        NODE_NAME,
        '--kubeconfig',
        api.kubeconfig,
        '--vswitchd-ctl',
        join(node.directory, 'vswitchd.ctl'),
        '--ovs-socket',
        node.ovsSocket,
        '--bind-socket',
        socket,
        '--pprof-port',
        port,
        ...more,
      ],
      ns: node.ns,
      log,
    });
  let child = launch(flags);
  return {
    log,
    call: (verb, request) => post(socket, cniPaths[verb], { ...defaults, ...request }),
    health: (path) => fetchInside(node, Number(port), path),
    kill: (signal = 'SIGKILL') => end(child, signal),
    restart: (others = flags) => {
      child = launch(others);
    },
    [Symbol.asyncDispose]: async () => {
      await end(child);
      rmSync(socket, { force: true });
    },
  };
}

function post(socketPath: string, path: string, body: object): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, method: 'POST' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) }));
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}

/** HTTP by a relay out of the namespace would need another one; a child inside it does. */
async function fetchInside(node: OvnNode, port: number, path: string): Promise<{ status: number; body: string }> {
  const script = `fetch('http://127.0.0.1:${port}${path}').then(async r => process.stdout.write(JSON.stringify({ status: r.status, body: await r.text() })))`;
  return JSON.parse(await runInside(node.ns, script)) as { status: number; body: string };
}

/** Run a Node script in a namespace and return what it prints. */
export async function runInside(ns: Netns, script: string): Promise<string> {
  const { spawn } = await import('node:child_process');
  const child = inNetns(ns, () => spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 }));
  let out = '';
  let complaint = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (complaint += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`script in ${ns.path} ended with ${code}: ${complaint}`);
  return out;
}
