/**
 * The journal of leases: IP objects in the Kubernetes API. Many are written at the same time (bounded), each on its own: one pod does
 * not wait for another's slow write.
 */
import { FINALIZER, type IP, resources } from '@kube-ovn/api';
import { type Informer, type KubeClient, KubeError } from '@kube-ovn/kube';
import pLimit, { type LimitFunction } from 'p-limit';
import { ipObject, ipPatch, type JournalEntry, saysEntry } from './ip-object.ts';

/** Where leases are written down before anybody may use them. */
export interface Journal {
  /** The entry as last seen. */
  find(name: string): IP | undefined;
  /**
   * Make the entry say this lease.
   *
   * @returns `other` when an object of that name is there that was not known and says something else: look at `find` again
   */
  write(name: string, entry: JournalEntry): Promise<'written' | 'other'>;
  /** Remove the entry; one that is gone already is success: a crash may have come between removal and its answer. */
  erase(name: string): Promise<void>;
  /** Nothing is on its way any more. Before a lease is handed over: the next leader must see what was written. */
  settled(): Promise<void>;
}

/** The journal in the API server. */
export class KubeJournal implements Journal {
  readonly #client: KubeClient;
  readonly #informer: Informer<IP>;
  readonly #limit: LimitFunction;
  readonly #underway = new Set<Promise<unknown>>();

  /** @param maxWrites upper bound of requests in flight */
  constructor(client: KubeClient, informer: Informer<IP>, maxWrites: number) {
    this.#client = client;
    this.#informer = informer;
    this.#limit = pLimit(maxWrites);
  }

  find(name: string): IP | undefined {
    return this.#informer.table.peek(name);
  }

  write(name: string, entry: JournalEntry): Promise<'written' | 'other'> {
    return this.#run(async () => {
      const known = this.find(name);
      if (known !== undefined && known.metadata.deletionTimestamp === undefined) {
        if (saysEntry(known, entry)) return 'written';
        const patched = await absentAs(undefined, this.#client.patch(resources.ip, name, ipPatch(known, entry), { type: 'merge' }));
        if (patched !== undefined) return this.#seen(patched, 'written');
      }
      return this.#create(name, entry);
    });
  }

  erase(name: string): Promise<void> {
    return this.#run(async () => {
      await absentAs(undefined, this.#client.delete(resources.ip, name));
      const left = await absentAs(undefined, this.#client.get(resources.ip, name));
      const finalizers = left?.metadata.finalizers;
      if (finalizers === undefined || !finalizers.includes(FINALIZER)) return;
      const others = finalizers.filter((finalizer) => finalizer !== FINALIZER);
      await absentAs(
        undefined,
        this.#client.patch(resources.ip, name, { metadata: { finalizers: others.length === 0 ? null : others } }, { type: 'merge' }),
      );
    });
  }

  async settled(): Promise<void> {
    while (this.#underway.size > 0) await Promise.allSettled(this.#underway);
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#limit(work);
    const entry = running.catch(() => undefined).finally(() => this.#underway.delete(entry));
    this.#underway.add(entry);
    return running;
  }

  async #create(name: string, entry: JournalEntry): Promise<'written' | 'other'> {
    try {
      return this.#seen(await this.#client.create(resources.ip, ipObject(name, entry)), 'written');
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 'KUBE_EXISTS') throw error;
      const found = await absentAs(undefined, this.#client.get(resources.ip, name));
      return found === undefined ? 'other' : this.#seen(found, saysEntry(found, entry) ? 'written' : 'other');
    }
  }

  #seen<T>(object: IP, result: T): T {
    this.#informer.upsert(object);
    return result;
  }
}

async function absentAs<T, U>(absent: U, request: Promise<T>): Promise<T | U> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return absent;
    throw error;
  }
}
