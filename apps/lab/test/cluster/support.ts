/** What the tests of a whole lab share. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { resources, type Event, type IP, type KubeObject, type Pod, type Subnet } from '@kube-ovn/api';
import { KubeError } from '@kube-ovn/kube';
import { centralRemotes, type NodeLayout } from '../../src/infra/layout.ts';
import { runTool, type ToolResult } from '../../src/infra/tool.ts';
import { waitFor } from '../../src/infra/wait.ts';
import type { Lab, Replica } from '../../src/lab/lab.ts';
import type { PodObject } from '../../src/kubelet/pod/types.ts';
import { readSandboxes, type SandboxRecord } from '../../src/kubelet/sandbox.ts';
import { kubeletRoot } from '../../src/lab/programs.ts';
import { podResource } from '../../src/kubelet/api/pod-api.ts';

export type LabRef = () => Lab;

/** Run ovn-nbctl on the Northbound database. With `--wait=hv` it lasts as long as the slowest node takes. */
export async function nbctl(lab: Lab, ...args: readonly string[]): Promise<string> {
  return (
    await runTool(['ovn-nbctl', `--db=${centralRemotes(lab.layout, 'nb').join(',')}`, '--timeout=60', ...args], { timeoutMs: 70_000 })
  ).stdout;
}

/** Run kubectl on the lab's API server. */
export function kubectl(lab: Lab, ...args: readonly string[]): Promise<ToolResult> {
  return runTool(['kubectl', `--kubeconfig=${lab.kubeconfig}`, ...args], { timeoutMs: 80_000 });
}

/** The sandboxes that kubelets have made, of all nodes. */
export function sandboxes(lab: Lab): readonly SandboxRecord[] {
  return lab.layout.nodeList.flatMap((node) => readSandboxes(join(kubeletRoot(node), 'sandboxes')));
}

/** The sandbox of a pod, by its names. */
export function sandboxOf(lab: Lab, pod: Pick<SandboxRecord, 'namespace' | 'name'>): SandboxRecord {
  const found = sandboxes(lab).find(({ namespace, name }) => namespace === pod.namespace && name === pod.name);
  if (found === undefined) throw new Error(`no sandbox of ${pod.namespace}/${pod.name}`);
  return found;
}

/** Path of the network namespace of a pod. */
export function netnsOf(lab: Lab, { metadata }: KubeObject): string {
  const netns = sandboxes(lab).find(({ uid }) => uid === metadata.uid)?.netns;
  if (netns === undefined) throw new Error(`no network namespace of ${metadata.namespace ?? ''}/${metadata.name}`);
  return netns;
}

/** Run ovs-vsctl on a node's Open vSwitch. */
export async function vsctl(node: NodeLayout, ...args: readonly string[]): Promise<string> {
  return (await runTool(['ovs-vsctl', `--db=unix:${node.ovsSocket}`, '--timeout=10', ...args])).stdout;
}

export function nodeOf(lab: Lab, name: string): NodeLayout {
  const node = lab.layout.nodeList.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`the lab has no ${name}`);
  return node;
}

/** The process of a part of the lab. Never 0: a signal to that would stop the test itself. */
export function runningPid(lab: Lab, id: string): number {
  const pid = lab.supervisor.pid(id);
  if (pid === undefined) throw new Error(`${id} does not run in this lab`);
  return pid;
}

/** Wait for something, a while that is long for a machine under load and short for a person. What may take longer is looked at less often. */
export function eventually<T>(what: string, ask: () => T | Promise<T>, timeoutMs = 30_000): Promise<NonNullable<T>> {
  return waitFor(what, ask, { timeoutMs, intervalMs: timeoutMs > 30_000 ? 250 : 20 });
}

/** The value of a metric of a controller. */
export async function metric(replica: Replica, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${replica.port}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`${replica.id} has no metric ${name}`);
  return Number(line.split(' ')[1]);
}

/** The replica that leads, once one does. */
export async function leader(lab: Lab): Promise<Replica> {
  return eventually('a controller leads', async () => {
    for (const replica of lab.replicas) {
      if (lab.supervisor.pid(replica.id) !== undefined && (await metric(replica, 'kube_ovn_controller_leader').catch(() => 0)) === 1)
        return replica;
    }
    return undefined;
  });
}

export function isReady(pod: Pod | PodObject): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

export interface PodWish {
  readonly name: string;
  readonly namespace: string;
  readonly node?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A pod that does nothing but be there. */
export function idlePod({ name, namespace, node, annotations = {}, labels = {} }: PodWish): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations, labels },
    spec: {
      ...(node !== undefined && { nodeName: node }),
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'busybox' }],
    },
  } as KubeObject;
}

/** Make a pod and wait until it is Ready. */
export async function readyPod(lab: Lab, wish: PodWish): Promise<Pod> {
  await lab.client.create(resources.pod, idlePod(wish));
  return becomesReady(lab, wish);
}

export async function becomesReady(lab: Lab, { namespace, name }: Pick<PodWish, 'name' | 'namespace'>): Promise<Pod> {
  return eventually(`pod ${namespace}/${name} Ready`, async () => {
    try {
      const pod = await lab.client.get(resources.pod, `${namespace}/${name}`);
      return isReady(pod) ? pod : undefined;
    } catch (error) {
      ignoreNotFound(error); // a StatefulSet makes its pods one after the other
      return undefined;
    }
  });
}

/** Delete an object and wait until it is gone. */
export async function remove(lab: Lab, resource: Parameters<Lab['client']['delete']>[0], key: string): Promise<void> {
  await lab.client.delete(resource, key).catch(ignoreNotFound);
  await eventually(`${resource.plural} ${key} gone`, () => isGone(lab, resource, key));
}

/** Take namespaces away with all that is in them; those that are gone are fine. For the end of a test, however it ends. */
export async function removeNamespaces(lab: Lab, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => remove(lab, resources.namespace, name)));
}

export async function isGone(lab: Lab, resource: Parameters<Lab['client']['delete']>[0], key: string): Promise<boolean> {
  try {
    await lab.client.get(resource, key);
    return false;
  } catch (error) {
    ignoreNotFound(error);
    return true;
  }
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof KubeError) || error.code !== 'KUBE_NOT_FOUND') throw error;
}

export function subnet(name: string, spec: Readonly<Record<string, unknown>>): Subnet {
  return { apiVersion: 'kubeovn.io/v1', kind: 'Subnet', metadata: { name }, spec } as unknown as Subnet;
}

export function namespaceObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** Events about an object, newest last. */
export async function eventsOf(lab: Lab, kind: string, name: string): Promise<readonly Event[]> {
  const { items } = await lab.client.list(resources.event);
  return items.filter(({ involvedObject }) => involvedObject?.kind === kind && involvedObject.name === name);
}

export async function podsOf(lab: Lab, namespace: string): Promise<readonly PodObject[]> {
  return (await lab.client.list(podResource, { namespace })).items;
}

export async function ips(lab: Lab): Promise<readonly IP[]> {
  return (await lab.client.list(resources.ip)).items;
}

const KO = join(import.meta.dirname, '..', '..', '..', 'ko', 'src', 'main.ts');

/** Ask the consistency checker: do Kubernetes, OVN and the nodes tell the same story? Empty when they do. */
export async function disagreements(lab: Lab, waitSeconds = 20): Promise<string> {
  const nodes = lab.layout.nodeList.flatMap((node) => ['--ovs', `${node.name}=unix:${node.ovsSocket}`]);
  const argv = [
    process.execPath,
    '--conditions=@kube-ovn/source',
    '--disable-warning=ExperimentalWarning',
    KO,
    '--kubeconfig',
    lab.kubeconfig,
    '--ovn-nb-addr',
    centralRemotes(lab.layout, 'nb').join(','),
    ...nodes,
    'check',
    '--wait',
    String(waitSeconds),
    '-o',
    'text',
  ];
  const { code, stdout } = await runTool(argv, { timeoutMs: (waitSeconds + 30) * 1000, accept: [0, 1] });
  return code === 0 ? '' : stdout;
}

/** Everything in the Northbound database, as text that is equal when the content is. */
export async function northboundDump(lab: Lab): Promise<string> {
  const [remote = ''] = centralRemotes(lab.layout, 'nb');
  const { stdout } = await runTool(['ovsdb-client', 'dump', '--format=json', remote, 'OVN_Northbound']);
  const tables = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { caption: string; headings: readonly string[]; data: readonly unknown[] });
  // NB_Global counts what ovn-northd and the chassis have taken in; that isn't written by a controller.
  return tables
    .filter(({ caption }) => caption !== 'NB_Global table')
    .map(
      ({ caption, data }) =>
        `${caption}\n${data
          .map((row) => JSON.stringify(row))
          .toSorted()
          .join('\n')}`,
    )
    .join('\n');
}

/** Run a program to its end with an input; never fails. */
export async function run(
  argv: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { env: { PATH: process.env['PATH'] ?? '', ...options.env }, timeout: 60_000 });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
