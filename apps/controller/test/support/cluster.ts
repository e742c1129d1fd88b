/** A control plane for tests, from real processes: ovsdb-server with OVN's schema, and the lab's Kubernetes API. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { resources } from '@kube-ovn/api';
import { crds } from '@kube-ovn/api/crds';
import { kubeClient, type KubeClient } from '@kube-ovn/kube';
import { type DatabaseClient, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { tables } from '@kube-ovn/ovn-model';
import { end, startDatabaseServer } from './database.ts';
import { eventually } from './wait.ts';

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

/**
 * Start both servers; CRDs are there when this resolves.
 * @param schema file of the Northbound; default: that of the installed OVN
 */
export async function startCluster(schema?: string): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), 'ct-'));
  const database = await startDatabaseServer(directory, schema);
  const api = await startApiServer(directory);
  const kubeconfig = join(directory, 'admin.kubeconfig');
  const kube = kubeClient({ kubeconfig });
  for (const crd of crds) await kube.create(resources.customResourceDefinition, crd);
  await untilServed(kube);
  const northbound = openDatabase({ remotes: [database.remote], database: 'OVN_Northbound', tables: selectionOf(Object.values(tables)) });
  return {
    kube,
    kubeconfig,
    remote: database.remote,
    northbound,
    restartDatabase: () => database.restart(),
    stop: async () => {
      kube.close();
      await northbound.close();
      await Promise.all([database.stop(), end(api)]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
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
