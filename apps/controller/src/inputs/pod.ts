/**
 * Pod → PodInput: the pods that have a port, with what their annotations ask for.
 *
 * A pod on its node's network has none; one that is not scheduled yet has none yet; one that has ended for good has given it back. A
 * pod that is being deleted keeps its port until the object is gone: its processes use the network until then.
 */
import { type Pod, podAnnotations, portName, type Problem } from '@kube-ovn/api';
import type { Family } from '@kube-ovn/ipam';

export interface PodInput {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  /** Name of the logical switch port and of the IP object. */
  readonly port: string;
  readonly podType: '' | 'StatefulSet';
  /** From annotations; a value that the controller wrote reads like one that the user wrote. */
  readonly subnet: string | undefined;
  readonly addresses: { readonly v4?: string; readonly v6?: string } | undefined;
  readonly mac: string | undefined;
  readonly families: readonly Family[] | undefined;
  readonly portSecurity: boolean;
  readonly layer2Forward: boolean;
  /** The daemon has been told this pod's addresses already. */
  readonly isAllocated: boolean;
  /** What the pod's status says about its address, if anything. */
  readonly condition: { readonly status: string; readonly reason: string; readonly message: string } | undefined;
  readonly problems: readonly Problem[];
}

const annotations = podAnnotations('ovn');

/** Type of the condition that says why a pod has no address. */
export const networkAllocated = 'ovn.kubernetes.io/NetworkAllocated';

/** Read one Pod; undefined when it has no port. @source core/v1 Pod; Kube-OVN pod annotations */
export function readPod(pod: Pod): PodInput | undefined {
  const { namespace = '', name, uid = '' } = pod.metadata;
  const node = pod.spec?.nodeName ?? '';
  if (pod.spec?.hostNetwork === true || node === '' || hasEnded(pod)) return undefined;
  const problems: Problem[] = [];
  const read = <T>(
    reading: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem },
  ): T | undefined => {
    if (reading.ok) return reading.value;
    problems.push(reading.problem);
    return undefined;
  };
  const family = read(annotations.ip_family.read(pod));
  return {
    key: `${namespace}/${name}`,
    namespace,
    name,
    uid,
    node,
    port: portName({ pod: name, namespace }),
    podType: (pod.metadata.ownerReferences ?? []).some((owner) => owner.kind === 'StatefulSet' && owner.controller === true)
      ? 'StatefulSet'
      : '',
    subnet: read(annotations.logical_switch.read(pod)),
    addresses: read(annotations.ip_address.read(pod)),
    mac: read(annotations.mac_address.read(pod)),
    families: family === undefined ? undefined : [family === 'IPv4' ? 4 : 6],
    portSecurity: read(annotations.port_security.read(pod)) ?? false,
    layer2Forward: read(annotations.layer2_forward.read(pod)) ?? false,
    isAllocated: read(annotations.allocated.read(pod)) ?? false,
    condition: networkCondition(pod),
    problems,
  };
}

/** Ended for good: nothing of it will run again. @source Kube-OVN isPodAlive; core/v1 PodStatus.phase, PodSpec.restartPolicy */
function hasEnded(pod: Pod): boolean {
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
