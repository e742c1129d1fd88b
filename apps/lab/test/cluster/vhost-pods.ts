/** The pods of docs/features/dpdk.yaml, whose program takes commands, and what Open vSwitch counts at ports of their node. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planDpdk } from '@kube-ovn/datapath-dpdk';
import { applySteps, readInventory } from '@kube-ovn/datapath-dpdk/node';
import { resources, type Pod } from '@kube-ovn/api';
import type { NodeLayout } from '../../src/infra/layout.ts';
import { runTool } from '../../src/infra/tool.ts';
import { kubeletRoot } from '../../src/lab/programs.ts';
import { type LabRef, vsctl } from './support.ts';

export const DPDK_MANIFEST: string = join(import.meta.dirname, '../../../../docs/features/dpdk.yaml');
const NAMES = ['left', 'right'] as const;

export interface Counters {
  /** Packets from the pod. */
  readonly received: number;
  /** Packets and bytes to the pod. */
  readonly sent: number;
  readonly sentBytes: number;
}

/** Hugepages for Open vSwitch and both pods; what the node's Open_vSwitch:other_config has to be, and the way back. */
export async function prepareForDpdk(): Promise<{
  readonly otherConfig: Readonly<Record<string, string>>;
  readonly undo: () => Promise<void>;
}> {
  const guest = { volume: 'sockets', socket: 'net1', bridge: 'br-int', memoryMib: 256 };
  const planned = planDpdk(readInventory(), {
    socketMemoryMib: 512,
    pmdMaxSleepUs: 100,
    pods: NAMES.map((name) => ({ ...guest, pod: name, uid: name })),
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.refusals));
  const { steps, undo, otherConfig } = planned.plan;
  await applySteps(steps);
  return { otherConfig, undo: () => applySteps(undo) };
}

export class VhostPods {
  readonly #lab: LabRef;
  readonly #node: () => NodeLayout;

  constructor(lab: LabRef, node: () => NodeLayout) {
    this.#lab = lab;
    this.#node = node;
  }

  pod(name: string): Promise<Pod> {
    return this.#lab().client.get(resources.pod, `fast/${name}`);
  }

  /** Name of a pod's port in Open vSwitch. */
  portOf(name: string): Promise<string> {
    return portOf(this.#node(), `${name}.fast.dpdk.fast.ovn`);
  }

  async get(name: string, column: string): Promise<string> {
    const found = await vsctl(this.#node(), '--if-exists', 'get', 'Interface', await this.portOf(name), column);
    return found.trim().replaceAll('"', '');
  }

  async counters(name: string): Promise<Counters> {
    return countersOf(this.#node(), await this.portOf(name));
  }

  /** Commands to a pod's DPDK program, one by one. */
  async tell(name: string, ...commands: readonly string[]): Promise<void> {
    const { metadata } = await this.pod(name);
    const volume = join(kubeletRoot(this.#node()), 'pods', metadata.uid ?? '', 'volumes', 'kubernetes.io~empty-dir', 'sockets');
    writeFileSync(join(volume, 'commands'), commands.map((command) => `${command}\n`).join(''), { flag: 'r+' });
  }

  async isConnected(): Promise<boolean> {
    const states = await Promise.all(NAMES.map((name) => this.get(name, 'status')));
    return states.every((status) => status.includes('status=connected'));
  }
}

/** Name of the port in Open vSwitch that stands for a logical port. */
export async function portOf(node: NodeLayout, logicalPort: string): Promise<string> {
  return (await vsctl(node, '--bare', '--columns=name', 'find', 'Interface', `external_ids:iface-id=${logicalPort}`)).trim();
}

/** Asked of ovs-vswitchd: what it writes to its database is up to 5 s old. */
export async function countersOf(node: NodeLayout, port: string, bridge = 'br-int'): Promise<Counters> {
  // while ovs-vswitchd starts nobody answers
  const { stdout } = await runTool(['ovs-ofctl', 'dump-ports', `unix:${join(node.dir, `${bridge}.mgmt`)}`, port], { accept: [0, 1] });
  const value = (direction: 'rx' | 'tx', key: 'pkts' | 'bytes'): number =>
    Number(new RegExp(`${direction} .*?${key}=(\\d+)`).exec(stdout)?.[1] ?? 0);
  return { received: value('rx', 'pkts'), sent: value('tx', 'pkts'), sentBytes: value('tx', 'bytes') };
}
