/**
 * A whole lab: machine room, API server, nodes and Kube-OVN, each started as soon as what it needs is there.
 *
 * ```
 *   claim the name ─┬─ namespaces, OVN, Open vSwitch ─┬─ relay ─┬─ kubelets
 *                   └─ API server ── definitions ─────┘         ├─ controllers
 *                                                               └─ daemons
 * ```
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resources } from '@kube-ovn/api';
import { kubeClient, KubeError, type KubeClient } from '@kube-ovn/kube';
import { LabError } from '../errors.ts';
import { claimName, startInfra, type Progress } from '../infra/infra.ts';
import { API_PORT, type Layout, type NodeLayout } from '../infra/layout.ts';
import { record } from '../infra/manifest.ts';
import type { DpdkSettings } from '../infra/node.ts';
import { requireMachine, requirePort, searchPath } from '../infra/preconditions.ts';
import { Supervisor, type ProcessSpec } from '../infra/supervisor.ts';
import { tearDown } from '../infra/teardown.ts';
import { accepts, throwIfCancelled, waitFor } from '../infra/wait.ts';
import { grantRights, writeAccount } from './accounts.ts';
import { certificateName, kubeconfigForNodes, serverOf } from './kubeconfig.ts';
import { withdraw } from './withdraw.ts';
import { applyDefinitions, readManifests } from './manifests.ts';
import { apiDir, apiServer, PLUGIN, conflist, controller, daemon, kubelet, outsideServer, workloads } from './programs.ts';
import { startRelay } from './relay.ts';
import { siteFileOf, siteOfLab } from './site.ts';

export interface OtherNetwork {
  /** CNI configuration list of a node */
  readonly conflist: (node: NodeLayout) => string;
  /** folder of its plugins */
  readonly binDir: string;
}

export interface LabOptions {
  readonly layout: Layout;
  readonly progress: Progress;
  readonly port?: number;
  /** an API server to use in place of the embedded one */
  readonly kubeconfig?: string | undefined;
  readonly signal?: AbortSignal;
  /** another CNI network in place of Kube-OVN; neither controllers nor daemons are started */
  readonly otherNetwork?: OtherNetwork;
  /** further flags of the controllers */
  readonly controllerFlags?: readonly string[];
  /** nodes whose Open vSwitch runs with DPDK, by name, and its settings; hugepages must be there */
  readonly dpdk?: Readonly<Record<string, DpdkSettings>>;
}

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
/** Our resources, as a cluster's administrator installs them, and Multus's definition. */
const DEFINITIONS = [
  join(REPOSITORY, 'packages', 'api', 'crds'),
  fileURLToPath(new URL('./network-attachment-definition.yaml', import.meta.url)),
];

interface LabParts {
  readonly layout: Layout;
  readonly supervisor: Supervisor;
  readonly kubeconfig: string;
  readonly client: KubeClient;
  readonly relay: AsyncDisposable;
  readonly progress: Progress;
  readonly replicas: readonly Replica[];
  readonly isGuest: boolean;
}

/** A lab that runs. */
export class Lab {
  readonly layout: Layout;
  readonly supervisor: Supervisor;
  /** for programs in the root namespace */
  readonly kubeconfig: string;
  readonly client: KubeClient;
  readonly replicas: readonly Replica[];
  readonly #relay: AsyncDisposable;
  readonly #progress: Progress;
  /** the API server was there before the lab, and stays after it */
  readonly #isGuest: boolean;
  #isStopped = false;

  constructor(parts: LabParts) {
    this.layout = parts.layout;
    this.supervisor = parts.supervisor;
    this.kubeconfig = parts.kubeconfig;
    this.client = parts.client;
    this.replicas = parts.replicas;
    this.#relay = parts.relay;
    this.#progress = parts.progress;
    this.#isGuest = parts.isGuest;
  }

  /** Take the lab down, to the last file. @throws {LabError} LAB_LEFTOVERS */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#isGuest) await withdraw(this, this.#progress);
    record(this.layout.manifest, { kind: 'phase', phase: 'stopping' });
    this.supervisor.release();
    this.client.close();
    await this.#relay[Symbol.asyncDispose]();
    await tearDown(this.layout, { progress: this.#progress });
  }
}

/**
 * Start a lab. When that fails, or is cancelled, everything that was made is removed before the error comes out.
 *
 * @throws {LabError} LAB_NOT_ROOT, LAB_MISSING_PROGRAM, LAB_NAME_IN_USE, LAB_PORT_IN_USE, LAB_PROCESS_FAILED, LAB_CANCELLED ...
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { layout, progress, signal } = options;
  process.env['PATH'] = searchPath(process.env['PATH']);
  requireMachine(process.getuid?.(), process.env['PATH']);
  await requirePort(options.port ?? 0);
  if (options.otherNetwork === undefined && !existsSync(PLUGIN)) {
    throw new LabError('LAB_MISSING_PROGRAM', `${PLUGIN} is missing; "npm run build:cni" builds it`);
  }
  if (options.kubeconfig !== undefined) serverOf(readFileSync(options.kubeconfig, 'utf8'), options.kubeconfig);
  await claimName(layout, progress);
  const supervisor = new Supervisor({
    layout,
    ...(signal && { signal }),
    onExit: (id, reason, delayMs) => progress(`${id} ended (${reason}); starting it again in ${delayMs} ms`),
  });
  try {
    record(layout.manifest, { kind: 'phase', phase: 'starting' });
    return await startParts(options, supervisor);
  } catch (error) {
    supervisor.release();
    await tearDown(layout, { progress, graceMs: 1000 });
    throw error;
  }
}

async function startParts(options: LabOptions, supervisor: Supervisor): Promise<Lab> {
  const { layout, progress, signal, otherNetwork } = options;
  const infra = startInfra(
    { layout, progress, withoutDaemon: otherNetwork !== undefined, ...(signal && { signal }), ...(options.dpdk && { dpdk: options.dpdk }) },
    supervisor,
  );
  const api = startApi(options, supervisor);
  // Both come to their end before an error goes on: whoever cleans up must not race with half of the start.
  const [infraResult, apiResult] = await Promise.allSettled([infra, api]);
  if (infraResult.status === 'rejected') throw infraResult.reason as Error;
  if (apiResult.status === 'rejected') throw apiResult.reason as Error;
  const { kubeconfig, nodeKubeconfig, programs, target, client } = apiResult.value;
  throwIfCancelled(signal);
  const relay = await startRelay({ namespace: layout.central.namespace, port: API_PORT, target });
  const controllers = otherNetwork === undefined ? startControllers(options, supervisor, programs.controller) : Promise.resolve([]);
  const results = await Promise.allSettled([
    supervisor.start(outsideServer(layout)),
    controllers,
    ...layout.nodeList.map(async (node) => {
      writeFileSync(join(node.cniConfDir, '01-kube-ovn.conflist'), (otherNetwork?.conflist ?? conflist)(node), { mode: 0o600 });
      await Promise.all([
        supervisor.start({
          ...kubelet(layout, node, { kubeconfig: nodeKubeconfig, binDirs: otherNetwork === undefined ? [] : [otherNetwork.binDir] }),
          ready: () => accepts(node.kubeletSocket),
        }),
        otherNetwork !== undefined
          ? undefined
          : supervisor.start({ ...daemon(layout, node, programs.daemon), ready: () => accepts(node.daemonSocket), readyTimeoutMs: 60_000 }),
      ]);
      await waitFor(`${node.name} Ready`, () => isNodeReady(client, node.name), {
        timeoutMs: 60_000,
        intervalMs: 100,
        ...(signal && { signal }),
      });
      progress(`${node.name}: Ready`);
    }),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await relay[Symbol.asyncDispose]();
    client.close();
    throw failed.reason as Error;
  }
  writeFileSync(siteFileOf(layout), JSON.stringify(siteOfLab(layout, kubeconfig), undefined, 2), { mode: 0o600 });
  record(layout.manifest, { kind: 'phase', phase: 'ready', text: kubeconfig });
  return new Lab({
    layout,
    supervisor,
    kubeconfig,
    client,
    relay,
    progress,
    replicas: await controllers,
    isGuest: options.kubeconfig !== undefined,
  });
}

interface Api {
  readonly kubeconfig: string;
  readonly nodeKubeconfig: string;
  /** kubeconfigs of programs of ours */
  readonly programs: { readonly controller: string; readonly daemon: string };
  readonly target: { readonly host: string; readonly port: number };
  readonly client: KubeClient;
}

async function startApi(options: LabOptions, supervisor: Supervisor): Promise<Api> {
  const { layout, progress } = options;
  const kubeconfig = options.kubeconfig ?? join(apiDir(layout), 'admin.kubeconfig');
  // Chosen here, so that a server that is started again is where it was.
  const [port = 0] = options.port === undefined || options.port === 0 ? await freePorts(1) : [options.port];
  if (options.kubeconfig === undefined) {
    await supervisor.start({
      ...apiServer(layout, port),
      ready: () => existsSync(kubeconfig) && supervisor.logTail('apiserver').includes('ready:'),
    });
  }
  const text = readFileSync(kubeconfig, 'utf8');
  const target = serverOf(text, kubeconfig);
  const nodeKubeconfig = join(layout.dir, 'node.kubeconfig');
  // The embedded server's certificate names the relay; another server's names itself alone.
  const tlsName = options.kubeconfig === undefined ? {} : { tlsName: certificateName(target.host) };
  const relayed = { server: `https://${layout.central.apiAddress}:${API_PORT}`, folder: dirname(resolve(kubeconfig)), ...tlsName };
  writeFileSync(nodeKubeconfig, kubeconfigForNodes(text, relayed), { mode: 0o600 });
  const client = kubeClient({ kubeconfig, fieldManager: 'lab' });
  await applyDefinitions(client, readManifests(...DEFINITIONS));
  const programs =
    options.kubeconfig === undefined ? await accountsOf(layout, target.url, client) : { controller: kubeconfig, daemon: nodeKubeconfig };
  if (options.kubeconfig === undefined)
    await supervisor.start({ ...workloads(kubeconfig), ready: () => supervisor.logTail('workloads').includes('ready:') });
  progress(`Kubernetes API: ${target.url}`);
  return { kubeconfig, nodeKubeconfig, programs, target, client };
}

/** Rights for our programs, and their kubeconfigs; the controllers are beside the server, the others reach it by the relay. */
async function accountsOf(layout: Layout, server: string, client: KubeClient): Promise<Api['programs']> {
  await grantRights(client);
  const relay = `https://${layout.central.apiAddress}:${API_PORT}`;
  const write = (account: 'controller' | 'daemon' | 'speaker' | 'pinger', url: string): Promise<string> =>
    writeAccount(account, { apiDir: apiDir(layout), server: url, file: join(layout.dir, `${account}.kubeconfig`) });
  const [controllerFile, daemonFile] = await Promise.all([
    write('controller', server),
    write('daemon', relay),
    write('speaker', relay),
    write('pinger', relay),
  ]);
  return { controller: controllerFile, daemon: daemonFile };
}

/** A controller replica, and where its health and metrics are. */
export interface Replica {
  /** also its identity in the Lease, after `kube-ovn-` */
  readonly id: string;
  readonly port: number;
  /** where its web page is */
  readonly webPort: number;
  readonly spec: ProcessSpec;
}

async function startControllers(
  { layout, controllerFlags = [] }: LabOptions,
  supervisor: Supervisor,
  kubeconfig: string,
): Promise<readonly Replica[]> {
  const ports = await freePorts(4);
  const replicas = [0, 1].map((i): Replica => {
    const [port = 0, webPort = 0] = ports.slice(2 * i);
    const spec = {
      ...controller(layout, { index: i + 1, port, webPort, flags: controllerFlags }, kubeconfig),
      ready: () => answers(`http://127.0.0.1:${port}/livez`),
      readyTimeoutMs: 60_000,
    };
    return { id: spec.id, port, webPort, spec };
  });
  await Promise.all(replicas.map(({ spec }) => supervisor.start(spec)));
  return replicas;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

/** Loopback ports that nobody listens on at this moment. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function isNodeReady(client: KubeClient, name: string): Promise<boolean> {
  try {
    const { status } = await client.get(resources.node, name);
    return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return false;
    throw error;
  }
}
