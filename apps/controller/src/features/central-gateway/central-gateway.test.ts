import { describe, expect, it } from 'vitest';
import type { NodeInput } from '../../inputs/node.ts';
import { gatewaySwitchFragment } from './central-gateway.formula.ts';

const node = (name: string): readonly [string, NodeInput] => [
  name,
  { name, uid: '', chassis: `id-${name}`, isCordoned: false, labels: {}, networkErrors: {}, internalIps: [] },
];

/** Chassis in the order in which OVN would choose them, by order of nodes. */
function chosen(nodes: ReadonlyMap<string, NodeInput>): unknown {
  const { rows } = gatewaySwitchFragment({ 'a,b,c': 1, 'b,c,a': 2 }, nodes, 'ovn-cluster');
  const members = rows
    .filter(({ table }) => table === 'HA_Chassis')
    .toSorted((x, y) => Number(y.columns['priority']) - Number(x.columns['priority']));
  const groups = rows.filter(({ table }) => table === 'HA_Chassis_Group');
  return groups.map(({ key }) => members.filter((row) => row.key.startsWith(`${key}/`)).map(({ columns }) => columns['chassis_name']));
}

describe('gatewaySwitchFragment', () => {
  it('one group of chassis per order, the preferred one first', () => {
    expect(chosen(new Map([node('a'), node('b'), node('c')]))).toEqual([
      ['id-a', 'id-b', 'id-c'],
      ['id-b', 'id-c', 'id-a'],
    ]);
  });

  it('nothing without centralized Subnets', () => {
    expect(gatewaySwitchFragment({}, new Map([node('a')]), 'ovn-cluster')).toEqual({ rows: [], members: [] });
  });

  it('all orders are behind one port, which has an address of each', () => {
    const { rows } = gatewaySwitchFragment({ a: 1, b: 2 }, new Map([node('a'), node('b')]), 'ovn-cluster');
    const ports = rows.filter(({ columns }) => columns['type'] === 'localport');
    expect(ports.map(({ columns }) => columns['addresses'])).toEqual([
      ['0a:6b:6f:67:77:02 198.18.0.6 fd6b:6f67:7700:1::2 198.18.0.10 fd6b:6f67:7700:2::2'],
    ]);
  });
});
