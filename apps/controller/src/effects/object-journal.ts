/** Objects that are their own journals: Vips and OvnEips say themselves which addresses they have. */
import type { IP, KubeObject, Resource } from '@kube-ovn/api';
import type { Table } from '@kube-ovn/dataflow';
import type { Informer, KubeClient } from '@kube-ovn/kube';
import type { HeldLease } from './demand.ts';
import type { JournalEntry } from './ip-object.ts';
import type { Journal } from './journal.ts';
import { absentAs, onConflictAgain, Writes } from './writes.ts';

/** How objects of a kind say which addresses they have. */
export interface JournalForm<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** Name of the object that a key stands for; undefined for keys of others. */
  readonly nameOf: (key: string) => string | undefined;
  /** Whether an object says all of a lease already. */
  readonly says: (object: T, lease: HeldLease) => boolean;
  /** A merge patch that makes an object say it, if it still is as it was read. */
  readonly leasePatch: (object: T, lease: HeldLease) => Readonly<Record<string, unknown>>;
  /** A merge patch that takes the lease away; undefined when it is gone. */
  readonly withoutLeasePatch: (object: T) => Readonly<Record<string, unknown>> | undefined;
}

export interface ObjectJournalOptions<T extends KubeObject> {
  readonly form: JournalForm<T>;
  readonly informer: Pick<Informer<T>, 'table' | 'upsert'>;
  /** The objects as entries, by key. */
  readonly entries: Table<IP>;
  /** Upper bound of requests in flight. */
  readonly maxWrites: number;
}

export class ObjectJournal<T extends KubeObject> implements Journal {
  readonly #client: KubeClient;
  readonly #options: ObjectJournalOptions<T>;
  readonly #writes: Writes;

  constructor(client: KubeClient, options: ObjectJournalOptions<T>) {
    this.#client = client;
    this.#options = options;
    this.#writes = new Writes(options.maxWrites);
  }

  find(key: string): IP | undefined {
    return this.#options.entries.peek(key);
  }

  /** The object is its user's: one that is gone, or is another by now, is not made again. */
  write(key: string, { lease }: JournalEntry): Promise<'written' | 'other'> {
    const { says, leasePatch } = this.#options.form;
    return this.#change(key, (object) => {
      if (object === undefined || object.metadata.uid !== lease.holder.uid) return { result: 'other' as const };
      return { result: 'written' as const, patch: says(object, lease) ? undefined : leasePatch(object, lease) };
    });
  }

  erase(key: string): Promise<void> {
    const { withoutLeasePatch } = this.#options.form;
    return this.#change(key, (object) => ({ result: undefined, patch: object === undefined ? undefined : withoutLeasePatch(object) }));
  }

  settled(): Promise<void> {
    return this.#writes.settled();
  }

  #change<R>(
    key: string,
    decide: (object: T | undefined) => { readonly result: R; readonly patch?: Readonly<Record<string, unknown>> | undefined },
  ): Promise<R> {
    const {
      form: { resource, nameOf },
      informer: { table, upsert },
    } = this.#options;
    const name = nameOf(key) ?? key;
    return this.#writes.run(() =>
      onConflictAgain(async (attempt) => {
        const object = attempt === 0 ? table.peek(name) : await absentAs(undefined, this.#client.get(resource, name));
        const { result, patch } = decide(object);
        if (patch === undefined) return result;
        const patched = await absentAs(undefined, this.#client.patch(resource, name, patch, { type: 'merge' }));
        if (patched === undefined) return decide(undefined).result;
        upsert(patched);
        return result;
      }),
    );
  }
}

/** Some keys have a journal of their own. */
export interface OwnJournal {
  readonly isOf: (key: string) => boolean;
  readonly journal: Journal;
}

/** One journal of all: keys that are some other's by that, everything else by the first. */
export function joinJournals(ips: Journal, others: readonly OwnJournal[]): Journal {
  const of = (key: string): Journal => others.find(({ isOf }) => isOf(key))?.journal ?? ips;
  return {
    find: (key) => of(key).find(key),
    write: (key, entry) => of(key).write(key, entry),
    erase: (key) => of(key).erase(key),
    settled: async () => {
      await Promise.all([ips, ...others.map(({ journal }) => journal)].map((journal) => journal.settled()));
    },
  };
}
