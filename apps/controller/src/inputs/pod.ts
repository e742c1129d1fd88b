/**
 * Pod → PodInput: the pods that have a port, with what their annotations ask for.
 *
 * A pod on its node's network has none; one that is not scheduled yet has none yet; one that has ended for good has given it back. A
 * pod that is being deleted keeps its port until the object is gone: its processes use the network until then.
 */
import { type AddressPair, type Pod, podAnnotations, portName, type PoolRequest, type Problem } from '@kube-ovn/api';
import type { Family } from '@kube-ovn/ipam';
import { problem } from './problem.ts';

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
  readonly addresses: AddressPair | undefined;
  readonly mac: string | undefined;
  readonly families: readonly Family[] | undefined;
  /** Addresses of which the first free one serves. */
  readonly candidates: readonly AddressPair[] | undefined;
  /** IPPool that the addresses come from. */
  readonly pool: string | undefined;
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
  const podType = isOfStatefulSet(pod) ? 'StatefulSet' : '';
  const own = read(annotations.ip_address.read(pod));
  const request = read(annotations.ip_pool.read(pod));
  const listed = request === undefined || own !== undefined ? {} : read(addressesOf(request, pod));
  return {
    key: `${namespace}/${name}`,
    namespace,
    name,
    uid,
    node,
    port: portName({ pod: name, namespace }),
    podType,
    subnet: read(annotations.logical_switch.read(pod)),
    addresses: own ?? listed?.addresses,
    mac: read(annotations.mac_address.read(pod)),
    families: family === undefined ? undefined : [family === 'IPv4' ? 4 : 6],
    candidates: listed?.candidates,
    pool: listed?.pool,
    portSecurity: read(annotations.port_security.read(pod)) ?? false,
    layer2Forward: read(annotations.layer2_forward.read(pod)) ?? false,
    isAllocated: read(annotations.allocated.read(pod)) ?? false,
    condition: networkCondition(pod),
    problems,
  };
}

function isOfStatefulSet(pod: Pod): boolean {
  return (pod.metadata.ownerReferences ?? []).some((owner) => owner.kind === 'StatefulSet' && owner.controller === true);
}

type Listed = Partial<Pick<PodInput, 'addresses' | 'candidates' | 'pool'>>;

/**
 * What `ip_pool` asks for: a pod of a StatefulSet has the address of its ordinal, any other the first that is free.
 *
 * @source Kube-OVN, ip_pool
 */
function addressesOf(
  request: PoolRequest,
  pod: Pod,
): { readonly ok: true; readonly value: Listed } | { readonly ok: false; readonly problem: Problem } {
  if ('pool' in request) return { ok: true, value: { pool: request.pool } };
  const { entries } = request;
  if (!isOfStatefulSet(pod)) return { ok: true, value: { candidates: entries } };
  const ordinal = Number(/-(\d+)$/.exec(pod.metadata.name)?.[1]);
  const addresses = entries[ordinal];
  if (addresses !== undefined) return { ok: true, value: { addresses } };
  const { key } = annotations.ip_pool;
  const parts = {
    object: `Pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name}`,
    field: `metadata.annotations[${key}]`,
    value: pod.metadata.annotations?.[key] ?? '',
    what: `has ${entries.length} entries and none for ordinal ${ordinal}`,
    hint: 'list an address for every replica, the first for ordinal 0',
  };
  return { ok: false, problem: problem('POD_POOL_TOO_SHORT', parts) };
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
