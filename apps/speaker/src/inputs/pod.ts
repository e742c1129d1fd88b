/** Pod → what may be announced of it. */
import { allocatedProviders, isConditionTrue, podAnnotations, type KubeObject, type Pod } from '@kube-ovn/api';
import { readAnnouncement, type Announcement } from './announcement.ts';

/** An address of one of the pod's interfaces. */
export interface PodAddress {
  readonly address: string;
  readonly subnet: string | undefined;
}

export interface PodInput extends Announcement {
  readonly node: string | undefined;
  /** It is Ready and stays. */
  readonly isServing: boolean;
  readonly addresses: readonly PodAddress[];
}

/** Read a pod; undefined for one without addresses of ours. */
export function readPod(pod: Pod): PodInput | undefined {
  const addresses = allocatedProviders(pod).flatMap((provider) => {
    const { ip_address, logical_switch } = podAnnotations(provider);
    const pair = ip_address.read(pod);
    const subnet = logical_switch.read(pod);
    if (!pair.ok || pair.value === undefined) return [];
    return [pair.value.v4, pair.value.v6].flatMap((address) =>
      address === undefined ? [] : [{ address, subnet: subnet.ok ? subnet.value : undefined }],
    );
  });
  const announcement = readAnnouncement(pod, podAnnotations('ovn'));
  if (addresses.length === 0 && announcement.problems.length === 0) return undefined;
  const { phase, conditions } = pod.status ?? {};
  const isOver = phase === 'Succeeded' || phase === 'Failed' || pod.metadata.deletionTimestamp !== undefined;
  return { ...announcement, node: pod.spec?.nodeName, isServing: !isOver && isConditionTrue(conditions, 'Ready'), addresses };
}

/** What is kept of a pod: identity, annotations, where it is and whether it is Ready. The rest is most of its size. */
export function trimPod({ metadata, spec, status }: Pod): Pod {
  const { phase, conditions } = status ?? {};
  const ready = conditions?.filter(({ type }) => type === 'Ready').map((condition) => ({ type: condition.type, status: condition.status }));
  return {
    metadata: identity(metadata),
    ...(spec?.nodeName !== undefined && { spec: { nodeName: spec.nodeName } }),
    status: { ...(phase !== undefined && { phase }), ...(ready !== undefined && { conditions: ready }) },
  };
}

function identity({
  name,
  namespace,
  uid,
  resourceVersion,
  deletionTimestamp,
  annotations,
}: KubeObject['metadata']): KubeObject['metadata'] {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(annotations !== undefined && { annotations }),
  };
}
