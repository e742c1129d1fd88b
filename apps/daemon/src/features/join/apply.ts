/**
 * Bring `ovn0`, its addresses and the routes through it to what is wanted; only differences are written.
 */
import { isHostError, openProbe, rtnl, writeSysctl, type KernelRoute, type LinkAddress, type Rtnl } from '@kube-ovn/host';
import { JOIN_LINK, type JoinHost, type WantedRoute } from './join.formula.ts';

/** What to add and what to remove. */
export interface RouteChanges {
  readonly replace: readonly WantedRoute[];
  readonly remove: readonly KernelRoute[];
}

/** `RTPROT_STATIC`: routes that an administrator or we put there, not the kernel. */
const STATIC_PROTOCOL = 4;
/** `RT_SCOPE_LINK` */
const LINK_SCOPE = 253;
/** Loose reverse path check: packets of pods come in here while the way back may differ. @source Documentation/networking/ip-sysctl, rp_filter */
const LOOSE = 2;

/** Routes through ovn0 that are missing, differ, or are not wanted any more. */
export function diffRoutes(wanted: readonly WantedRoute[], present: readonly KernelRoute[]): RouteChanges {
  const ours = present.filter((route) => route.protocol === STATIC_PROTOCOL);
  const matches = (want: WantedRoute, route: KernelRoute): boolean =>
    want.dst === route.dst && want.via === route.via && want.src === route.src;
  return {
    replace: wanted.filter((want) => !ours.some((route) => matches(want, route))),
    remove: ours.filter((route) => !wanted.some((want) => want.dst === route.dst)),
  };
}

/**
 * Apply.
 * @returns false while Open vSwitch has not made the link yet
 */
export async function applyJoin(host: JoinHost): Promise<boolean> {
  using node = rtnl();
  const link = await node.link(JOIN_LINK);
  if (link === undefined) return false;
  prepare(host);
  if (!link.up || link.mac !== host.mac || link.mtuBytes !== host.mtuBytes) {
    await node.changeLink(JOIN_LINK, {
      up: true,
      ...(link.mac === host.mac ? {} : { mac: host.mac }),
      ...(link.mtuBytes === host.mtuBytes ? {} : { mtuBytes: host.mtuBytes }),
    });
  }
  await applyAddresses(node, host);
  const present = (await node.routes()).filter((route) => route.index === link.index);
  const { replace, remove } = diffRoutes(host.routes, present);
  for (const route of remove)
    await node.deleteRoute({
      dst: route.dst,
      link: JOIN_LINK,
      metric: route.metric,
      ...(route.via === undefined ? {} : { via: route.via }),
    });
  for (const route of replace) await node.replaceRoute({ ...route, link: JOIN_LINK });
  return true;
}

/** The node forwards between the network and the outside. */
function prepare(host: JoinHost): void {
  writeSysctl(undefined, 'net.ipv4.ip_forward', 1);
  writeSysctl(undefined, `net.ipv4.conf.${JOIN_LINK}.rp_filter`, LOOSE);
  if (!host.prefixes.some((prefix) => prefix.includes(':'))) return;
  writeSysctl(undefined, 'net.ipv6.conf.all.forwarding', 1);
  writeSysctl(undefined, `net.ipv6.conf.${JOIN_LINK}.disable_ipv6`, 0);
  writeSysctl(undefined, `net.ipv6.conf.${JOIN_LINK}.accept_ra`, 0);
  writeSysctl(undefined, `net.ipv6.conf.${JOIN_LINK}.accept_dad`, 0);
  // else the kernel forgets IPv6 addresses and routes whenever Open vSwitch restarts
  writeSysctl(undefined, `net.ipv6.conf.${JOIN_LINK}.keep_addr_on_down`, 1);
}

async function applyAddresses(node: Rtnl, host: JoinHost): Promise<void> {
  const present = (await node.addresses(JOIN_LINK)).filter((address) => !isLinkLocal(address));
  const held = new Set(present.map(({ prefix }) => prefix));
  for (const { prefix } of present) if (!host.prefixes.includes(prefix)) await node.deleteAddress(JOIN_LINK, prefix);
  for (const prefix of host.prefixes)
    if (!held.has(prefix)) await node.addAddress(JOIN_LINK, prefix, prefix.includes(':') ? { noDad: true } : {});
}

function isLinkLocal(address: LinkAddress): boolean {
  return address.scope === LINK_SCOPE;
}

/** Gateways of the join subnet that do not answer; all of them while the link is missing or down. */
export async function silentGateways(host: JoinHost, sleep: (ms: number) => Promise<void>): Promise<readonly string[]> {
  // A datapath that is busy with a burst of new ports may take a second to answer.
  const patience = { intervalMs: 200, timeoutMs: 3_000, sleep };
  try {
    using probe = await openProbe({ link: JOIN_LINK, mac: host.mac });
    const asked = await Promise.all(
      host.gateways.map(async ({ own, gateway }) => ({ gateway, mac: await probe.resolveNeighbour({ own, target: gateway }, patience) })),
    );
    return asked.filter(({ mac }) => mac === undefined).map(({ gateway }) => gateway);
  } catch (error) {
    if (isHostError(error, 'HOST_NOT_FOUND') || isHostError(error, 'HOST_UNREACHABLE')) return host.gateways.map(({ gateway }) => gateway);
    throw error;
  }
}
