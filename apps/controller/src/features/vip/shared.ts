/** Vips that interfaces of pods may hold beside their own addresses: those of their namespace, in the Subnet that the interface is in. */
import { type HeldLease, vipKey } from '../../effects/demand.ts';
import type { PodInterface } from '../../inputs/pod.ts';
import type { VipInput } from '../../inputs/vip.ts';
import type { Graph } from '../graph.ts';

/** Leases of the Vips that an interface may hold, in the order in which its pod names them. */
export function sharedVips(nic: PodInterface, lease: HeldLease, { vips, leases }: Pick<Graph, 'vips' | 'leases'>): readonly HeldLease[] {
  return nic.vips.flatMap((key) => {
    const name = key.slice(key.indexOf('/') + 1);
    const [vip, held] = [vips.get(name), leases.get(vipKey(name))];
    return vip !== undefined && held?.subnet === lease.subnet && isShared(vip) && `${vip.namespace}/${name}` === key ? [held] : [];
  });
}

/** Ports that may hold a Vip, sorted. */
export function parentsOf(
  vip: VipInput,
  lease: HeldLease,
  { portsByVip, leases }: Pick<Graph, 'portsByVip' | 'leases'>,
): readonly string[] {
  const ports = [...portsByVip.of(`${vip.namespace}/${vip.name}`)];
  return ports.filter((port) => leases.get(port)?.subnet === lease.subnet).toSorted();
}

/** The port that has the addresses of a Vip as its own. */
export function takerOf(
  { name }: Pick<VipInput, 'name'>,
  { takersByVip, leases }: Pick<Graph, 'takersByVip' | 'leases'>,
): string | undefined {
  return [...takersByVip.of(name)].find((port) => leases.get(port)?.lender === vipKey(name));
}

/** @source Kube-OVN Vip.spec.type: the empty one is an allowed address pair */
export function isShared({ type, isTerminating }: VipInput): boolean {
  return type === '' && !isTerminating;
}
