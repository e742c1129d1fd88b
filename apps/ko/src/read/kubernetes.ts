/** Kubernetes' witness: objects and annotations to facts. */
import {
  DEFAULT_PROVIDER,
  FINALIZER,
  type IP,
  ipLabels,
  type IPPool,
  isOvnProvider,
  type KubeObject,
  type Node,
  nodePortName,
  type Pod,
  podAnnotations,
  portName,
  readCounter,
  resources,
  type StatefulSet,
  type Subnet,
  type Vip,
} from '@kube-ovn/api';
import { canonicalAddress } from '@kube-ovn/ipam';
import { type KubeClient, KubeError } from '@kube-ovn/kube';
import type {
  AnnotatedNic,
  IpFact,
  MachineFact,
  NodeFact,
  PodFact,
  PoolFact,
  StatefulSetFact,
  SubnetFact,
  VipFact,
} from '../check/facts.ts';

/** What Kubernetes says. */
export interface KubernetesFacts {
  readonly subnets: readonly SubnetFact[];
  readonly pools: readonly PoolFact[];
  readonly ips: readonly IpFact[];
  readonly vips: readonly VipFact[];
  readonly pods: readonly PodFact[];
  readonly nodes: readonly NodeFact[];
  readonly statefulSets: readonly StatefulSetFact[];
  readonly machines: readonly MachineFact[];
}

/**
 * Read the objects that the check compares.
 *
 * @throws {KubeError} when the API server can't be reached or refuses
 */
export async function readKubernetes(client: KubeClient): Promise<KubernetesFacts> {
  const [subnets, pools, ips, vips, pods, nodes, statefulSets, machines] = await Promise.all([
    client.list(resources.subnet),
    client.list(resources.ipPool),
    client.list(resources.ip),
    client.list(resources.vip),
    client.list(resources.pod),
    client.list(resources.node),
    client.list(resources.statefulSet),
    readMachines(client),
  ]);
  return {
    subnets: subnets.items.map(readSubnet),
    pools: pools.items.map(readPool),
    ips: ips.items.filter(isTaken).map(readIp),
    vips: vips.items.flatMap(readVip),
    pods: pods.items.filter(holdsAddresses).map(readPod),
    nodes: nodes.items.map(readNode),
    statefulSets: statefulSets.items.map(readStatefulSet),
    machines,
  };
}

/** None where KubeVirt is not installed. */
async function readMachines(client: KubeClient): Promise<readonly MachineFact[]> {
  const lists = await Promise.all(
    [resources.virtualMachine, resources.virtualMachineInstance].map((resource) =>
      client.list<KubeObject>(resource).then(
        ({ items }) => items,
        (error: unknown) => {
          if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return [];
          throw error;
        },
      ),
    ),
  );
  return lists
    .flat()
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata: { namespace = '', name } }) => ({ namespace, name }));
}

function readSubnet(subnet: Subnet): SubnetFact {
  const { status } = subnet;
  return {
    name: subnet.metadata.name,
    cidr: subnet.spec.cidrBlock ?? '',
    gateway: subnet.spec.gateway ?? '',
    excludeIps: subnet.spec.excludeIps ?? [],
    isOvn: isOvnProvider(subnet.spec.provider === undefined || subnet.spec.provider === '' ? DEFAULT_PROVIDER : subnet.spec.provider),
    isRefused: isRefused(status?.conditions),
    v4UsingIps: status?.v4usingIPs === undefined ? undefined : readCounter(status.v4usingIPs),
    v6UsingIps: status?.v6usingIPs === undefined ? undefined : readCounter(status.v6usingIPs),
  };
}

function readPool({ metadata, spec, status }: IPPool): PoolFact {
  return {
    name: metadata.name,
    subnet: spec.subnet ?? '',
    ips: spec.ips ?? [],
    v4UsingIps: status?.v4UsingIPs === undefined ? undefined : readCounter(status.v4UsingIPs),
    v6UsingIps: status?.v6UsingIPs === undefined ? undefined : readCounter(status.v6UsingIPs),
    isRefused: isRefused(status?.conditions),
  };
}

function isRefused(conditions: readonly { readonly type: string; readonly status?: string }[] = []): boolean {
  return conditions.some(({ type, status }) => type === 'Validated' && status === 'False');
}

/** One that the controller has not put its finalizer on is a user's wish: a condition says why it has no addresses (yet). */
function isTaken({ metadata }: IP): boolean {
  return metadata.finalizers?.includes(FINALIZER) === true;
}

function readIp(ip: IP): IpFact {
  const { spec, metadata } = ip;
  return {
    name: metadata.name,
    subnet: spec.subnet ?? '',
    namespace: spec.namespace ?? '',
    workload: spec.podName ?? '',
    podType: spec.podType ?? '',
    reserved: metadata.labels?.[ipLabels.reserved] === 'true',
    terminating: metadata.deletionTimestamp !== undefined,
    lender: metadata.annotations?.[podAnnotations(DEFAULT_PROVIDER).vip.key],
    v4: presentAddress(spec.v4IpAddress),
    v6: presentAddress(spec.v6IpAddress),
    mac: presentMac(spec.macAddress),
  };
}

/** @source Kube-OVN Vip.status; label ovn.kubernetes.io/subnet */
function readVip({ metadata, spec, status }: Vip): readonly VipFact[] {
  const [v4, v6] = [presentAddress(status?.v4ip), presentAddress(status?.v6ip)];
  if (v4 === undefined && v6 === undefined) return [];
  const subnet = metadata.labels?.[ipLabels.subnet] ?? spec.subnet ?? '';
  return [{ name: metadata.name, subnet, v4, v6, mac: presentMac(status?.mac) }];
}

/** Host-network pods have no address of ours; a completed pod has given its addresses back. */
function holdsAddresses(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return pod.spec?.hostNetwork !== true && phase !== 'Succeeded' && phase !== 'Failed';
}

function readPod(pod: Pod): PodFact {
  const { name, namespace = '' } = pod.metadata;
  return {
    namespace,
    name,
    machine: machineOf(pod, DEFAULT_PROVIDER),
    node: pod.spec?.nodeName,
    terminating: pod.metadata.deletionTimestamp !== undefined,
    ready: pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false,
    nics: readNics(pod, (provider) => portName({ pod: machineOf(pod, provider) ?? name, namespace, provider })),
  };
}

function machineOf(pod: Pod, provider: string): string | undefined {
  const reading = podAnnotations(provider).virtualmachine.read(pod);
  return reading.ok ? reading.value : undefined;
}

function readNode(node: Node): NodeFact {
  return { name: node.metadata.name, nics: readNics(node, () => nodePortName(node.metadata.name)) };
}

const ALLOCATED = /^(.+)\.kubernetes\.io\/allocated$/;

/** One interface for each provider whose annotations say that it is allocated. */
function readNics(object: KubeObject, port: (provider: string) => string): readonly AnnotatedNic[] {
  return Object.entries(object.metadata.annotations ?? {}).flatMap(([key, value]): readonly AnnotatedNic[] => {
    const provider = ALLOCATED.exec(key)?.[1];
    if (provider === undefined || value !== 'true') return [];
    const annotations = podAnnotations(provider);
    const addresses = annotations.ip_address.read(object);
    const mac = annotations.mac_address.read(object);
    const subnet = annotations.logical_switch.read(object);
    return [
      {
        port: port(provider === 'ovn' ? DEFAULT_PROVIDER : provider),
        subnet: subnet.ok ? subnet.value : undefined,
        v4: addresses.ok ? addresses.value?.v4 : undefined,
        v6: addresses.ok ? addresses.value?.v6 : undefined,
        mac: mac.ok ? mac.value : undefined,
      },
    ];
  });
}

function readStatefulSet(set: StatefulSet): StatefulSetFact {
  return {
    namespace: set.metadata.namespace ?? '',
    name: set.metadata.name,
    start: set.spec?.ordinals?.start ?? 0,
    replicas: set.metadata.deletionTimestamp === undefined ? (set.spec?.replicas ?? 1) : 0,
  };
}

function presentAddress(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : (canonicalAddress(text) ?? text);
}

function presentMac(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text.toLowerCase();
}
