/** Interfaces that get copies are up, and the node takes in nothing of what comes by them. */
import { isHostError, rtnl, type Netns, writeSysctl } from '@kube-ovn/host';

/**
 * A copy is for who listens on the link. Without an address of its own a link gets nothing through a check of sources; what asks for the
 * node's addresses is not answered.
 * @source Documentation/networking/ip-sysctl: arp_ignore 8, rp_filter 1, disable_ipv6; Linux fib_validate_source
 */
const SETTINGS = [
  ['ipv6', 'disable_ipv6', 1],
  ['ipv4', 'arp_ignore', 8],
  ['ipv4', 'rp_filter', 1],
] as const;

/**
 * @param ns default: the namespace of this process
 * @returns false while Open vSwitch has not made all of them yet
 */
export async function applyMirrorLinks(names: readonly string[], ns?: Netns): Promise<boolean> {
  if (names.length === 0) return true;
  using node = rtnl(ns);
  let isComplete = true;
  for (const name of names) {
    const link = await node.link(name);
    if (link === undefined) {
      isComplete = false;
      continue;
    }
    if (link.up) continue;
    for (const [family, setting, value] of SETTINGS) silence(`net/${family}/conf/${name}/${setting}`, value, ns);
    await node.changeLink(name, { up: true });
  }
  return isComplete;
}

function silence(key: string, value: number, ns: Netns | undefined): void {
  try {
    writeSysctl(ns, key, value);
  } catch (error) {
    if (!isHostError(error, 'HOST_NOT_FOUND')) throw error; // a kernel without IPv6
  }
}
