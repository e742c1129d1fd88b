/** Where pods ask from, and whether OVN can heed it. Reads the graph. */
import { nodeLabels, type ServiceInput, type SliceInput } from '@kube-ovn/api';
import type { Graph } from '../graph.ts';
import type { Place } from './by-node.formula.ts';

/** Known, and with templates. */
export function hasTemplates({ northbound }: Graph): boolean {
  return northbound.features.get('northbound')?.templateVariables === true;
}

/** Once for each chassis; a Node that says the name of another's counts after it. */
export function placesOf({ nodes }: Graph): readonly Place[] {
  const places = new Map<string, Place>();
  for (const [node, { chassis, labels }] of [...nodes.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    if (chassis !== undefined && !places.has(chassis)) places.set(chassis, { node, chassis, zone: labels[nodeLabels.zone] ?? '' });
  return [...places.values()];
}

/** Cheaper to tell than whether it does. */
export function mayDependOnPlace({ isInternalLocal }: ServiceInput, slices: readonly SliceInput[]): boolean {
  return (
    isInternalLocal || slices.some(({ endpoints }) => endpoints.some(({ zones, nodes }) => zones !== undefined || nodes !== undefined))
  );
}
