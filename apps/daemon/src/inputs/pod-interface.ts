/**
 * Pod → what one of its interfaces shall be. Reads the pod's annotations for the interface's provider; decides nothing.
 */
import {
  allocatedProviders,
  DEFAULT_PROVIDER,
  describeObject,
  MIGRATION_ANNOTATION,
  podAnnotations,
  portName,
  readNetworks,
  type Pod,
  type Problem,
  type Reading,
  type Route,
} from '@kube-ovn/api';

/** Addresses of one family. */
export interface InterfaceAddress {
  readonly family: 4 | 6;
  readonly address: string;
  /** Prefix of the subnet. */
  readonly cidr: string;
  readonly gateway: string | undefined;
}

/** One interface of a pod, as the controller has laid it down in annotations. */
export interface PodInterface {
  readonly provider: string;
  /** Name of the logical switch port. */
  readonly port: string;
  readonly subnet: string;
  readonly mac: string;
  readonly addresses: readonly InterfaceAddress[];
  /** Asked for by annotation; undefined leaves it to the kind of interface. */
  readonly isDefaultRoute: boolean | undefined;
  readonly routes: readonly Route[];
  /** The port takes over from another one (live migration), so nothing may be probed. */
  readonly isActivatedLater: boolean;
}

/** An interface that is ready, or the reason to wait, or what is wrong with the pod. */
export type PodInterfaceReading =
  | { readonly state: 'ready'; readonly value: PodInterface }
  | { readonly state: 'waiting'; readonly reason: string }
  | { readonly state: 'bad'; readonly problem: Problem };

/**
 * Read one interface of a pod.
 *
 * @param of.provider of its network; where that is attached more than once, the controller puts the interface's name behind it
 * @param of.ifName the interface in the pod
 */
export function readPodInterface(pod: Pod, of: { readonly provider: string; readonly ifName: string }): PodInterfaceReading {
  const own = `${of.provider}.${of.ifName}`;
  const provider = allocatedProviders(pod).includes(own)
    ? own
    : of.provider === DEFAULT_PROVIDER
      ? unnamedProvider(pod, of.ifName)
      : of.provider;
  if (provider === undefined) return { state: 'waiting', reason: waitingFor(pod, `<provider>.kubernetes.io/interface: ${of.ifName}`) };
  const annotations = podAnnotations(provider);
  const first: Problem[] = [];
  const read = <T>(reading: Reading<T | undefined>): T | undefined => {
    if (reading.ok) return reading.value;
    first.push(reading.problem);
    return undefined;
  };
  const allocated = read(annotations.allocated.read(pod));
  const pair = read(annotations.ip_address.read(pod));
  const mac = read(annotations.mac_address.read(pod));
  const cidr = read(annotations.cidr.read(pod));
  const gateway = read(annotations.gateway.read(pod));
  const subnet = read(annotations.logical_switch.read(pod));
  const name = read(annotations.interface.read(pod));
  const isDefaultRoute = read(annotations.default_route.read(pod));
  const routes = read(annotations.routes.read(pod));
  const activation = read(annotations.activation_strategy.read(pod));
  const machine = read(annotations.virtualmachine.read(pod));
  const [problem] = first;
  if (problem !== undefined) return { state: 'bad', problem };
  if (allocated !== true) return { state: 'waiting', reason: waitingFor(pod, annotations.allocated.key) };
  // another interface of the same network has these; ours come under its own name
  if (name !== undefined && name !== of.ifName) return { state: 'waiting', reason: waitingFor(pod, podAnnotations(own).allocated.key) };
  if (mac === undefined) return { state: 'waiting', reason: waitingFor(pod, annotations.mac_address.key) };
  if (subnet === undefined) return { state: 'waiting', reason: waitingFor(pod, annotations.logical_switch.key) };
  return {
    state: 'ready',
    value: {
      provider,
      port: portName({ pod: machine ?? pod.metadata.name, namespace: pod.metadata.namespace ?? '', provider }),
      subnet,
      mac,
      addresses: [...side(4, pair?.v4, cidr?.v4, gateway?.v4), ...side(6, pair?.v6, cidr?.v6, gateway?.v6)],
      isDefaultRoute,
      routes: routes ?? [],
      isActivatedLater: activation !== undefined || pod.metadata.annotations?.[MIGRATION_ANNOTATION] !== undefined,
    },
  };
}

/**
 * A network whose configuration names no provider: the interface is the one that the controller has given this name.
 * @returns undefined while the controller has not, although the pod asks for a further network there
 */
function unnamedProvider(pod: Pod, ifName: string): string | undefined {
  const isHere = (provider: string): boolean => {
    const name = podAnnotations(provider).interface.read(pod);
    return name.ok && name.value === ifName;
  };
  const networks = readNetworks(pod);
  const isAskedFor = networks.ok && networks.value.some(({ interfaceName }, index) => (interfaceName ?? `net${index + 1}`) === ifName);
  return allocatedProviders(pod).find(isHere) ?? (isAskedFor ? undefined : DEFAULT_PROVIDER);
}

function side(
  family: 4 | 6,
  address: string | undefined,
  cidr: string | undefined,
  gateway: string | undefined,
): readonly InterfaceAddress[] {
  if (address === undefined) return [];
  return [{ family, address, cidr: cidr ?? `${address}/${family === 4 ? 32 : 128}`, gateway }];
}

function waitingFor(pod: Pod, key: string): string {
  return `${describeObject(pod, 'Pod')} has no annotation ${key} yet; the controller writes it once the address is allocated, and an event of the pod says why if it cannot`;
}
