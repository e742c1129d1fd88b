/** The journal of Vips: the Vip objects themselves, whose status says what they have. */
import { type IP, resources, type Vip } from '@kube-ovn/api';
import type { Table } from '@kube-ovn/dataflow';
import type { Informer, KubeClient } from '@kube-ovn/kube';
import { vipOfKey } from './demand.ts';
import type { JournalEntry } from './ip-object.ts';
import type { Journal } from './journal.ts';
import { leasePatch, saysLease, withoutLeasePatch } from './vip-object.ts';
import { absentAs, onConflictAgain, Writes } from './writes.ts';

export interface VipJournalOptions {
  readonly informer: Pick<Informer<Vip>, 'table' | 'upsert'>;
  /** The Vips as entries, by key. */
  readonly entries: Table<IP>;
  /** Upper bound of requests in flight. */
  readonly maxWrites: number;
}

export class VipJournal implements Journal {
  readonly #client: KubeClient;
  readonly #options: VipJournalOptions;
  readonly #writes: Writes;

  constructor(client: KubeClient, options: VipJournalOptions) {
    this.#client = client;
    this.#options = options;
    this.#writes = new Writes(options.maxWrites);
  }

  find(key: string): IP | undefined {
    return this.#options.entries.peek(key);
  }

  /** A Vip is its user's: one that is gone, or is another by now, is not made again. */
  write(key: string, { lease }: JournalEntry): Promise<'written' | 'other'> {
    return this.#change(key, (vip) => {
      if (vip === undefined || vip.metadata.uid !== lease.holder.uid) return { result: 'other' as const };
      return { result: 'written' as const, patch: saysLease(vip, lease) ? undefined : leasePatch(vip, lease) };
    });
  }

  erase(key: string): Promise<void> {
    return this.#change(key, (vip) => ({ result: undefined, patch: vip === undefined ? undefined : withoutLeasePatch(vip) }));
  }

  settled(): Promise<void> {
    return this.#writes.settled();
  }

  #change<T>(
    key: string,
    decide: (vip: Vip | undefined) => { readonly result: T; readonly patch?: Readonly<Record<string, unknown>> | undefined },
  ): Promise<T> {
    const name = vipOfKey(key) ?? key;
    const { table, upsert } = this.#options.informer;
    return this.#writes.run(() =>
      onConflictAgain(async (attempt) => {
        const vip = attempt === 0 ? table.peek(name) : await absentAs(undefined, this.#client.get(resources.vip, name));
        const { result, patch } = decide(vip);
        if (patch === undefined) return result;
        const patched = await absentAs(undefined, this.#client.patch(resources.vip, name, patch, { type: 'merge' }));
        if (patched === undefined) return decide(undefined).result;
        upsert(patched);
        return result;
      }),
    );
  }
}

/** One journal of both: Vips by their keys, everything else as IP objects. */
export function joinJournals(ips: Journal, vips: Journal): Journal {
  const of = (key: string): Journal => (vipOfKey(key) === undefined ? ips : vips);
  return {
    find: (key) => of(key).find(key),
    write: (key, entry) => of(key).write(key, entry),
    erase: (key) => of(key).erase(key),
    settled: async () => {
      await Promise.all([ips.settled(), vips.settled()]);
    },
  };
}
