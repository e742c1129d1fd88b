/**
 * The journal of leases: IP objects in the Kubernetes API. Many are written at the same time (bounded), each on its own: one pod does
 * not wait for another's slow write.
 */
import { type IP, resources } from '@kube-ovn/api';
import { compareVersions, type Informer, type KubeClient, KubeError } from '@kube-ovn/kube';
import { ipObject, ipPatch, isHeldBack, isLeavingFor, type JournalEntry, releasePatch, saysEntry } from './ip-object.ts';
import { absentAs, onConflictAgain, Writes } from './writes.ts';

/** Where leases are written down before anybody may use them. */
export interface Journal {
  /** The entry as last seen. */
  find(name: string): IP | undefined;
  /**
   * Make the entry say this lease.
   *
   * @returns `other` when an object of that name is there that was not known and says something else, or is on its way out: look at
   *   `find` again
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
  readonly #informer: Pick<Informer<IP>, 'table' | 'upsert'>;
  readonly #writes: Writes;
  /** Objects that were erased, as the informer shows them until it has heard of it too. */
  readonly #erased = new Map<string, IP>();

  /** @param maxWrites upper bound of requests in flight */
  constructor(client: KubeClient, informer: Pick<Informer<IP>, 'table' | 'upsert'>, maxWrites: number) {
    this.#client = client;
    this.#informer = informer;
    this.#writes = new Writes(maxWrites);
  }

  find(name: string): IP | undefined {
    const object = this.#informer.table.peek(name);
    if (object !== undefined && object === this.#erased.get(name)) return undefined;
    this.#erased.delete(name);
    return object;
  }

  write(name: string, entry: JournalEntry): Promise<'written' | 'other'> {
    return this.#writes.run(async () => {
      const known = this.find(name);
      return known === undefined ? this.#create(name, entry) : this.#patch(known, entry);
    });
  }

  erase(name: string): Promise<void> {
    return this.#writes.run(() =>
      onConflictAgain(async (attempt) => {
        const object = (attempt === 0 ? this.find(name) : undefined) ?? (await this.#read(name));
        if (object !== undefined) await this.#remove(object);
      }),
    );
  }

  settled(): Promise<void> {
    return this.#writes.settled();
  }

  /** What was to stay is no more once somebody has deleted it: it is made anew for a pod that has the addresses, not to be kept without one. */
  async #create(name: string, { lease, podType }: JournalEntry): Promise<'written' | 'other'> {
    const entry = { lease, podType, isReserved: false };
    try {
      return this.#seen(await this.#client.create(resources.ip, ipObject(name, entry)), 'written');
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 'KUBE_EXISTS') throw error;
      const found = await this.#read(name);
      return found !== undefined && isEntry(found, entry) ? 'written' : 'other';
    }
  }

  /** Changes the very object that was read, as it was read: a patch that arrives late must not change a later one. */
  #patch(known: IP, entry: JournalEntry): Promise<'written' | 'other'> {
    return onConflictAgain(async (attempt) => {
      const { name } = known.metadata;
      const object = attempt === 0 ? known : await this.#read(name);
      if (object === undefined) return this.#create(name, entry);
      if (isEntry(object, entry)) return 'written';
      if (object.metadata.uid !== known.metadata.uid || isLeavingFor(object, entry.lease.holder)) return 'other';
      const patched = await absentAs(undefined, this.#client.patch(resources.ip, name, ipPatch(object, entry), { type: 'merge' }));
      return patched === undefined ? this.#create(name, entry) : this.#seen(patched, 'written');
    });
  }

  /** Removes this very object, as it was read. */
  async #remove(object: IP): Promise<void> {
    const { name, uid, resourceVersion, deletionTimestamp } = object.metadata;
    const preconditions = { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    if (deletionTimestamp === undefined) await absentAs(undefined, this.#client.delete(resources.ip, name, { preconditions }));
    const left = deletionTimestamp === undefined ? await this.#read(name) : object;
    const isThere = left !== undefined && left.metadata.uid === uid;
    if (isThere && !isHeldBack(left)) return;
    let last = object;
    if (isThere) {
      const patched = await absentAs(undefined, this.#client.patch(resources.ip, name, releasePatch(left), { type: 'merge' }));
      // Finalizers of others keep it where it is.
      if (patched !== undefined && (patched.metadata.finalizers ?? []).length > 0) return this.#seen(patched, undefined);
      last = patched ?? left;
    }
    this.#hide(last);
  }

  /** Until the informer has heard of the end too. What it shows of a later version has come after that, whatever its uid. */
  #hide(removed: IP): void {
    const { name, uid, resourceVersion } = removed.metadata;
    const shown = this.#informer.table.peek(name);
    if (shown === undefined || shown.metadata.uid !== uid) return;
    const order = compareVersions(shown.metadata.resourceVersion, resourceVersion);
    if (order === undefined || order <= 0) this.#erased.set(name, shown);
  }

  async #read(name: string): Promise<IP | undefined> {
    const found = await absentAs(undefined, this.#client.get(resources.ip, name));
    return found === undefined ? undefined : this.#seen(found, found);
  }

  #seen<T>(object: IP, result: T): T {
    this.#informer.upsert(object);
    return result;
  }
}

/** Says it, and goes on saying it. */
function isEntry(object: IP, entry: JournalEntry): boolean {
  return saysEntry(object, entry) && !isLeavingFor(object, entry.lease.holder);
}
