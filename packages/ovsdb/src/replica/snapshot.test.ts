import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RowChange } from '../monitor/updates.ts';
import type { Row, Uuid } from '../notation/value.ts';
import { DatabaseReplica } from './replica.ts';
import type { ReplicaView } from './view.ts';

const clock = { now: () => 0, setTimeout: () => () => undefined };
const ids = ['1', '2', '3', '4'].map((id) => id as Uuid);
const tags = ['a', 'b', 'c'];
const makeRow = (id: Uuid, held: readonly string[]): Row => ({ _uuid: id, tags: held });

type Model = ReadonlyMap<Uuid, Row>;

function expectContent(view: ReplicaView, model: Model): void {
  const rows = [...model.values()];
  expect(new Set(view.rows('T'))).toEqual(new Set(rows));
  expect([...view.rows('T')]).toHaveLength(rows.length);
  expect(view.count('T')).toBe(rows.length);
  for (const id of ids) expect(view.row('T', id)).toBe(model.get(id));
  for (const tag of tags) {
    const wanted = rows.filter((row) => (row['tags'] as readonly string[]).includes(tag));
    expect(new Set(view.find('T', 'tags', tag))).toEqual(new Set(wanted));
  }
}

const row = fc.option(fc.uniqueArray(fc.constantFrom(...tags)));
const step = fc.oneof(
  fc.record({ kind: fc.constant('apply' as const), rows: fc.dictionary(fc.constantFrom(...ids), row, { noNullPrototype: true }) }),
  fc.record({ kind: fc.constant('replace' as const), rows: fc.dictionary(fc.constantFrom(...ids), row, { noNullPrototype: true }) }),
  fc.record({ kind: fc.constant('snapshot' as const) }),
  fc.record({ kind: fc.constant('read' as const), at: fc.nat() }),
);

test('a snapshot shows what was when it was taken, whatever changes later and in whatever order snapshots are read', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (script) => {
      const replica = new DatabaseReplica('D', clock);
      replica.addIndex('T', 'tags', (item) => item['tags'] as readonly string[]);
      const keys: (readonly [readonly Uuid[], readonly Uuid[]])[] = [];
      let model: Model = new Map<Uuid, Row>();
      const snapshots: { readonly view: ReplicaView; readonly model: Model }[] = [];
      for (const action of script) {
        if (action.kind === 'snapshot') snapshots.push({ view: replica.snapshot(), model });
        else if (action.kind === 'read') {
          const read = snapshots[action.at % Math.max(1, snapshots.length)];
          if (read !== undefined) expectContent(read.view, read.model);
        } else {
          const given = Object.entries(action.rows).map(
            ([id, held]) => [id as Uuid, held === null ? undefined : makeRow(id as Uuid, held)] as const,
          );
          const next = new Map(action.kind === 'apply' ? model : []);
          for (const [id, item] of given) {
            if (item === undefined) next.delete(id);
            else next.set(id, item);
          }
          if (action.kind === 'apply')
            replica.apply(given.map(([uuid, after]): RowChange => ({ table: 'T', uuid, before: replica.row('T', uuid), after })));
          else replica.replace(new Map([['T', new Map(next)]]));
          // Rows that are equal keep the object they were.
          model = new Map([...replica.rows('T')].map((item) => [item._uuid, item]));
          keys.push([[...model.keys()].toSorted(), [...next.keys()].toSorted()]);
        }
      }
      for (const [found, wanted] of keys) expect(found).toEqual(wanted);
      expectContent(replica, model);
      for (const { view, model: then } of snapshots) expectContent(view, then);
    }),
  );
});

test('a reader that awaits between two reads sees neither half of an update nor a later one', async () => {
  const replica = new DatabaseReplica('D', clock);
  const one = '1' as Uuid;
  const two = '2' as Uuid;
  const write = (round: number): void =>
    replica.apply([one, two].map((uuid) => ({ table: 'T', uuid, before: replica.row('T', uuid), after: { _uuid: uuid, round } })));
  write(0);
  const snapshot = replica.snapshot();
  const seen: unknown[] = [];
  for (const item of snapshot.rows('T')) {
    seen.push(item['round']);
    write(seen.length);
    await Promise.resolve();
  }
  seen.push(snapshot.row('T', one)?.['round']);
  expect(seen).toEqual([0, 0, 0]);
  expect(replica.row('T', one)?.['round']).toBe(2);
});

test('many snapshots of a replica that keeps changing are each as they were', () => {
  const replica = new DatabaseReplica('D', clock);
  const id = '1' as Uuid;
  const views = Array.from({ length: 2000 }, (_, round) => {
    replica.apply([{ table: 'T', uuid: id, before: replica.row('T', id), after: { _uuid: id, round } }]);
    return replica.snapshot();
  });
  expect(views.map((view) => view.row('T', id)?.['round'])).toEqual(views.map((_, at) => at));
});
