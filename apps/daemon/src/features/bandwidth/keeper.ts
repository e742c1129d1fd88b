/**
 * Keeps the limits of all interfaces of a node in force: what changed at once, the rest by looking from time to time, since a pod with
 * NET_ADMIN can take away what is on its own interface.
 */
import { readQdiscs, type Qdisc } from '@kube-ovn/host';
import { applyLimits, type Outcomes } from './apply.ts';
import type { Limits } from './limits.formula.ts';

/** What the keeper is told and tells. */
export interface LimitKeeper {
  /** Limits changed, or are not known any more. */
  changed(key: string, limits: Limits | undefined): void;
  /** Carry out what changed and, when it is time, look at every limit. False: something is to be tried again. */
  flush(): Promise<boolean>;
  /** Resolves when what is wanted of an interface now has been tried. */
  settled(key: string): Promise<void>;
}

/** The keeper's surroundings. */
export interface KeeperOptions {
  /** Told after each attempt; undefined: the interface is gone. */
  readonly report: (key: string, told: { readonly limits: Limits; readonly outcomes: Outcomes } | undefined) => void;
  /** Something is to be carried out. */
  readonly poke: () => void;
  readonly failed: (key: string, error: unknown) => void;
  /** The interface was there before this process, and may bear a limit that nobody asks for any more. */
  readonly isFound: (key: string) => boolean;
  /** Limits that Open vSwitch carries out itself: look whether it does. */
  readonly police: (key: string, limits: Limits) => Promise<Outcomes | undefined>;
  /** Milliseconds. */
  readonly now: () => number;
}

/** How often limits that nobody changed are looked at. */
const LOOK_MS = 20_000;

/** Make the keeper of a node. */
export function limitKeeper({ report, poke, failed, isFound, police, now }: KeeperOptions): LimitKeeper {
  const limits = new Map<string, Limits>();
  const dirty = new Set<string>();
  const waiting = new Map<string, (() => void)[]>();
  let lookedAt = now();

  const carryOut = (key: string, wanted: Limits, nodeQdiscs: readonly Qdisc[]): Promise<Outcomes | undefined> =>
    wanted.ingress.means === undefined ? applyLimits(wanted, nodeQdiscs) : police(key, wanted);
  const attempt = async (key: string, nodeQdiscs: readonly Qdisc[]): Promise<void> => {
    const wanted = limits.get(key);
    dirty.delete(key);
    try {
      const outcomes = wanted === undefined ? undefined : await carryOut(key, wanted, nodeQdiscs);
      if (wanted !== undefined && limits.get(key) === wanted)
        report(key, outcomes === undefined ? undefined : { limits: wanted, outcomes });
    } catch (error) {
      dirty.add(key);
      failed(key, error);
    }
    for (const done of waiting.get(key) ?? []) done();
    waiting.delete(key);
  };

  return {
    changed: (key, wanted) => {
      const isNew = !limits.has(key);
      if (wanted === undefined) {
        limits.delete(key);
        report(key, undefined);
        return;
      }
      limits.set(key, wanted);
      if (isNew && !isFound(key) && !isAsking(wanted)) return;
      dirty.add(key);
      poke();
    },
    flush: async () => {
      const isTime = now() - lookedAt >= LOOK_MS;
      if (isTime) lookedAt = now();
      const keys = isTime ? [...limits].flatMap(([key, each]) => (dirty.has(key) || isAsking(each) ? [key] : [])) : [...dirty];
      if (keys.length === 0) return true;
      const nodeQdiscs = await readQdiscs();
      for (const key of keys) await attempt(key, nodeQdiscs);
      return dirty.size === 0;
    },
    settled: (key) => {
      if (!dirty.has(key)) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.set(key, [...(waiting.get(key) ?? []), resolve]);
      });
    },
  };
}

function isAsking({ ingress, egress, problems }: Limits): boolean {
  return ingress.shape !== undefined || egress.shape !== undefined || problems.length > 0;
}
