/**
 * Addresses for an interface that another plugin makes: does another machine have one of them?
 *
 * macvlan, vlan and host-device make the interface, and put it into the pod, before they ask for its addresses. So it is there to ask
 * from, as it is for a port of ours. It is still down then: it is up while we ask, and as it was afterwards, since what the plugin
 * announces goes with its own bringing it up.
 *
 * @source containernetworking/plugins, cmdAdd of macvlan, vlan and host-device: the link first, then the IPAM plugin
 */
import type { CniRequest } from '@kube-ovn/api';
import { openProbe, rtnl } from '@kube-ovn/host';
import type { PodInterface } from '../../inputs/pod-interface.ts';
import { openPodNetns } from './attach.ts';
import { refuseDuplicates } from './duplicates.ts';
import { delegatedClaims } from './plan.ts';

/** For whom the addresses are. */
export interface Delegation {
  readonly request: Pick<CniRequest, 'net_ns' | 'if_name'>;
  readonly pod: PodInterface;
}

/**
 * Ask for each address on the interface of the pod. A plugin that makes the interface later, or one without a MAC address, has none to
 * ask from.
 * @throws {CniFailure} 11, naming address and owner; 4 when the pod has no namespace
 */
export async function probeDelegated({ request, pod }: Delegation, sleep: (ms: number) => Promise<void>): Promise<void> {
  using ns = openPodNetns(request.net_ns);
  using inside = rtnl(ns);
  const link = await inside.link(request.if_name);
  const claims = delegatedClaims(pod, link?.mac ?? '');
  if (link === undefined || link.mac === '' || claims.listenMs === 0) return;
  if (!link.up) await inside.changeLink(link.name, { up: true });
  try {
    using probe = await openProbe({ ns, link: link.name, mac: link.mac });
    await refuseDuplicates(claims, { probe, sleep });
  } finally {
    if (!link.up) await inside.changeLink(link.name, { up: false });
  }
}
