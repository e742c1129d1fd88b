/**
 * Keep the node's table of services as wanted: elements that changed are written as they are, everything else by replacing the table.
 */
import { applyNftables, isHostError, readNftTable, type Netns } from '@kube-ovn/host';
import type { Elements } from './elements.ts';
import { isListed, structureOf } from './listing.ts';
import { chainCounts, changeScript, SERVICE_TABLE, wholeScript } from './table.ts';

/** What a round did. */
export type ServiceTableRound = 'nothing' | 'changed' | 'replaced';

/** The table, with what is known of it. */
export interface ServiceTable {
  /**
   * Make it so. Told the very same elements again, it looks at the table itself, and replaces it when somebody else has changed it.
   */
  apply(wanted: Elements): Promise<ServiceTableRound>;
}

interface Written {
  readonly elements: Elements;
  readonly counts: ReadonlySet<number>;
  /** The table without its elements, as nft prints it. */
  readonly structure: string | undefined;
}

/**
 * Nothing is known at first, so the first call replaces the table: in one transaction, which no connection notices.
 * @param ns default: the namespace of this process
 */
export function serviceTable(ns?: Netns): ServiceTable {
  let written: Written | undefined;
  const isIntact = async ({ structure, elements }: Written): Promise<boolean> => {
    const listing = await readNftTable(SERVICE_TABLE, ns);
    return listing !== undefined && structureOf(listing) === structure && isListed(elements, listing);
  };
  /** @returns false when the table is not what we know it to be */
  const change = async (from: Written, to: Elements): Promise<boolean> => {
    const script = changeScript(from.elements, to);
    try {
      if (script !== '') await applyNftables(script, ns);
    } catch (error) {
      if (isHostError(error, 'HOST_REFUSED')) return false;
      throw error;
    }
    written = { ...from, elements: to };
    return true;
  };
  return {
    apply: async (wanted) => {
      const known = written;
      if (known?.elements === wanted) {
        if (await isIntact(known)) return 'nothing';
      } else if (known !== undefined && isSubset(chainCounts(wanted), known.counts) && (await change(known, wanted))) return 'changed';
      written = undefined;
      await applyNftables(wholeScript(wanted), ns);
      const listing = await readNftTable(SERVICE_TABLE, ns);
      written = { elements: wanted, counts: chainCounts(wanted), structure: listing === undefined ? undefined : structureOf(listing) };
      return 'replaced';
    },
  };
}

function isSubset(some: ReadonlySet<number>, all: ReadonlySet<number>): boolean {
  return [...some].every((count) => all.has(count));
}
