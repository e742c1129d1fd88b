/** Fragments of a feature, one per key of a table, under owners of the form `<prefix>/<key>`. */
import { expandTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { Fragment } from '@kube-ovn/ovsdb';
import type { SubnetInput } from '../inputs/subnet.ts';
import type { Graph } from './graph.ts';

export function fragmentTable<V>(
  prefix: string,
  from: Table<V>,
  compute: (key: string, value: V) => Fragment | undefined,
): Table<Fragment> {
  const expand = (key: string, value: V): (readonly [string, Fragment])[] => {
    const fragment = compute(key, value);
    return fragment === undefined ? [] : [[`${prefix}/${key}`, fragment]];
  };
  return expandTable(`${prefix} fragments`, from, expand, { equals: isSamePlainData });
}

/** Whether a Subnet has its switch: one that is being deleted keeps it, and all that stands on it, until nobody has addresses of it. */
export function hasSwitch(
  { name, isTerminating }: Pick<SubnetInput, 'name' | 'isTerminating'>,
  { holdsBySubnet }: Pick<Graph, 'holdsBySubnet'>,
): boolean {
  return !isTerminating || holdsBySubnet.of(name).size > 0;
}
