/**
 * Keep the node's table of services as wanted: elements that changed are written as they are, everything else by replacing the table.
 */
import { applyNftables, isHostError, readNftTable, type Netns } from '@kube-ovn/host';
import type { Elements } from './elements.ts';
import { isListed, structureOf } from './listing.ts';
import { forgetScript, hasStickyLoss, isOf, isServedBy, rememberedIn, turnedLocal } from './remembered.ts';
import { type Chains, chainsFor, changeScript, SERVICE_TABLE, wholeScript } from './table.ts';

const FORGET_ATTEMPTS = 3;

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
  readonly chains: Chains;
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
  /** Not before the table leads no more clients to what is gone. */
  const forget = async (from: Elements, to: Elements): Promise<void> => {
    const turned = turnedLocal(from, to);
    if (turned.size === 0 && !hasStickyLoss(from, to)) return;
    const [isServed, hasTurned] = [isServedBy(to), isOf(turned)];
    for (let attempt = 0; attempt < FORGET_ATTEMPTS; attempt += 1) {
      const gone = rememberedIn((await readNftTable(SERVICE_TABLE, ns)) ?? '').filter((each) => !isServed(each) || hasTurned(each));
      if (gone.length === 0) return;
      try {
        await applyNftables(forgetScript(`${SERVICE_TABLE.family} ${SERVICE_TABLE.name}`, gone), ns);
      } catch (error) {
        // A client has another backend by now.
        if (!isHostError(error, 'HOST_REFUSED')) throw error;
      }
    }
  };
  return {
    apply: async (wanted) => {
      const known = written;
      if (known?.elements === wanted) {
        if (await isIntact(known)) return 'nothing';
      } else if (known !== undefined && hasChains(known.chains, wanted) && (await change(known, wanted))) {
        await forget(known.elements, wanted);
        return 'changed';
      }
      written = undefined;
      const remembered = rememberedIn((await readNftTable(SERVICE_TABLE, ns)) ?? '').filter(isServedBy(wanted));
      await applyNftables(wholeScript(wanted, remembered), ns);
      const listing = await readNftTable(SERVICE_TABLE, ns);
      written = { elements: wanted, chains: chainsFor(wanted), structure: listing === undefined ? undefined : structureOf(listing) };
      return 'replaced';
    },
  };
}

function hasChains({ counts, times }: Chains, wanted: Elements): boolean {
  const needed = chainsFor(wanted);
  return [...needed.counts].every((count) => counts.has(count)) && [...needed.times].every((seconds) => times.has(seconds));
}
