/** A control plane for tests, from real processes: ovsdb-server with OVN's schema, and the lab's Kubernetes API. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type KubeObject, type Resource, resources } from '@kube-ovn/api';
import { crds } from '@kube-ovn/api/crds';
import { accounts, exampleAddresses, installation } from '@kube-ovn/install';
import { kubeClient, type KubeClient } from '@kube-ovn/kube';
import { makeClientCertificate } from '@kube-ovn/kube/certificates';
import { type DatabaseClient, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { tables } from '@kube-ovn/ovn-model';
import { end, startDatabaseServer } from './database.ts';
import { eventually } from './wait.ts';

export interface Cluster {
  /** The administrator's. */
  readonly kube: KubeClient;
  /** The controller's, with the rights that an installation gives it. */
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
  const kube = kubeClient({ kubeconfig: join(directory, 'admin.kubeconfig') });
  for (const crd of crds) await kube.create(resources.customResourceDefinition, crd);
  await untilServed(kube);
  const kubeconfig = await controllerAccount(kube, directory);
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

const RIGHTS: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
};

/** Give the controller's account its rights, and write its kubeconfig. */
async function controllerAccount(kube: KubeClient, directory: string): Promise<string> {
  for (const object of installation(exampleAddresses) as readonly KubeObject[]) {
    const { apiVersion = '', kind = '' } = object;
    const plural = RIGHTS[kind];
    if (plural === undefined) continue;
    const resource: Resource<KubeObject> = { apiVersion, kind, plural, namespaced: !kind.startsWith('Cluster') };
    await kube.create(resource, object);
  }
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const authority = { certificate: read('ca.crt'), key: read('ca.key') };
  const user = { name: `system:serviceaccount:kube-system:${accounts.controller}`, groups: ['system:serviceaccounts'] };
  const own = await makeClientCertificate(authority, user, { nowMs: Date.now() });
  const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  const admin = read('admin.kubeconfig');
  const file = join(directory, 'controller.kubeconfig');
  writeFileSync(
    file,
    admin
      .replace(/client-certificate-data: .*/, `client-certificate-data: ${encode(own.certificate)}`)
      .replace(/client-key-data: .*/, `client-key-data: ${encode(own.key)}`),
    { mode: 0o600 },
  );
  return file;
}

async function untilServed(kube: KubeClient): Promise<void> {
  await eventually(async () => {
    for (const resource of [resources.subnet, resources.vpc, resources.ip]) await kube.list<unknown>(resource);
    return true;
  });
}
