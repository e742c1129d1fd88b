/** CNI ADD as a runtime sees it, one pod after the other, split by where the time goes. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { createNetns, deleteNetns } from '@kube-ovn/host';
import type { Lab } from '../src/lab/lab.ts';
import { conflist } from '../src/lab/programs.ts';
import { NETNS_DIR, type NodeLayout } from '../src/infra/layout.ts';
import type { Scraper } from './metrics.ts';

/** Milliseconds of one ADD. */
export interface AddTimes {
  /** From the start of the plugin's process to its end. */
  readonly total: number;
  /** Process start and the round trip to the daemon. */
  readonly shim: number;
  /** Wait for the controller: address, IP object, OVN transaction, annotation. */
  readonly address: number;
  /** Wait for ovn-controller to install the port's flows. */
  readonly ovn: number;
  /** Links, addresses, probes, gateway check. */
  readonly plumbing: number;
}

export interface CniBench {
  readonly lab: Lab;
  readonly node: NodeLayout;
  readonly plugin: string;
  readonly namespace: string;
  /** Reader of the node's metrics. */
  readonly scraper: Scraper;
}

const PHASES = ['address', 'link', 'port', 'addresses', 'gateway'] as const;

/** Create a pod, attach it as its runtime, take it away again. The node's kubelet must not run. */
export async function measureAdd(bench: CniBench, index: number): Promise<AddTimes> {
  const { lab, node, namespace } = bench;
  const name = `bench-${index}`;
  const netns = join(NETNS_DIR, `${lab.layout.name}-p-${name}`);
  const ns = createNetns(netns);
  try {
    const pod = await lab.client.create(resources.pod, {
      metadata: { name, namespace },
      spec: { nodeName: node.name, containers: [{ name: 'c', image: 'busybox' }] },
    });
    const call = { bench, name, uid: pod.metadata.uid ?? '', netns };
    const before = await phases(bench);
    const start = performance.now();
    await runPlugin('ADD', call);
    const total = performance.now() - start;
    const after = await phases(bench);
    const took = (phase: (typeof PHASES)[number]): number => ((after.get(phase) ?? 0) - (before.get(phase) ?? 0)) * 1000;
    const inDaemon = PHASES.reduce((sum, phase) => sum + took(phase), 0);
    await runPlugin('DEL', call);
    await lab.client.delete(resources.pod, `${namespace}/${name}`, { gracePeriodSeconds: 0 });
    return {
      total,
      shim: total - inDaemon,
      address: took('address'),
      ovn: took('port'),
      plumbing: took('link') + took('addresses') + took('gateway'),
    };
  } finally {
    ns[Symbol.dispose]();
    deleteNetns(netns);
  }
}

/** Milliseconds of a call that the daemon answers at once: process start and one round trip. */
export async function measureStatus(bench: CniBench): Promise<number> {
  const start = performance.now();
  await runPlugin('STATUS', { bench, name: 'status', uid: '', netns: '' });
  return performance.now() - start;
}

/** Milliseconds to start and end the smallest program: the floor. */
export async function measureProcess(): Promise<number> {
  const start = performance.now();
  await run('/bin/true', [], { env: {}, input: '' });
  return performance.now() - start;
}

async function phases({ node, scraper }: CniBench): Promise<ReadonlyMap<string, number>> {
  const metrics = await scraper.read(`http://${node.managementAddress}:10665/metrics`);
  const sums = [...metrics].flatMap(([sample, value]): readonly (readonly [string, number])[] => {
    const phase = /^cni_add_phase_seconds_sum\{.*\bphase="(\w+)"/.exec(sample)?.[1];
    return phase === undefined ? [] : [[phase, value]];
  });
  return new Map(sums);
}

interface PluginCall {
  readonly bench: CniBench;
  readonly name: string;
  readonly uid: string;
  readonly netns: string;
}

async function runPlugin(verb: 'ADD' | 'DEL' | 'STATUS', { bench, name, uid, netns }: PluginCall): Promise<void> {
  const list = JSON.parse(conflist(bench.node)) as { cniVersion: string; name: string; plugins: readonly object[] };
  const input = JSON.stringify({ ...list.plugins[0], cniVersion: list.cniVersion, name: list.name });
  const attachment = {
    CNI_CONTAINERID: name,
    CNI_NETNS: netns,
    CNI_IFNAME: 'eth0',
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${bench.namespace};K8S_POD_NAME=${name};K8S_POD_UID=${uid};K8S_POD_INFRA_CONTAINER_ID=${name}`,
  };
  const env = { CNI_COMMAND: verb, CNI_PATH: join(bench.plugin, '..'), ...(verb === 'STATUS' ? {} : attachment) };
  await run(bench.plugin, [], { env, input });
}

function run(
  program: string,
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly input: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: options.env, stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stdin.on('error', () => {}); // a program that does not read its input
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with exit code ${code}: ${output}`))));
    child.stdin.end(options.input);
  });
}
