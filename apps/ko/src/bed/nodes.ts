/** Nodes that pods of a test are put on. Pure. */
import type { Node } from '@kube-ovn/api';
import { KoError } from '../errors.ts';

export interface NodePair {
  readonly here: string;
  /** Undefined where there is one node alone. */
  readonly there: string | undefined;
}

/**
 * Two nodes that take pods, or the ones that were named.
 *
 * @throws {KoError} KO_NOT_FOUND, KO_USAGE
 */
export function choosePair(nodes: readonly Node[], named: readonly string[]): NodePair {
  if (named.length > 2) throw new KoError('KO_USAGE', `${named.length} nodes are named, and a test takes two`);
  const unknown = named.find((name) => !nodes.some(({ metadata }) => metadata.name === name));
  if (unknown !== undefined)
    throw new KoError('KO_NOT_FOUND', `there is no node ${unknown}; there are ${nodes.map(({ metadata }) => metadata.name).join(', ')}`);
  const [here, there] =
    named.length > 0
      ? named
      : nodes
          .filter(takesPods)
          .map(({ metadata }) => metadata.name)
          .toSorted(compare);
  if (here === undefined)
    throw new KoError('KO_NOT_FOUND', 'no node takes pods: each is not Ready, cordoned or tainted; name nodes to take them all the same');
  return { here, there };
}

function takesPods({ metadata, spec, status }: Node): boolean {
  const isReady = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
  const isTainted = spec?.taints?.some(({ effect }) => effect !== 'PreferNoSchedule') === true;
  return isReady && !isTainted && spec?.unschedulable !== true && (metadata.labels?.['kubernetes.io/os'] ?? 'linux') === 'linux';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
