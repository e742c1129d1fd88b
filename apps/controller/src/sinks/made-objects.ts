/**
 * Objects that features make for others: created, kept as wanted, and taken away when nobody wants them any more.
 *
 * Ours are those with a label that says so; an object of that name which somebody else made is left as it is.
 */
import type { KubeObject, Resource } from '@kube-ovn/api';
import { deriveTable, isSamePlainData, mergeTables, type Scheduler, type Sink, sink, type Table } from '@kube-ovn/dataflow';
import { type KubeClient, KubeError } from '@kube-ovn/kube';

export interface MadeObjectsOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  readonly wanted: Table<T>;
  /** What there is. */
  readonly table: Table<T>;
  readonly upsert: (object: T) => void;
  /** Told of what the server will never take as it is; that is tried again once something else is wanted. */
  readonly onRefused: (object: T, error: KubeError) => void;
  /** An object without the label that is taken over when it is wanted. Default: none. */
  readonly isAdoptable?: (object: T) => boolean;
  /** The label of ours. */
  readonly mark: Mark;
  readonly scheduler: Scheduler;
  /** In [0, 1). */
  readonly random: () => number;
}

/** A label. */
export interface Mark {
  readonly key: string;
  readonly value: string;
}

type Job<T> = { readonly do: 'create' | 'replace'; readonly object: T } | { readonly do: 'delete'; readonly object: undefined };

const concurrency = 8;

/** Keep them until disposed. */
export function keepMade<T extends KubeObject>(options: MadeObjectsOptions<T>): Sink {
  const { client, resource, wanted, table, upsert, mark, scheduler, random } = options;
  const isOurs = ({ metadata }: KubeObject): boolean => metadata.labels?.[mark.key] === mark.value;
  const isMine = (object: T): boolean => isOurs(object) || options.isAdoptable?.(object) === true;
  const ours = deriveTable(`${resource.plural} of ours`, table, (_key, object) => (isOurs(object) ? object : undefined));
  const keys = mergeTables(`${resource.plural} wanted or ours`, [wanted, ours]);
  const jobs = deriveTable(
    `work on ${resource.plural}`,
    keys,
    (key) => jobOf(wanted.get(key), table.get(key), wanted.has(key) ? isMine : isOurs),
    {
      equals: isSamePlainData,
    },
  );
  const written = async (key: string, job: Job<T>): Promise<void> => {
    try {
      await write(key, job);
    } catch (error) {
      if (!(error instanceof KubeError) || (error.code !== 'KUBE_NOT_FOUND' && error.retry !== 'never')) throw error;
      // What is to be deleted and is not there is as wanted.
      if (job.do !== 'delete') options.onRefused(job.object, error);
    }
  };
  const write = async (key: string, job: Job<T>): Promise<void> => {
    if (job.do === 'delete') await client.delete(resource, key);
    else upsert(await (job.do === 'create' ? client.create(resource, job.object) : client.replace(resource, job.object)));
  };
  const out = sink(jobs, {
    flush: async (changes) => {
      for (const [key, job] of changes) if (job !== undefined) await written(key, job);
    },
    scheduler,
    backoff: { minMs: 100, maxMs: 30_000, random },
    maxKeys: 1,
    maxFlushes: concurrency,
  });
  return {
    idle: out.idle,
    failures: out.failures,
    get oldestPendingMs(): number {
      return out.oldestPendingMs;
    },
    settled: () => out.settled(),
    [Symbol.dispose]: () => {
      for (const each of [out, jobs, keys, ours]) each[Symbol.dispose]();
    },
  };
}

/**
 * What has to be done; undefined when nothing has.
 * @param isMine whether what is found may be changed, or taken away
 */
export function jobOf<T extends KubeObject>(
  wanted: T | undefined,
  found: T | undefined,
  isMine: (object: T) => boolean,
): Job<T> | undefined {
  if (wanted === undefined)
    return found === undefined || isLeaving(found) || !isMine(found) ? undefined : { do: 'delete', object: undefined };
  if (found === undefined) return { do: 'create', object: wanted };
  if (!isMine(found) || isLeaving(found) || says(found, wanted)) return undefined;
  return { do: 'replace', object: put(found, wanted) };
}

function isLeaving({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Fields that are merged; all others are replaced as a whole. */
const MERGED = ['metadata', 'annotations', 'labels', 'spec'];

function put<T extends object>(found: T, wanted: T): T {
  const fields = Object.entries(wanted).map(([name, value]) => {
    const before = (found as Fields)[name];
    return [name, MERGED.includes(name) && isFields(before) && isFields(value) ? put(before, value) : value];
  });
  return { ...found, ...(Object.fromEntries(fields) as Partial<T>) };
}

/** Whether all that is wanted is there. Servers add to it, but not to a map that is one value, such as a selector. */
function says(found: unknown, wanted: unknown, name = 'metadata'): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(found) && found.length === wanted.length && wanted.every((each, at) => says(found[at], each));
  if (!isFields(wanted)) return found === wanted;
  if (name === 'selector') return isSamePlainData(found ?? {}, wanted);
  return isFields(found) && Object.entries(wanted).every(([field, value]) => says(found[field], value, field));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
