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
/**
 * Flows that a pass reads at once. It takes them out before it reads on, and while the table shrinks under it, it misses some of the others: of
 * 600 flows 250 were seen to stay.
 * @source Open vSwitch, ofproto-dpif-upcall.c: REVALIDATE_MAX_BATCH
 */
const BATCH = 50;
/** Each takes half a second; 600 flows that are all in use take some four. */
const MAX_PASSES = 12;
/** What making a flow anew costs, generously: refreshing takes a small part of the time whatever the number of flows. */
const PAUSE_MS_PER_FLOW = 0.2;

/** @param shown what ovs-vswitchd answers to `upcall/show` */
export function readFlowNumbers(shown: string): { readonly flows: number; readonly limit: number } | undefined {
  const found = /\(limit (\d+)\)/.exec(shown);
  if (found === null) return undefined;
  // the flows that each thread knows; the number that is shown as current is up to 100 ms old
  const flows = [...shown.matchAll(/\(keys (\d+)\)/g)].reduce((sum, [, keys]) => sum + Number(keys), 0);
  return { flows, limit: Number(found[1]) };
}

/** Make one for this node. */
export function flowCache({ control, mode, isUserspaceDatapath, now }: FlowCacheOptions): FlowCache {
  let seen: number | undefined;
  let isNeeded = false;
  let notBefore = 0;
  let refreshes = 0;
  const isWanted = async (): Promise<boolean> => (mode === 'auto' ? isBefore(await control('version'), MENDED) : mode === 'true');
  const numbers = async (): Promise<ReturnType<typeof readFlowNumbers>> => readFlowNumbers(await control('upcall/show'));
  /** Take out every flow that is there now. @returns whether the last pass had so few that it missed none */
  const empty = async (limit: number): Promise<boolean> => {
    try {
      for (let pass = 0; pass < MAX_PASSES; pass += 1) {
        // ovs-vswitchd sets it anew at the end of each pass, which it may be about to do: hence again, a moment later
        await control('upcall/set-flow-limit', '0');
        const left = (await numbers())?.flows ?? 0;
        await control('upcall/set-flow-limit', '0');
        await control('revalidator/wait');
        // the first pass may have been under way before the limit was in force
        if (pass > 0 && left <= BATCH) return true;
      }
      return false;
    } finally {
      await control('upcall/set-flow-limit', String(limit));
    }
  };
  return {
    refresh: async () => {
      if (mode === 'false' || !isUserspaceDatapath() || now() < notBefore) return;
      let changes = 0;
      for (const name of CHANGES) changes += Number(await control('coverage/read-counter', name));
      if (changes === seen) return;
      // Counted from 0 again: another ovs-vswitchd, of another version maybe.
      if (seen === undefined || changes < seen) isNeeded = await isWanted();
      const found = isNeeded ? await numbers() : undefined;
      const { flows, limit } = found ?? { flows: 0, limit: 0 };
      const isDone = flows === 0 || (await empty(limit));
      if (flows > 0) refreshes += 1;
      if (isDone) seen = changes;
      notBefore = now() + Math.max(MIN_PAUSE_MS, flows * PAUSE_MS_PER_FLOW);
    },
    get refreshes() {
      return refreshes;
    },
  };
}
