import { sourceTable } from '@kube-ovn/dataflow';
import type { Fragment, WantedRow } from '@kube-ovn/ovsdb';
import { expect, it } from 'vitest';
import { PolicyRowCounter, Stopwatch } from './policy-metrics.ts';

const row = (table: string, key: string): WantedRow => ({ table, key, columns: {} });
const fragment = (...rows: readonly WantedRow[]): Fragment => ({ rows, members: [] });

it('counts rows by the kind of policy that wants them, as fragments come, change and go', () => {
  const fragments = sourceTable<Fragment>('fragments');
  fragments.set('policy/NetworkPolicy/shop/web', fragment(row('ACL', 'a'), row('ACL', 'b')));
  fragments.set('policy-group/x', fragment(row('Port_Group', 'x')));
  fragments.set('pod/web.shop', fragment(row('Logical_Switch_Port', 'web.shop')));
  using counter = new PolicyRowCounter(fragments);
  const counts = () => [...counter.rows()].map(({ kind, table, rows }) => `${kind} ${table} ${rows}`).toSorted();
  expect(counts()).toEqual(['NetworkPolicy ACL 2', 'shared Port_Group 1']);
  fragments.set('policy/NetworkPolicy/shop/web', fragment(row('ACL', 'b'), row('Address_Set', 's')));
  fragments.delete('policy-group/x');
  expect(counts()).toEqual(['NetworkPolicy ACL 1', 'NetworkPolicy Address_Set 1', 'shared Port_Group 0']);
});

it('adds up times, of work that fails too', () => {
  let now = 5;
  const stopwatch = new Stopwatch(() => now);
  expect(stopwatch.time(() => (now += 3))).toBe(8);
  expect(() =>
    stopwatch.time(() => {
      now += 2;
      throw new Error('failed');
    }),
  ).toThrow('failed');
  expect([stopwatch.count, stopwatch.totalMs]).toEqual([2, 5]);
});
