/**
 * Cached flows of the userspace datapath that no longer say what the OpenFlow tables say.
 *
 * Open vSwitch before 3.1.2 changes the actions of a cached flow by a look-up of one of its packets, and so may change another flow that
 * holds for the same packet. The one that was meant stays as it was for as long as packets use it: a connection that a policy forbids
 * still gets through, or one that it allows does not. Only the userspace datapath does so; the kernel finds flows by their identifier.
 *
 * The way out is to have cached flows made anew after the OpenFlow tables have changed. `revalidator/purge` would do it from
 * beside the threads that own the flows, and ovs-vswitchd was seen to end over it; a flow limit of 0 makes these threads do it themselves.
 */
import { isBefore } from '../../sources/vswitchd-version.ts';
import type { VswitchdControl } from '../../sources/vswitchd-control.ts';
import type { Remedy } from '../remedy.ts';

/** Takes cached flows out when they may be stale. */
export interface FlowCache {
  /** Look once, and do what is needed. */
  refresh(): Promise<void>;
  /** How often all cached flows were taken out. */
  readonly refreshes: number;
}

export interface FlowCacheOptions {
  readonly control: VswitchdControl;
  readonly mode: Remedy;
  readonly isUserspaceDatapath: () => boolean;
  /** Milliseconds. */
  readonly now: () => number;
}

/**
 * Why ovs-vswitchd has passed over its cached flows. Of several reasons at once it counts one, so a change of a table may be hidden behind
 * a change of the configuration or of a learned address.
 * @source ovs-vswitchd's coverage counters
 */
const CHANGES = ['rev_flow_table', 'rev_reconfigure', 'rev_port_toggled', 'rev_mac_learning'] as const;
/** The first version that finds the flow to change by its identifier. */
const MENDED = [3, 1, 2] as const;
const MIN_PAUSE_MS = 1_000;
/** While tables change, a pass begins where the last one ends: it may be under way before the limit is 0, and sets the limit anew when it ends. */
const ROUNDS = 2;
/** What making a flow anew costs, generously: refreshing takes a small part of the time whatever the number of flows. */
const PAUSE_MS_PER_FLOW = 0.2;

/** @param shown what ovs-vswitchd answers to `upcall/show` */
export function readFlowNumbers(shown: string): { readonly flows: number; readonly limit: number } | undefined {
  const found = /\(current (\d+)\).*\(limit (\d+)\)/.exec(shown);
  return found === null ? undefined : { flows: Number(found[1]), limit: Number(found[2]) };
}

/** Make one for this node. */
export function flowCache({ control, mode, isUserspaceDatapath, now }: FlowCacheOptions): FlowCache {
  let seen: number | undefined;
  let isNeeded = false;
  let notBefore = 0;
  let refreshes = 0;
  const isWanted = async (): Promise<boolean> => (mode === 'auto' ? isBefore(await control('version'), MENDED) : mode === 'true');
  /** The number of flows that were taken out. */
  const empty = async (): Promise<number> => {
    const numbers = readFlowNumbers(await control('upcall/show'));
    if (numbers === undefined || numbers.flows === 0) return 0;
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        // From the end of a pass to the end of the next one: this whole pass sees the limit.
        await control('revalidator/wait');
        await control('upcall/set-flow-limit', '0');
        await control('revalidator/wait');
      }
    } finally {
      await control('upcall/set-flow-limit', String(numbers.limit));
    }
    refreshes += 1;
    return numbers.flows;
  };
  return {
    refresh: async () => {
      if (mode === 'false' || !isUserspaceDatapath() || now() < notBefore) return;
      let changes = 0;
      for (const name of CHANGES) changes += Number(await control('coverage/read-counter', name));
      if (changes === seen) return;
      // Counted from 0 again: another ovs-vswitchd, of another version maybe.
      if (seen === undefined || changes < seen) isNeeded = await isWanted();
      const flows = isNeeded ? await empty() : 0;
      seen = changes;
      notBefore = now() + Math.max(MIN_PAUSE_MS, flows * PAUSE_MS_PER_FLOW);
    },
    get refreshes() {
      return refreshes;
    },
  };
}
