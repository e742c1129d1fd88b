/** Which logs are meant. Pure. */
import { KoError } from '../errors.ts';
import type { LogSource } from '../site/cluster.ts';
import { type LogPart, logParts } from '../site/site.ts';

export interface LogSelection {
  /** All if empty. */
  readonly parts: readonly LogPart[];
  readonly node: string | undefined;
}

type Facts = Pick<LogSource, 'part' | 'program' | 'node'>;

/**
 * In the order of the parts, then of nodes and names.
 *
 * @throws {KoError} KO_NOT_FOUND with what there is
 */
export function selectLogs<T extends Facts>(sources: readonly T[], { parts, node }: LogSelection): readonly T[] {
  const found = sources.filter(
    (source) => (parts.length === 0 || parts.includes(source.part)) && (node === undefined || source.node === node),
  );
  if (found.length > 0) return found.toSorted(order);
  const wanted = `${parts.length === 0 ? 'anything' : parts.join(', ')}${node === undefined ? '' : ` on node ${node}`}`;
  const there = [
    ...new Set(sources.toSorted(order).map((source) => `${source.part}${source.node === undefined ? '' : ` on ${source.node}`}`)),
  ];
  throw new KoError('KO_NOT_FOUND', `there is no log of ${wanted}; there are those of ${there.join(', ') || 'nothing'}`);
}

function order(a: Facts, b: Facts): number {
  return logParts.indexOf(a.part) - logParts.indexOf(b.part) || compare(a.node ?? '', b.node ?? '') || compare(a.program, b.program);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
