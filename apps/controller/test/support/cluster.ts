/** A control plane for tests, from real processes: ovsdb-server with OVN's schema, and the lab's Kubernetes API. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { crds, resources } from '@kube-ovn/api';
import { kubeClient, type KubeClient } from '@kube-ovn/kube';
import { type DatabaseClient, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { tables } from '@kube-ovn/ovn-model';

export interface Cluster {
  readonly kube: KubeClient;
  readonly kubeconfig: string;
  /** Remote of OVN Northbound. */
  readonly remote: string;
  /** A view of Northbound that is not the controller's. */
  readonly northbound: DatabaseClient;
  /** Stop and start the database server; what it holds stays. */
  restartDatabase(): Promise<void>;
  stop(): Promise<void>;
}

const repository = new URL('../../../../', import.meta.url).pathname;

/** Start both servers; CRDs are there when this resolves. */
export async function startCluster(): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), 'ct-'));
  const socket = join(directory, 'nb.sock');
  execFileSync('ovsdb-tool', ['create', join(directory, 'nb.db'), '/usr/share/ovn/ovn-nb.ovsschema']);
  let database = await startDatabase(directory, socket);
  const api = await startApiServer(directory);
  const kubeconfig = join(directory, 'admin.kubeconfig');
  const kube = kubeClient({ kubeconfig });
  for (const crd of crds) await kube.create(resources.customResourceDefinition, crd);
  await untilServed(kube);
  const remote = `unix:${socket}`;
  const northbound = openDatabase({ remotes: [remote], database: 'OVN_Northbound', tables: selectionOf(Object.values(tables)) });
  return {
    kube,
    kubeconfig,
    remote,
    northbound,
    restartDatabase: async () => {
      await end(database);
      database = await startDatabase(directory, socket);
    },
    stop: async () => {
      kube.close();
      await northbound.close();
      await Promise.all([end(database), end(api)]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function startDatabase(directory: string, socket: string): Promise<ChildProcess> {
  const server = spawn(
    'ovsdb-server',
    [
      join(directory, 'nb.db'),
      `--remote=punix:${socket}`,
      `--unixctl=${join(directory, 'nb.ctl')}`,
      '-vconsole:off',
      `--log-file=${join(directory, 'nb.log')}`,
    ],
    {
      stdio: 'ignore',
      env: { ...process.env, OVS_RUNDIR: directory },
    },
  );
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      execFileSync('ovsdb-client', ['--timeout=2', 'list-dbs', `unix:${socket}`], { stdio: 'ignore' });
      return server;
    } catch {
      await pause(20);
    }
  }
  throw new Error('ovsdb-server did not start');
}

async function startApiServer(directory: string): Promise<ChildProcess> {
  const server = spawn(
    process.execPath,
    ['--conditions=@kube-ovn/source', join(repository, 'apps/lab/src/apiserver/main.ts'), '--dir', directory, '--port', '0'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  for await (const line of createInterface({ input: server.stdout })) {
    if (line.startsWith('ready')) break;
  }
  server.stdout.resume();
  return server;
}

async function untilServed(kube: KubeClient): Promise<void> {
  await eventually(async () => {
    for (const resource of [resources.subnet, resources.vpc, resources.ip]) await kube.list<unknown>(resource);
    return true;
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await exited;
  clearTimeout(timer);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** Wait until `check` yields something; its last failure tells what is missing when it does not. */
export async function eventually<T>(check: () => Promise<T | false | undefined> | T | false | undefined, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let failure: unknown = new Error('never became true');
  while (Date.now() < deadline) {
    try {
      const found = await check();
      if (found !== false && found !== undefined) return found;
    } catch (error) {
      failure = error;
    }
    await pause(10);
  }
  throw failure instanceof Error ? failure : new Error(String(failure));
}
