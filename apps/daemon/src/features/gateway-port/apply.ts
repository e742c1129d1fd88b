/** Have the node take in what comes by `ovn-gw0`. */
import { GATEWAY_PORT } from '@kube-ovn/api';
import { rtnl, writeSysctl } from '@kube-ovn/host';

/**
 * Loose reverse path check: the way back is by another link. The kernel passes nothing on to such a check from a link without any
 * address, so the link has one, which nobody uses.
 * @source Documentation/networking/ip-sysctl, rp_filter; Linux fib_validate_source
 */
const LOOSE = 2;

/** @returns false while Open vSwitch has not made the link yet */
export async function applyGatewayPort(): Promise<boolean> {
  using node = rtnl();
  const link = await node.link(GATEWAY_PORT.link);
  if (link === undefined) return false;
  const setting = (name: string, value: number, family: 4 | 6 = 6): unknown =>
    writeSysctl(undefined, `net.ipv${family}.conf.${GATEWAY_PORT.link}.${name}`, value);
  setting('rp_filter', LOOSE, 4);
  setting('disable_ipv6', 0);
  setting('accept_ra', 0);
  // the same link has the same addresses on other nodes
  setting('accept_dad', 0);
  if (!link.up || link.mac !== GATEWAY_PORT.mac) await node.changeLink(GATEWAY_PORT.link, { up: true, mac: GATEWAY_PORT.mac });
  const held = await node.addresses(GATEWAY_PORT.link);
  if (!held.some(({ prefix }) => prefix === GATEWAY_PORT.prefix)) await node.addAddress(GATEWAY_PORT.link, GATEWAY_PORT.prefix);
  return true;
}
