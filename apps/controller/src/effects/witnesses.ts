/** Reads the three witnesses of earlier allocations. Pure. */
import { type IP, type Node, nodeAnnotations, nodePortName, type OvnEip, type Pod, type Vip } from '@kube-ovn/api';
import { canonicalMac, readAddress } from '@kube-ovn/ipam';
import { type FindAttachment, type PodInput, type PodInterface, readPod } from '../inputs/pod.ts';
import { pairOf } from '../features/lease.ts';
import type { SeenPort } from '../sources/northbound.ts';
import { type HeldLease, type Holder, vipKey } from './demand.ts';
import { eipEntry } from './eip-object.ts';
import { isHeldBack, leaseOfIp, podTypeOf } from './ip-object.ts';
import type { Witness } from './restore.ts';
import { vipEntry } from './vip-object.ts';

export interface WitnessSources {
  readonly ips: Iterable<IP>;
  readonly vips: Iterable<Vip>;
  readonly eips: Iterable<OvnEip>;
  readonly pods: Iterable<Pod>;
  readonly attachment: FindAttachment;
  /** Virtual machines keep their addresses. Default: true. */
  readonly keepVmIp?: boolean;
  readonly nodes: Iterable<Node>;
  readonly ports: Iterable<readonly [string, SeenPort]>;
}

/** Everything that says "this port has these addresses". */
export function readWitnesses(sources: WitnessSources): readonly Witness[] {
  return [
    ...[...sources.ips].flatMap(ipWitness),
    ...[...sources.vips].flatMap(vipWitness),
    ...[...sources.eips].flatMap(eipWitness),
    ...[...sources.pods].flatMap((pod) => podWitnesses(readPod(pod, sources.attachment, sources))),
    ...[...sources.nodes].flatMap(nodeWitness),
    ...[...sources.ports].flatMap(([name, port]) => portWitness(name, port)),
  ];
}

/** One that is not held back was never taken over: it asks for addresses, and others may have them. */
function ipWitness(ip: IP): Witness[] {
  const lease = isHeldBack(ip) ? leaseOfIp(ip) : undefined;
  return lease === undefined ? [] : [{ kind: 'IP object', lease, podType: podTypeOf(ip) }];
}

function vipWitness(vip: Vip): Witness[] {
  const lease = leaseOfIp(vipEntry(vip));
  return lease === undefined ? [] : [{ kind: 'Vip', lease, podType: '' }];
}

function eipWitness(eip: OvnEip): Witness[] {
  const lease = leaseOfIp(eipEntry(eip));
  return lease === undefined ? [] : [{ kind: 'OvnEip', lease, podType: '' }];
}

function podWitnesses(pod: PodInput | undefined): Witness[] {
  return pod?.interfaces.flatMap((each) => interfaceWitness(pod, each)) ?? [];
}

function interfaceWitness(pod: PodInput, { isAllocated, port, subnet, mac, addresses, vip }: PodInterface): Witness[] {
  if (!isAllocated || subnet === undefined || mac === undefined || addresses === undefined) return [];
  const { v4, v6 } = addresses;
  const holder: Holder = { kind: 'Pod', namespace: pod.namespace, name: pod.ownerName, uid: pod.uid };
  const lender = vip === undefined ? {} : { lender: vipKey(vip) };
  const lease: HeldLease = { owner: port, subnet, ...pairOf(v4, v6), mac, holder, node: pod.node, ...lender };
  return [{ kind: 'annotations', lease, podType: pod.podType }];
}

function nodeWitness(node: Node): Witness[] {
  const values = [
    nodeAnnotations.ip_address.read(node),
    nodeAnnotations.mac_address.read(node),
    nodeAnnotations.logical_switch.read(node),
  ] as const;
  const [addresses, mac, subnet] = values;
  if (!addresses.ok || !mac.ok || !subnet.ok || addresses.value === undefined || mac.value === undefined || subnet.value === undefined)
    return [];
  const { name, uid = '' } = node.metadata;
  const holder: Holder = { kind: 'Node', namespace: '', name, uid };
  const lease: HeldLease = {
    owner: nodePortName(name),
    subnet: subnet.value,
    ...pairOf(addresses.value.v4, addresses.value.v6),
    mac: mac.value,
    holder,
    node: name,
  };
  return [{ kind: 'annotations', lease, podType: '' }];
}

/** Ports of pods and nodes of ours; router ports and the like have no lease. */
function portWitness(name: string, port: SeenPort): Witness[] {
  const [mac = '', ...texts] = port.addresses.find((text) => canonicalMac(text.split(' ')[0] ?? '') !== undefined)?.split(' ') ?? [];
  if ((port.pod === '' && port.node === '') || mac === '') return [];
  const found = texts.flatMap((text) => readAddress(text)?.family ?? []);
  const of = (family: 4 | 6): string | undefined => texts[found.indexOf(family)];
  const [namespace = '', podName = ''] = port.pod.split('/');
  const holder: Holder =
    port.pod === '' ? { kind: 'Node', namespace: '', name: port.node, uid: '' } : { kind: 'Pod', namespace, name: podName, uid: '' };
  return [
    {
      kind: 'port',
      lease: { owner: name, subnet: port.logicalSwitch, ...pairOf(of(4), of(6)), mac, holder, node: port.node },
      podType: '',
    },
  ];
}
