/**
 * A Subnet with another gateway: pods that run get it too, else they would lose everything outside of their Subnet.
 *
 * Interfaces that other plugins made are no attachments of ours, and keep the gateway with which their pods started.
 */
import { isHostError, openNetns, rtnl } from '@kube-ovn/host';
import type { CniResponse, Pod } from '@kube-ovn/api';
import type { Table } from '@kube-ovn/dataflow';
import { readPodInterface, type PodInterface } from '../../inputs/pod-interface.ts';
import type { Attachment } from './record.ts';

/** The attachment as it shall be; undefined while it has the gateways that its pod's annotations tell. */
export function movedAttachment(attachment: Attachment, pods: Table<Pod>): Attachment | undefined {
  const pod = pods.get(`${attachment.namespace}/${attachment.pod}`);
  // a successor of the same name has an attachment of its own
  if (pod === undefined || pod.metadata.uid !== attachment.podUid) return undefined;
  const reading = readPodInterface(pod, { provider: attachment.provider, ifName: attachment.ifName });
  const answer = reading.state === 'ready' ? movedAnswer(attachment.answer, reading.value) : undefined;
  return answer === undefined ? undefined : { ...attachment, answer };
}

/** What ADD would answer now; undefined when it is the same. An answer without gateways (no default route) has none that moves. */
export function movedAnswer(answer: CniResponse, { addresses }: Pick<PodInterface, 'addresses'>): CniResponse | undefined {
  const moves = new Map<string, string>();
  for (const { ip, gateway } of answer.ips) {
    const now = addresses.find(({ address }) => address === ip)?.gateway;
    if (gateway !== undefined && now !== undefined && now !== gateway) moves.set(gateway, now);
  }
  if (moves.size === 0) return undefined;
  const moved = <T extends string | undefined>(gateway: T): T | string => moves.get(gateway ?? '') ?? gateway;
  return {
    ...answer,
    ips: answer.ips.map((each) => (each.gateway === undefined ? each : { ...each, gateway: moved(each.gateway) })),
    ...(answer.routes === undefined
      ? {}
      : { routes: answer.routes.map((route) => (route.gw === undefined ? route : { ...route, gw: moved(route.gw) })) }),
  };
}

/** Replace the routes that differ. A route that is not there as ADD left it is the pod's own affair; a pod that is gone needs none. */
export async function moveRoutes(before: Attachment, after: Attachment): Promise<void> {
  try {
    using ns = openNetns(before.netns);
    using inside = rtnl(ns);
    const index = (await inside.link(before.ifName))?.index;
    const present = (await inside.routes()).filter((route) => route.index === index);
    for (const [place, { dst, gw: old }] of (before.answer.routes ?? []).entries()) {
      const via = after.answer.routes?.[place]?.gw;
      if (dst === undefined || via === undefined || via === old) continue;
      if (!present.some((route) => route.dst === dst && route.via === old)) continue;
      // a Subnet that has grown may have its gateway outside of the prefix with which the pod started
      await inside.replaceRoute({ dst, via, link: before.ifName, onlink: true });
    }
  } catch (error) {
    if (!isHostError(error, 'HOST_NOT_FOUND') && !isHostError(error, 'HOST_INVALID')) throw error;
  }
}
