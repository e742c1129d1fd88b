/** Interface of a pod → what its annotations ask for. */
import {
  type AddressPair,
  DEFAULT_PROVIDER,
  type Pod,
  podAnnotations,
  podAttachmentAnnotations,
  portName,
  type Problem,
  type Reading,
} from '@kube-ovn/api';
import type { Family } from '@kube-ovn/ipam';
import type { WantedInterface } from './pod-networks.ts';
import { listedAddresses } from './pod-pool.ts';

/** One interface of a pod. */
export interface PodInterface {
  /** `namespace/name` of its pod, and what an interface needs to know of it. */
  readonly pod: string;
  /** `namespace/name` of the virtual machine that has the port, whichever pod runs it; undefined: the pod has it. */
  readonly machine: string | undefined;
  readonly uid: string;
  readonly node: string;
  /** Name of the logical switch port and of the IP object. */
  readonly port: string;
  readonly provider: string;
  /** Provider that Subnets name for it. */
  readonly network: string;
  /** In the pod. */
  readonly name: string;
  /** It is a port of ours; else another plugin makes it and we give it addresses. */
  readonly isOvn: boolean;
  /** From annotations; a value that the controller wrote reads like one that the user wrote. */
  readonly subnet: string | undefined;
  readonly addresses: AddressPair | undefined;
  /** Addresses of which the first free one serves. */
  readonly candidates: readonly AddressPair[] | undefined;
  /** IPPool that the addresses come from. */
  readonly pool: string | undefined;
  readonly mac: string | undefined;
  readonly families: readonly Family[] | undefined;
  readonly portSecurity: boolean;
  /** Names of SecurityGroups, whether they are there or not. */
  readonly securityGroups: readonly string[];
  readonly layer2Forward: boolean;
  /** Vip whose addresses it takes. */
  readonly vip: string | undefined;
  /** Vips (`namespace/name`) that it may hold beside its own addresses, in its Subnet. */
  readonly vips: readonly string[];
  /** External address in both directions, and external source address, of a pod's first interface. */
  readonly eip: AddressPair | undefined;
  readonly snat: AddressPair | undefined;
  /** The daemon has been told this interface's addresses already. */
  readonly isAllocated: boolean;
  /** It may be carrying traffic: it keeps what it has, whatever becomes of its annotations. */
  readonly isInUse: boolean;
  readonly problems: readonly Problem[];
}

/** What the pod tells beside annotations of one interface. */
export interface InterfaceContext {
  readonly node: string;
  /** Interfaces that the runtime says are there; undefined when that can not be read. */
  readonly attached: ReadonlySet<string> | undefined;
  /** Name of the virtual machine that its ports are named after. */
  readonly machine: string | undefined;
}

/** Read one interface. @source Kube-OVN pod annotations; addresses of the network selection annotation are static ones */
export function readPodInterface(pod: Pod, wanted: WantedInterface, { node, attached, machine }: InterfaceContext): PodInterface {
  const { provider, network, name, isOvn, selection } = wanted;
  const annotations = podAnnotations(provider);
  const { namespace = '', name: podName, uid = '' } = pod.metadata;
  const problems: Problem[] = [];
  const read = <T>(reading: Reading<T>): T | undefined => {
    if (reading.ok) return reading.value;
    problems.push(reading.problem);
    return undefined;
  };
  const repeated = selection === undefined ? undefined : podAttachmentAnnotations({ ...selection, interfaceName: name });
  const family = read(annotations.ip_family.read(pod));
  const own =
    read(annotations.ip_address.read(pod)) ?? (repeated === undefined ? undefined : read(repeated.ip_address.read(pod))) ?? selection?.ips;
  const request = read(annotations.ip_pool.read(pod));
  const listed = request === undefined || own !== undefined ? undefined : read(listedAddresses(request, pod, provider));
  const isAllocated = read(annotations.allocated.read(pod)) ?? false;
  return {
    pod: `${namespace}/${podName}`,
    machine: machine === undefined ? undefined : `${namespace}/${machine}`,
    uid,
    node,
    port: portName({ pod: machine ?? podName, namespace, provider }),
    provider,
    network,
    name,
    isOvn,
    subnet: read(annotations.logical_switch.read(pod)),
    addresses: own ?? listed?.addresses,
    candidates: listed?.candidates,
    pool: listed?.pool,
    mac:
      read(annotations.mac_address.read(pod)) ??
      (repeated === undefined ? undefined : read(repeated.mac_address.read(pod))) ??
      selection?.mac,
    families: family === undefined ? undefined : [family === 'IPv4' ? 4 : 6],
    portSecurity: read(annotations.port_security.read(pod)) ?? false,
    securityGroups: read(annotations.security_groups.read(pod)) ?? [],
    layer2Forward: read(annotations.layer2_forward.read(pod)) ?? false,
    vip: provider === DEFAULT_PROVIDER ? read(annotations.vip.read(pod)) : undefined,
    eip: provider === DEFAULT_PROVIDER ? read(annotations.eip.read(pod)) : undefined,
    snat: provider === DEFAULT_PROVIDER ? read(annotations.snat.read(pod)) : undefined,
    vips: (read(podAnnotations(DEFAULT_PROVIDER).aaps.read(pod)) ?? []).map((vip) => `${namespace}/${vip}`),
    isAllocated,
    isInUse: isAllocated || attached?.has(name) === true,
    problems,
  };
}
