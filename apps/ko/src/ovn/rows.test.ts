import { describe, expect, it } from 'vitest';
import type { Place } from '../site/place.ts';
import { mapIn, nodeRows, optionalIn, rowsOf } from './rows.ts';

/** A place that answers every program alike, and what it was asked. */
function answering(rows: unknown): { readonly place: Place; readonly asked: (readonly string[])[] } {
  const asked: (readonly string[])[] = [];
  const run: Place['run'] = (argv, { stdout }) => {
    asked.push(argv);
    stdout.write(JSON.stringify([{ rows }]));
    return Promise.resolve(0);
  };
  return { place: { name: 'here', run }, asked };
}

describe('rows', () => {
  it('of a database of OVN are asked of the server that was named', async () => {
    const { place, asked } = answering([{ name: 'node1' }]);
    const rows = await rowsOf({ place, control: '', remote: 'unix:/sb' }, { kind: 'sb', table: 'Chassis', columns: ['name'] });
    const query = ['OVN_Southbound', { op: 'select', table: 'Chassis', where: [], columns: ['name'] }];
    expect({ rows, asked }).toEqual({
      rows: [{ name: 'node1' }],
      asked: [['ovsdb-client', '--timeout=15', 'query', 'unix:/sb', JSON.stringify(query)]],
    });
  });

  it('of a node are asked of the tool’s own default where its socket is not known', async () => {
    const { place, asked } = answering([]);
    await nodeRows({ place, openvswitch: undefined }, { table: 'Bridge', columns: ['name'] });
    expect(asked[0]?.slice(0, 3)).toEqual(['ovsdb-client', '--timeout=15', 'query']);
    expect(asked[0]).toHaveLength(4);
  });
});

describe('values', () => {
  it('a map is read, and what is none is empty', () => {
    expect([...mapIn(['map', [['dpdk-init', 'true']]])]).toEqual([['dpdk-init', 'true']]);
    expect([mapIn('text').size, mapIn(undefined).size, mapIn(['set', ['a']]).size]).toEqual([0, 0, 0]);
  });

  it('a column that may be left out is its value, or nothing', () => {
    expect([optionalIn(1500), optionalIn(false), optionalIn(['set', []]), optionalIn(undefined)]).toEqual([
      1500,
      false,
      undefined,
      undefined,
    ]);
  });
});
