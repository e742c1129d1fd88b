import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Row, Uuid } from '../notation/value.ts';
import type { ChangeBatch } from './change-stream.ts';
import { DatabaseReplica } from './replica.ts';

const clock = { now: () => 0, setTimeout: () => () => undefined };

function replicaWithWriter(): {
  readonly replica: DatabaseReplica;
  readonly write: (id: string, value: number | undefined, table?: string) => void;
} {
  const replica = new DatabaseReplica('D', clock);
  return {
    replica,
    write: (id, value, table = 'T') => {
      const uuid = id as Uuid;
      replica.apply([{ table, uuid, before: replica.row(table, uuid), after: value === undefined ? undefined : { _uuid: uuid, value } }]);
    },
  };
}

const summary = (batch: ChangeBatch | undefined): unknown =>
  batch?.kind === 'changes' ? batch.changes.map(({ uuid, before, after }) => [uuid, before?.['value'], after?.['value']]) : batch?.kind;

async function read(stream: AsyncIterator<ChangeBatch>): Promise<unknown> {
  const { value, done } = (await stream.next()) as { value: ChangeBatch | undefined; done?: boolean };
  return done === true ? 'end' : summary(value);
}

describe('a stream of changes', () => {
  test('a reader that keeps up gets each message by itself', async () => {
    const { replica, write } = replicaWithWriter();
    const stream = replica.changes();
    const first = read(stream);
    write('1', 10);
    expect(await first).toEqual([['1', undefined, 10]]);
    const second = read(stream);
    const third = read(stream);
    write('1', 11);
    write('1', undefined);
    expect([await second, await third]).toEqual([[['1', 10, 11]], [['1', 11, undefined]]]);
  });

  test('what a slow reader missed is merged: from how it was to how it is, and nothing for rows that came and went', async () => {
    const { replica, write } = replicaWithWriter();
    write('1', 1);
    const stream = replica.changes();
    write('1', 2);
    write('2', 5);
    write('1', 3);
    write('2', undefined);
    write('3', 7);
    expect(await read(stream)).toEqual([
      ['1', 1, 3],
      ['3', undefined, 7],
    ]);
  });

  test('rows that differ beyond the bound are not kept: the reader is told so, and goes on from there', async () => {
    const { replica, write } = replicaWithWriter();
    const stream = replica.changes({ maxRows: 3 });
    for (let at = 0; at < 100; at++) write(String(at), at);
    expect(await read(stream)).toBe('overflow');
    write('0', 1000);
    expect(await read(stream)).toEqual([['0', 0, 1000]]);
  });

  test('only the tables that were asked for', async () => {
    const { replica, write } = replicaWithWriter();
    const stream = replica.changes({ tables: ['U'] });
    write('1', 1);
    write('2', 2, 'U');
    expect(await read(stream)).toEqual([['2', undefined, 2]]);
  });

  test('leaving the loop ends the subscription; the end of the replica ends the loop', async () => {
    const { replica, write } = replicaWithWriter();
    const left = replica.changes();
    write('1', 1);
    for await (const batch of left) {
      expect(summary(batch)).toEqual([['1', undefined, 1]]);
      break;
    }
    write('1', 2);
    expect(await read(left)).toBe('end');
    const waiting = replica.changes();
    const pending = replica.changes();
    const end = read(waiting);
    replica.end();
    expect(await end).toBe('end');
    expect(await read(pending)).toBe('end');
  });

  test('whenever it is read, applying its batches gives the content', async () => {
    const writes = fc.array(fc.tuple(fc.constantFrom('1', '2', '3'), fc.option(fc.nat({ max: 3 }), { nil: undefined }), fc.boolean()));
    await fc.assert(
      fc.asyncProperty(writes, async (script) => {
        const { replica, write } = replicaWithWriter();
        const stream = replica.changes();
        const copy = new Map<Uuid, Row>();
        const states: (readonly [ReadonlyMap<Uuid, Row>, ReadonlyMap<Uuid, Row>])[] = [];
        const follow = async (): Promise<void> => {
          const { value } = (await stream.next()) as IteratorYieldResult<ChangeBatch>;
          if (value.kind === 'overflow') throw new Error('bug: overflow');
          for (const { uuid, before, after } of value.changes) {
            expect(copy.get(uuid)).toBe(before);
            if (after === undefined) copy.delete(uuid);
            else copy.set(uuid, after);
          }
        };
        for (const [id, value, isRead] of script) {
          write(id, value);
          // The row of the mark makes sure that there is something to read.
          if (isRead) {
            write('mark', (Number(replica.row('T', 'mark' as Uuid)?.['value'] ?? 0) || 0) + 1);
            await follow();
            states.push([new Map(copy), new Map([...replica.rows('T')].map((row) => [row._uuid, row]))]);
          }
        }
        for (const [copied, whole] of states) expect(copied).toEqual(whole);
      }),
    );
  });
});
