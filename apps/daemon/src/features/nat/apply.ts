/**
 * Keep the nftables table as wanted: written when the wanted text changes, and when somebody else changed the table.
 */
import { applyNftables, readNftTable, type Netns } from '@kube-ovn/host';
import { NAT_TABLE } from './nat.formula.ts';

/** The table, with what is known of it. */
export interface NatTable {
  /**
   * Make it so.
   * @returns whether anything was written
   */
  apply(script: string): Promise<boolean>;
}

/**
 * Nothing is known at first, so the first call writes: in one transaction, which no packet notices.
 * @param ns default: the namespace of this process
 */
export function natTable(ns?: Netns): NatTable {
  let written: { readonly script: string; readonly listing: string | undefined } | undefined;
  return {
    apply: async (script) => {
      if (written?.script === script && written.listing === (await readNftTable(NAT_TABLE, ns))) return false;
      await applyNftables(script, ns);
      written = { script, listing: await readNftTable(NAT_TABLE, ns) };
      return true;
    },
  };
}
