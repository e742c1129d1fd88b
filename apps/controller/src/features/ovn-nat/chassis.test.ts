import { describe, expect, it } from 'vitest';
import { readNode } from '../../inputs/node.ts';
import { gatewayChassis } from './chassis.ts';

const GATEWAY = 'ovn.kubernetes.io/external-gw';
const node = (
  name: string,
  { labels = {}, isCordoned = false }: { labels?: Readonly<Record<string, string>>; isCordoned?: boolean } = {},
) =>
  readNode({
    metadata: { name, labels, annotations: { 'ovn.kubernetes.io/chassis': `chassis-${name}` } },
    spec: { unschedulable: isCordoned },
  });
const chosen = (...args: Parameters<typeof gatewayChassis>): readonly string[] => gatewayChassis(...args).map(({ name }) => name);
const anywhere = { isConnected: () => true };

describe('chassis of a port on an external network', () => {
  const three = ['a', 'b', 'c'].map((name) => node(name));

  it('all nodes without labels, in an order of the port, whatever order they are seen in', () => {
    const order = chosen('red-external', three, anywhere);
    expect(order.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['a', 'b', 'c']);
    expect(chosen('red-external', three.toReversed(), anywhere)).toEqual(order);
    const [first = ''] = order;
    expect(
      chosen(
        'red-external',
        three.filter(({ name }) => name !== first),
        anywhere,
      ),
    ).toEqual(order.slice(1));
  });

  it('labelled nodes alone, and cordoned ones last', () => {
    const labels = { [GATEWAY]: 'true' };
    expect(chosen('p', [node('a', { labels }), node('b', { labels, isCordoned: true }), node('c')], anywhere)).toEqual(['a', 'b']);
  });

  it('the nodes of a list alone, in its order', () => {
    expect(chosen('p', three, { ...anywhere, only: ['c', 'x', 'a'] })).toEqual(['c', 'a']);
    expect(chosen('p', [node('a'), node('c', { isCordoned: true })], { ...anywhere, only: ['c', 'a'] })).toEqual(['a', 'c']);
  });

  it('nodes whose bridge is not there only while there is no other, and never one that OVN does not know', () => {
    expect(chosen('p', three, { isConnected: ({ name }) => name === 'b' })).toEqual(['b']);
    expect(chosen('p', three, { isConnected: () => false }).length).toBe(3);
    expect(chosen('p', [readNode({ metadata: { name: 'new' } })], anywhere)).toEqual([]);
  });
});
