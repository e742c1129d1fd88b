/**
 * Pods of a virtual machine → the one that it runs in, and the one that it is being moved to.
 *
 * A machine has one port and one set of addresses, and at times two pods: its next one starts before the last one is gone, or it is
 * moved while it runs. The port is that of the pod that the machine runs in; during a move OVN lets the other node bind it too, and
 * blocks it there until the machine announces itself.
 */
import { machineOfPod, MIGRATION_ANNOTATION, type Pod, type VirtualMachineInstance } from '@kube-ovn/api';
import { hasEnded } from '../../inputs/pod.ts';

/** A pod of a machine. */
export interface Launcher {
  /** `namespace/name` of the pod. */
  readonly pod: string;
  readonly node: string;
}

export interface Launchers {
  /** The machine runs in it, as far as one can tell. */
  readonly active: Launcher;
  /** The machine is being moved to it. */
  readonly target: Launcher | undefined;
}

/** `namespace/name` of the machine of a pod that may run it; undefined for a pod of none, or one that is not scheduled or has ended. */
export function machineKeyOf(pod: Pod): string | undefined {
  const machine = machineOfPod(pod);
  const isThere = machine !== undefined && (pod.spec?.nodeName ?? '') !== '' && pod.spec?.hostNetwork !== true && !hasEnded(pod);
  return isThere ? `${pod.metadata.namespace ?? ''}/${machine}` : undefined;
}

/**
 * Which pod is which. KubeVirt says on which node the machine runs; before it has said so, the oldest pod counts that is not being
 * deleted. One beside it that KubeVirt made for a move, on another node, is where the machine goes to; any other one waits.
 *
 * @param pods those of one machine, in any order
 * @source KubeVirt VirtualMachineInstance.status.nodeName: changes when a migration has come to its end
 */
export function launchersOf(pods: readonly Pod[], instance: VirtualMachineInstance | undefined): Launchers | undefined {
  const nodeName = instance?.status?.nodeName ?? '';
  const ranked = pods.toSorted((a, b) => rankOf(a, nodeName) - rankOf(b, nodeName) || compareAge(a, b));
  const [active, ...others] = ranked;
  if (active === undefined) return undefined;
  const target = others.find((pod) => isTarget(pod, active));
  return { active: launcher(active), target: target === undefined ? undefined : launcher(target) };
}

/**
 * Options of a machine's port: it is bound where the machine runs, whatever another node still has of it.
 *
 * @source ovn-nb(5) Logical_Switch_Port options:requested-chassis (by hostname, which our daemon sets to the node's name),
 *   options:activation-strategy
 */
export function machinePortOptions({ active, target }: Launchers): Readonly<Record<string, string>> {
  if (target === undefined) return { 'requested-chassis': active.node };
  return { 'requested-chassis': `${active.node},${target.node}`, 'activation-strategy': 'rarp' };
}

function rankOf({ spec, metadata }: Pod, nodeName: string): number {
  if (nodeName !== '' && spec?.nodeName === nodeName) return 0;
  return metadata.deletionTimestamp === undefined ? 1 : 2;
}

function compareAge({ metadata: a }: Pod, { metadata: b }: Pod): number {
  const [first, second] = [`${a.creationTimestamp ?? ''} ${a.name}`, `${b.creationTimestamp ?? ''} ${b.name}`];
  return first < second ? -1 : Number(first > second);
}

/** One that was made for a move and is not older: else the machine has come from there. */
function isTarget({ spec, metadata }: Pod, active: Pod): boolean {
  const { annotations = {}, creationTimestamp = '', deletionTimestamp } = metadata;
  const isForMove = annotations[MIGRATION_ANNOTATION] !== undefined && creationTimestamp >= (active.metadata.creationTimestamp ?? '');
  return isForMove && deletionTimestamp === undefined && spec?.nodeName !== active.spec?.nodeName;
}

function launcher({ metadata, spec }: Pod): Launcher {
  return { pod: `${metadata.namespace ?? ''}/${metadata.name}`, node: spec?.nodeName ?? '' };
}
