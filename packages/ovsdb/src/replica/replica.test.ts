import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RowChange } from '../monitor/updates.ts';
import type { Row, Uuid } from '../notation/value.ts';
import type { Clock } from '../ports.ts';
import { DatabaseReplica } from './replica.ts';

let nowMs = 0;
const timers: (() => void)[] = [];
const clock: Clock = {
  now: () => nowMs,
  setTimeout: (callback) => {
    timers.push(callback);
    return () => void timers.splice(timers.indexOf(callback), 1);
  },
};
const row = (id: string, columns: Readonly<Record<string, Row[string]>> = {}): Row => ({ _uuid: id as Uuid, ...columns });
const change = (before: Row | undefined, after: Row | undefined): RowChange => ({
  table: 'T',
  uuid: (before ?? after)!._uuid,
  before,
  after,
});

describe('indexes', () => {
  test('an index finds what a scan finds, through any changes', () => {
    const tags = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
    const edits = fc.array(fc.tuple(fc.constantFrom('1', '2', '3'), fc.option(tags)));
    fc.assert(
      fc.property(edits, fc.nat({ max: 5 }), (script, indexAt) => {
        const replica = new DatabaseReplica('D', clock);
        script.forEach(([id, value], at) => {
          if (at === indexAt) replica.addIndex('T', 'tags', (item) => item['tags'] as readonly string[]);
          const before = replica.row('T', id as Uuid);
          const after = value === null ? undefined : row(id, { tags: value });
          if (before !== undefined || after !== undefined) replica.apply([change(before, after)]);
        });
        if (script.length <= indexAt) replica.addIndex('T', 'tags', (item) => item['tags'] as readonly string[]);
        for (const tag of ['a', 'b', 'c', 'd']) {
          const scanned = [...replica.rows('T')].filter((item) => (item['tags'] as readonly string[]).includes(tag));
          expect(new Set(replica.find('T', 'tags', tag))).toEqual(new Set(scanned));
        }
      }),
    );
  });

  test('unknown tables and indexes are empty', () => {
    const replica = new DatabaseReplica('D', clock);
    expect(replica.find('T', 'x', 'y')).toEqual([]);
    expect([...replica.rows('T')]).toEqual([]);
    expect(replica.count('T')).toBe(0);
  });
});

describe('changes', () => {
  test('a listener sees whole messages, and all listeners are called when one throws', () => {
    const replica = new DatabaseReplica('D', clock);
    const seen: number[] = [];
    replica.onChange(() => {
      throw new Error('bug of a listener');
    });
    replica.onChange((changes) => seen.push(changes.length, replica.count('T')));
    expect(() => replica.apply([change(undefined, row('1')), change(undefined, row('2'))])).toThrow('bug of a listener');
    expect(seen).toEqual([2, 2]);
  });

  test('replacing the content tells only what differs', () => {
    const replica = new DatabaseReplica('D', clock);
    replica.apply([change(undefined, row('1', { tags: ['a', 'b'] })), change(undefined, row('2')), change(undefined, row('3'))]);
    const told: RowChange[] = [];
    replica.onChange((changes) => told.push(...changes));
    const rows = [row('1', { tags: ['b', 'a'] }), row('2', { tags: [] }), row('4')];
    replica.replace(new Map([['T', new Map(rows.map((item) => [item._uuid, item]))]]));
    expect(told.map(({ uuid, before, after }) => [uuid, before !== undefined, after !== undefined])).toEqual([
      ['2', true, true],
      ['4', false, true],
      ['3', true, false],
    ]);
  });
});

describe('state', () => {
  test('stale begins when live ends, and lasts through connecting and syncing until live again', () => {
    const replica = new DatabaseReplica('D', clock);
    const states: unknown[] = [];
    replica.onState((state) => states.push(state));
    replica.setState('syncing');
    replica.setState('lost');
    replica.setState('syncing');
    replica.setState('live');
    nowMs = 42;
    replica.setState('lost');
    nowMs = 50;
    replica.setState('syncing');
    replica.setState('lost');
    replica.setState('live');
    expect(states).toEqual([
      { name: 'syncing' },
      { name: 'connecting' },
      { name: 'syncing' },
      { name: 'live' },
      { name: 'stale', sinceMs: 42 },
      { name: 'live' },
    ]);
  });

  test('waitFor resolves at once, on a change, or rejects in time', async () => {
    const replica = new DatabaseReplica('D', clock);
    await replica.waitFor(() => true);
    const later = replica.waitFor((current) => current.count('T') === 1);
    replica.apply([change(undefined, row('1'))]);
    await later;
    const never = replica.waitFor(() => false, 10);
    for (const timer of timers) timer();
    await expect(never).rejects.toMatchObject({ code: 'OVSDB_TIMEOUT' });
    const broken = replica.waitFor(() => {
      throw new Error('bug of a predicate');
    });
    await expect(broken).rejects.toThrow('bug of a predicate');
  });
});
