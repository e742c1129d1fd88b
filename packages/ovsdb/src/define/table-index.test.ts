import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Atom, Row, Uuid } from '../notation/value.ts';
import { DatabaseReplica } from '../replica/replica.ts';
import { column } from './column.ts';
import { changesOf, onRows } from './table-changes.ts';
import { findBy, indexOn, indexOnEntry } from './table-index.ts';
import { defineTable, rowOf, rowsOf } from './table.ts';

const acl = defineTable('ACL', {
  name: column.optional(column.string()),
  priority: column.integer(0, 32767),
  rate: column.integer(),
  direction: column.enum('from-lport', 'to-lport'),
  labels: column.set(column.string()),
  external_ids: column.map(column.string(), column.string()),
});
const clock = { now: () => 0, setTimeout: () => () => undefined };

function replicaOf(rows: readonly Readonly<Record<string, Row[string]>>[]): DatabaseReplica {
  const replica = new DatabaseReplica('D', clock);
  replica.replace(new Map([['ACL', new Map(rows.map((row, at) => [String(at) as Uuid, { ...row, _uuid: String(at) as Uuid }]))]]));
  return replica;
}

describe('indexOn', () => {
  test('keys and rows are typed by the definition', () => {
    const index = indexOn(acl, 'direction', 'priority');
    const replica = replicaOf([]);
    const [found] = findBy(replica, index, 'to-lport', 1000);
    expectTypeOf(found).toEqualTypeOf<ReturnType<typeof rowOf<typeof acl>>>();
    // @ts-expect-error: no such direction
    findBy(replica, index, 'sideways', 1000);
    // @ts-expect-error: the priority is missing
    findBy(replica, index, 'to-lport');
    // @ts-expect-error: a map column as a whole is no key
    expect(indexOn(acl, 'external_ids').name).toBe('on external_ids');
    // @ts-expect-error: the column is no map
    expect(indexOnEntry(acl, 'direction', 'x').name).toBe('on direction:x');
    expect(found).toBeUndefined();
  });

  test('it finds what a scan finds, for one and several columns, through changes and in snapshots', () => {
    const text = fc.constantFrom('', 'a', '1', '1:1', '11:');
    const rows = fc.array(
      fc.record({
        name: fc.option(text, { nil: undefined }),
        priority: fc.constantFrom(1, 11),
        rate: fc.constantFrom<Atom>(1, 11, 2n ** 60n),
        direction: fc.constantFrom('from-lport', 'to-lport'),
        labels: fc.uniqueArray(text, { maxLength: 3 }),
        external_ids: fc.array(fc.tuple(text, text)).map((pairs) => new Map(pairs)),
      }),
    );
    const byBoth = indexOn(acl, 'name', 'labels');
    const byPriority = indexOn(acl, 'priority');
    const byRate = indexOn(acl, 'rate');
    const byEntry = indexOnEntry(acl, 'external_ids', 'a');
    fc.assert(
      fc.property(rows, rows, fc.boolean(), fc.tuple(text, text), (first, second, isEarly, [a, b]) => {
        const replica = replicaOf(first);
        const before = replica.snapshot();
        const check = (view: typeof before): void => {
          const all = [...rowsOf(view, acl)];
          const ids = (found: readonly { readonly _uuid: Uuid }[]): readonly Uuid[] => found.map(({ _uuid }) => _uuid).toSorted();
          expect(ids(findBy(view, byBoth, a, b))).toEqual(ids(all.filter(({ name, labels }) => name === a && labels.includes(b))));
          expect(ids(findBy(view, byPriority, 11))).toEqual(ids(all.filter(({ priority }) => priority === 11)));
          expect(ids(findBy(view, byRate, 2n ** 60n))).toEqual(ids(all.filter(({ rate }) => rate === 2n ** 60n)));
          expect(ids(findBy(view, byEntry, b))).toEqual(ids(all.filter((row) => row.external_ids.get('a') === b)));
        };
        if (isEarly) check(replica);
        replica.replace(new Map([['ACL', new Map(second.map((row, at) => [String(at) as Uuid, { ...row, _uuid: String(at) as Uuid }]))]]));
        check(replica);
        check(before);
      }),
    );
  });
});

test('changes of one table come with typed rows, as callbacks and as an async iterable', async () => {
  const replica = replicaOf([{ priority: 1, direction: 'to-lport' }]);
  const heard: unknown[] = [];
  const stop = onRows(replica, acl, (changes) => {
    for (const { before, after } of changes) heard.push([before?.direction, after?.priority]);
  });
  const stream = changesOf(replica, acl);
  const uuid = '0' as Uuid;
  replica.apply([{ table: 'Other', uuid, before: undefined, after: { _uuid: uuid } }]);
  replica.apply([{ table: 'ACL', uuid, before: replica.row('ACL', uuid), after: { _uuid: uuid, priority: 2, direction: 'from-lport' } }]);
  stop();
  for await (const batch of stream) {
    if (batch.kind === 'changes') for (const { before, after } of batch.changes) heard.push([before?.direction, after?.priority]);
    break;
  }
  expect(heard).toEqual([
    ['to-lport', 2],
    ['to-lport', 2],
  ]);
  expect(rowOf(replica, acl, uuid)?.direction).toBe('from-lport');
});
