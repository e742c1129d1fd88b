/** Who the ends of a question are. Pure. */
import { canonicalAddress } from '@kube-ovn/ipam';
import {
  DEFAULT_PROVIDER,
  DEFAULT_VPC,
  nodeAnnotations,
  nodePortName,
  type Node,
  type Pod,
  podAnnotations,
  portName,
  type Subnet,
} from '@kube-ovn/api';
import type { End } from './question.ts';
import type { World } from './world.ts';

/** A pod or a node, with its place in the network. */
export interface Party {
  readonly object: string;
  /** As policies are asked. */
  readonly flowEnd: { readonly pod: string } | { readonly node: string } | { readonly address: string };
  readonly pod?: Pod;
  readonly node?: Node;
  readonly addresses: { readonly 4?: string; readonly 6?: string };
  /** Logical switch port; absent outside of the network. */
  readonly port?: string;
  readonly subnet?: Subnet;
  readonly vpc?: string;
}

type Families = Party['addresses'];

/** @returns undefined when there is no such pod or node */
export function partyOf(end: End, world: World): Party | undefined {
  switch (end.kind) {
    case 'pod': {
      const pod = world.pods.find(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}` === end.key);
      return pod === undefined ? undefined : podParty(pod, world);
    }
    case 'node': {
      const node = world.nodes.find(({ metadata }) => metadata.name === end.name);
      return node === undefined ? undefined : nodeParty(node, world);
    }
    case 'address':
      return addressParty(end.address, world);
    case 'service':
    case 'name':
      return undefined;
  }
}

/** The pod or node that has an address, or the outside. */
export function addressParty(address: string, world: World): Party {
  const pod = world.pods.find((one) => one.spec?.hostNetwork !== true && !isOver(one) && holds(podAddresses(one), address));
  if (pod !== undefined) return podParty(pod, world);
  const node = world.nodes.find((one) => holds(nodeAddresses(one), address) || holds(joinAddresses(one), address));
  if (node !== undefined) return { ...nodeParty(node, world), addresses: familiesOf([address]) };
  return { object: address, flowEnd: { address }, addresses: familiesOf([address]) };
}

function podParty(pod: Pod, world: World): Party {
  const { namespace = '', name } = pod.metadata;
  const object = `Pod ${namespace}/${name}`;
  const node = world.nodes.find(({ metadata }) => metadata.name === pod.spec?.nodeName);
  if (pod.spec?.hostNetwork === true && node !== undefined)
    return { ...nodeParty(node, world), object, pod, flowEnd: { pod: `${namespace}/${name}` } };
  const annotations = podAnnotations(DEFAULT_PROVIDER);
  const machine = annotations.virtualmachine.read(pod);
  const logicalSwitch = annotations.logical_switch.read(pod);
  const subnet = world.subnets.find(({ metadata }) => logicalSwitch.ok && metadata.name === logicalSwitch.value);
  return {
    object,
    flowEnd: { pod: `${namespace}/${name}` },
    pod,
    ...(node === undefined ? {} : { node }),
    addresses: familiesOf(isOver(pod) ? [] : podAddresses(pod)),
    port: portName({ pod: machine.ok ? (machine.value ?? name) : name, namespace }),
    ...(subnet === undefined ? {} : { subnet, vpc: vpcOf(subnet) }),
  };
}

function nodeParty(node: Node, world: World): Party {
  const { name } = node.metadata;
  const logicalSwitch = nodeAnnotations.logical_switch.read(node);
  const subnet = world.subnets.find(({ metadata }) => logicalSwitch.ok && metadata.name === logicalSwitch.value);
  return {
    object: `Node ${name}`,
    flowEnd: { node: name },
    node,
    addresses: familiesOf(nodeAddresses(node)),
    port: nodePortName(name),
    ...(subnet === undefined ? {} : { subnet }),
    vpc: DEFAULT_VPC,
  };
}

function vpcOf({ spec }: Subnet): string {
  return spec.vpc === undefined || spec.vpc === '' ? DEFAULT_VPC : spec.vpc;
}

/** Its addresses may be another pod's by now. */
export function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function podAddresses({ status }: Pod): readonly string[] {
  return status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP === undefined ? [] : [status.podIP]);
}

function nodeAddresses({ status }: Node): readonly string[] {
  return (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP' || type === 'ExternalIP').map(({ address }) => address);
}

function joinAddresses(node: Node): readonly string[] {
  const reading = nodeAnnotations.ip_address.read(node);
  return reading.ok ? [reading.value?.v4, reading.value?.v6].filter((address) => address !== undefined) : [];
}

function holds(texts: readonly string[], address: string): boolean {
  return texts.some((text) => canonicalAddress(text) === address);
}

/** The first of each family. */
function familiesOf(texts: readonly string[]): Families {
  const canonical = texts.flatMap((text) => canonicalAddress(text) ?? []);
  const [four, six] = [canonical.find((text) => !text.includes(':')), canonical.find((text) => text.includes(':'))];
  return { ...(four === undefined ? {} : { 4: four }), ...(six === undefined ? {} : { 6: six }) };
}
