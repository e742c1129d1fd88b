/**
 * Pod → PodInput: the pods that have interfaces of ours, with what their annotations ask for.
 *
 * A pod on its node's network has none; one that is not scheduled yet has none yet; one that has ended for good has given them back. A
 * pod that is being deleted keeps its ports until the object is gone: its processes use the network until then.
 */
import { allocatedProviders, controllerKeys, machineOfPod, type Pod, type Problem, readAttachedInterfaces } from '@kube-ovn/api';
import type { PodType } from '../effects/demand.ts';
import { type PodInterface, readPodInterface } from './pod-interface.ts';
import { isOfStatefulSet } from './pod-pool.ts';
import { type FindAttachment, wantedInterfaces } from './pod-networks.ts';

export type { PodInterface } from './pod-interface.ts';
export type { AttachmentReading, FindAttachment } from './pod-networks.ts';

export interface PodInput {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly podType: PodType;
  /** Name that its ports and addresses are under: that of its virtual machine, else its own. */
  readonly ownerName: string;
  /** That of the cluster's network first. */
  readonly interfaces: readonly PodInterface[];
  /** Some interface may be carrying traffic: from now on each further one is by itself. */
  readonly isStarted: boolean;
  /** Annotations of interfaces that it has had and has no more. */
  readonly formerKeys: readonly string[];
  /** What the pod's status says about its addresses, if anything. */
  readonly condition: { readonly status: string; readonly reason: string; readonly message: string } | undefined;
  /** What is wrong with the networks it asks for, and with annotations of interfaces that are not in use yet. */
  readonly problems: readonly Problem[];
}

/** Type of the condition that says why a pod has no address. */
export const networkAllocated = 'ovn.kubernetes.io/NetworkAllocated';

export interface PodOptions {
  /** The pods of a virtual machine are named after it. Default: true. @source Kube-OVN --keep-vm-ip */
  readonly keepVmIp?: boolean;
}

/** Read one Pod; undefined when it has no interface of ours. @source core/v1 Pod; Kube-OVN pod annotations */
export function readPod(pod: Pod, find: FindAttachment, { keepVmIp = true }: PodOptions = {}): PodInput | undefined {
  const { namespace = '', name, uid = '' } = pod.metadata;
  const node = pod.spec?.nodeName ?? '';
  if (pod.spec?.hostNetwork === true || node === '' || hasEnded(pod)) return undefined;
  const { wanted, problems } = wantedInterfaces(pod, find);
  const attached = attachedInterfaces(pod);
  const machine = keepVmIp ? machineOfPod(pod) : undefined;
  const interfaces = wanted.map((each) => readPodInterface(pod, each, { node, attached, machine }));
  return {
    key: `${namespace}/${name}`,
    namespace,
    name,
    uid,
    node,
    podType: machine !== undefined ? 'VirtualMachine' : isOfStatefulSet(pod) ? 'StatefulSet' : '',
    ownerName: machine ?? name,
    interfaces,
    isStarted: interfaces.some(({ isInUse }) => isInUse),
    formerKeys: formerKeys(pod, interfaces),
    condition: networkCondition(pod),
    problems: [...problems, ...interfaces.flatMap((each) => (each.isInUse ? [] : each.problems))],
  };
}

/** A pod that has an address in its status has its first interface, whatever its annotations say. */
function attachedInterfaces(pod: Pod): ReadonlySet<string> | undefined {
  const named = readAttachedInterfaces(pod);
  const hasAddress = (pod.status?.podIP ?? '') !== '';
  return named === undefined || !hasAddress ? named : new Set([...named, 'eth0']);
}

/** @source Kube-OVN: the annotations of an interface go when it is unplugged */
function formerKeys(pod: Pod, interfaces: readonly PodInterface[]): readonly string[] {
  const present = new Set(interfaces.map(({ provider }) => provider));
  const former = allocatedProviders(pod).filter((provider) => !present.has(provider));
  return former.flatMap(controllerKeys).filter((key) => pod.metadata.annotations?.[key] !== undefined);
}

/** Ended for good: nothing of it will run again. @source Kube-OVN isPodAlive; core/v1 PodStatus.phase, PodSpec.restartPolicy */
export function hasEnded(pod: Pod): boolean {
  const { phase, reason } = pod.status ?? {};
  const restarts = pod.spec?.restartPolicy ?? 'Always';
  if (phase === 'Succeeded') return restarts !== 'Always';
  if (phase === 'Failed') return restarts === 'Never' || reason === 'Evicted';
  return false;
}

function networkCondition(pod: Pod): PodInput['condition'] {
  const found = (pod.status?.conditions ?? []).find((condition) => condition.type === networkAllocated);
  return found === undefined ? undefined : { status: found.status, reason: found.reason ?? '', message: found.message ?? '' };
}
