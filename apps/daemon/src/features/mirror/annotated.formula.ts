/**
 * Annotation `mirror` of pods → the interface on the node that gets a copy of their traffic.
 *
 * Reads: the annotation of each interface, `--enable-mirror`, `--mirror-iface`. Wants: an internal port on br-int and the Mirror that
 * fills it, while there is something to copy. A packet that passes several copied interfaces of one node is copied once.
 *
 * @source Kube-OVN: Mirror `m0` of br-int, its port `mirror0`; Open_vSwitch Mirror
 */
import { podAnnotations, type Pod, type Problem } from '@kube-ovn/api';
import { rowRef, type Fragment } from '@kube-ovn/ovsdb';
import { readPodInterface } from '../../inputs/pod-interface.ts';
import type { Attachment } from '../attachment/record.ts';
import { INTEGRATION_BRIDGE } from '../join/join.formula.ts';
import { mirrorLink, mirrorRow } from './rows.ts';

/** Name under which the planner knows what copies annotated traffic. */
export const ANNOTATED_OWNER = 'mirror';
/** Kube-OVN's name of the Mirror. */
export const ANNOTATED_MIRROR = 'm0';

/** Whether the traffic of an interface is copied, or what is wrong with the wish. */
export interface CopyWish {
  readonly isCopied: boolean;
  readonly problem?: Problem;
}

/** What the pod asks for; a pod that is not known, or is another one by now, asks for nothing. */
export function copyWish(attachment: Attachment, pod: Pod | undefined): CopyWish {
  if (pod === undefined || pod.metadata.uid !== attachment.podUid) return { isCopied: false };
  const nic = readPodInterface(pod, attachment);
  if (nic.state !== 'ready') return { isCopied: false };
  const reading = podAnnotations(nic.value.provider).mirror.read(pod);
  return reading.ok ? { isCopied: reading.value === true } : { isCopied: false, problem: reading.problem };
}

/** What of br-int is copied: all of it, or what passes these ports. */
export type Copied = 'all' | readonly string[];

/** The rows of the interface `link`; none when nothing is copied. */
export function annotatedFragment(link: string, copied: Copied): Fragment {
  if (copied.length === 0) return { rows: [], members: [] };
  const ports = copied === 'all' ? [] : copied.map((name) => rowRef('Port', name));
  const selection = { all: copied === 'all', from: ports, to: ports, output: rowRef('Port', link) };
  return { rows: [...mirrorLink(link, INTEGRATION_BRIDGE), mirrorRow(ANNOTATED_MIRROR, selection)], members: [] };
}
