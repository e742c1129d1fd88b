/**
 * In the userspace datapath the kernel gets every packet of a bridge's interface too, beside Open vSwitch: it would answer a second time,
 * and forward twice. A table of nftables keeps it from that. The kernel's own datapath does so by itself.
 *
 * @source Open vSwitch documentation, "Open vSwitch without Kernel Support", Firewall Rules
 */
import { applyNftables, type Netns, readNftTable } from '@kube-ovn/host';

const TABLE = { family: 'netdev', name: 'kube-ovn-provider' } as const;

/** The script that makes the table so. Programs that listen on the link itself, as Open vSwitch does, have the packet before. */
function guardScript(nics: readonly string[]): string {
  const table = `${TABLE.family} ${TABLE.name}`;
  const chains = nics
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((nic, index) => `  chain nic${index} {\n    type filter hook ingress device "${nic}" priority 0; policy drop;\n  }\n`);
  const made = chains.length === 0 ? '' : `table ${table} {\n${chains.join('')}}\n`;
  return `table ${table} {}\ndelete table ${table}\n${made}`;
}

/** The table, with what is known of it. */
export interface NicGuard {
  /** Keep the kernel from the packets of these interfaces, which exist, and of no others. */
  set(nics: readonly string[]): Promise<void>;
  /** Let the kernel have the packets of this interface. */
  free(nic: string): Promise<void>;
}

/** @param ns default: the namespace of this process */
export function nicGuard(ns?: Netns): NicGuard {
  let written: { readonly script: string; readonly listing: string | undefined } | undefined;
  const write = async (script: string): Promise<void> => {
    await applyNftables(script, ns);
    written = { script, listing: await readNftTable(TABLE, ns) };
  };
  return {
    set: async (nics) => {
      const [script, listing] = [guardScript(nics), await readNftTable(TABLE, ns)];
      const isSame = written === undefined ? nics.length === 0 && listing === undefined : written.listing === listing;
      if (!isSame || (written !== undefined && written.script !== script)) await write(script);
    },
    free: async (nic) => {
      const listing = (await readNftTable(TABLE, ns)) ?? '';
      const others = [...listing.matchAll(/device "?([^"\s]+)"?/g)].map(([, device = '']) => device).filter((device) => device !== nic);
      if (listing.includes(nic)) await write(guardScript(others));
    },
  };
}
