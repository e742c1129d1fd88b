import { type Netns, readSysctl, writeSysctl } from '@kube-ovn/host';

/** What the kernel does with advertisements of routers. @source Documentation/networking/ip-sysctl */
const LISTENING = ['accept_ra', 'autoconf'];

/**
 * The bridge hears routers from now on, so it listens to them as its interface was told to.
 * @param ns default: the namespace of this process
 */
export function listenAs({ nic, bridge }: { readonly nic: string; readonly bridge: string }, ns?: Netns): void {
  const key = (link: string, setting: string): string => `net/ipv6/conf/${link}/${setting}`;
  try {
    for (const setting of LISTENING) writeSysctl(ns, key(bridge, setting), readSysctl(ns, key(nic, setting)));
  } catch {
    // a node without IPv6 has nothing to listen to
  }
}
