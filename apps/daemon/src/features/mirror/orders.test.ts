import type { Mirror, MirrorSpec } from '@kube-ovn/api';
import { describe, expect, test } from 'vitest';
import { mirrorFlows } from './flows.formula.ts';
import { orderFragment } from './fragment.formula.ts';
import { type NodeInterface, type Order, type OrderSources, ordersOf } from './orders.formula.ts';
import { type PortFacts, reportPatch, reportsOf } from './reports.formula.ts';
import { sinkPort, wayOf } from './rows.ts';

const nic = (link: string, more: Partial<NodeInterface> = {}): NodeInterface => ({
  link,
  name: 'eth0',
  pod: `shop/${link}`,
  provider: 'ovn',
  labels: { app: link },
  namespaceLabels: {},
  isAnnotated: false,
  ...more,
});
const mirror = (name: string, spec: Partial<MirrorSpec> = {}, sinkAddress?: string): Mirror => ({
  metadata: { name },
  spec: { sink: { interface: `to-${name}` }, ...spec },
  ...(sinkAddress === undefined ? {} : { status: { sinkAddress } }),
});
const sources = (more: Partial<OrderSources>): OrderSources => ({
  mirrors: [],
  interfaces: [nic('a'), nic('b')],
  mirrorsAll: false,
  mirrorInterface: 'mirror0',
  foreignLinks: ['eth1'],
  ...more,
});
const only = (more: Partial<OrderSources>): Order => {
  const { accepted, refused } = ordersOf(sources(more));
  expect([accepted.length, refused.length]).toEqual([1, 0]);
  return accepted[0]!;
};
const labelled = (app: string): Partial<MirrorSpec> => ({ podSelector: { matchLabels: { app } } });

describe('ordersOf', () => {
  test('nothing to copy is no order', () => {
    expect(ordersOf(sources({ mirrors: [mirror('m', labelled('elsewhere'))] }))).toEqual({ accepted: [], refused: [] });
  });

  test('annotations have an order of their own, whose rows are Kube-OVN’s', () => {
    expect(only({ interfaces: [nic('a'), nic('b', { isAnnotated: true })] })).toMatchObject({
      mirror: undefined,
      rows: { received: 'm0', sent: 'm0-sent' },
      interfaces: [{ link: 'b' }],
      sink: { link: 'mirror0' },
    });
  });

  test('everything on br-int is copied once', () => {
    expect(only({ mirrorsAll: true, interfaces: [nic('a', { isAnnotated: true })] })).toMatchObject({
      isAll: true,
      rows: { received: 'm0' },
    });
  });

  test('a direction is a row', () => {
    const { rows } = only({ mirrors: [mirror('m', { ...labelled('a'), direction: 'egress' })] });
    expect(rows).toEqual({ sent: 'mirror/m/sent' });
  });

  test('without the address of the pod that gets them nothing is copied', () => {
    const spec: Partial<MirrorSpec> = { sink: { pod: { namespace: 'ids', name: 'p' } } };
    expect(ordersOf(sources({ mirrors: [mirror('m', spec)] })).accepted).toEqual([]);
    expect(only({ mirrors: [mirror('m', spec, '10.1.0.9')] }).sink).toEqual({ address: '10.1.0.9', tunnel: { encapsulation: 'gre' } });
  });

  test('an interface of the node, and that of annotations, are not taken', () => {
    const mirrors = [mirror('m', { sink: { interface: 'eth1' } }), mirror('n', { sink: { interface: 'mirror0' } }), mirror('o')];
    const { accepted, refused } = ordersOf(sources({ mirrors }));
    expect(accepted.map(({ mirror: name }) => name)).toEqual(['o']);
    expect(refused.map(({ problem }) => problem)).toEqual([
      'the node has an interface eth1 of its own; give spec.sink.interface another name',
      'interface mirror0 is that of the annotations; give spec.sink.interface another name',
    ]);
  });

  test('a Mirror that can not be read, or is being deleted, harms no other', () => {
    const bad = mirror('a', { filters: [{ peer: 'x' }] });
    const leaving: Mirror = { ...mirror('b'), metadata: { name: 'b', deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(ordersOf(sources({ mirrors: [bad, leaving, mirror('c')] })).accepted.map(({ mirror: name }) => name)).toEqual(['c']);
  });

  test('a bridge has room for so many; who comes later by name is told', () => {
    const mirrors = Array.from({ length: 15 }, (_, index) => mirror(`m${String(index).padStart(2, '0')}`));
    const { accepted, refused } = ordersOf(sources({ mirrors }));
    expect([accepted.length, refused.map(({ mirror: name }) => name)]).toEqual([13, ['m13', 'm14']]);
    expect(refused[0]?.problem).toContain('26 directions');
  });
});

describe('orderFragment', () => {
  test('ports of br-int are selected by direction, and each has a way of its own to the bridge', () => {
    const { rows } = orderFragment(only({ mirrors: [mirror('m')] }), 'netdev');
    const of = (key: string) => rows.find((row) => row.table === 'Mirror' && row.key === key)?.columns;
    const ports = [{ ref: { table: 'Port', key: 'a' } }, { ref: { table: 'Port', key: 'b' } }];
    expect(of('mirror/m/received')).toMatchObject({ select_dst_port: ports, select_src_port: [], select_all: false });
    expect(of('mirror/m/sent')).toMatchObject({ select_dst_port: [], select_src_port: ports });
    expect(of('mirror/m/sent')?.['output_port']).not.toEqual(of('mirror/m/received')?.['output_port']);
    expect(rows.find(({ table }) => table === 'Bridge')?.columns).toMatchObject({ datapath_type: 'netdev', fail_mode: 'secure' });
  });

  test('equal sinks are one port, and no name is longer than a link’s may be', () => {
    const collector = (name: string, key: number) => only({ mirrors: [mirror(name, { sink: { collector: '10.0.0.1', key } })] }).sink;
    expect(sinkPort(collector('m', 1))).toBe(sinkPort(collector('n', 1)));
    expect(sinkPort(collector('m', 1))).not.toBe(sinkPort(collector('m', 2)));
    for (const name of [sinkPort(collector('m', 1)), wayOf('x').near, wayOf('x').far]) expect(name.length).toBeLessThanOrEqual(15);
  });
});

describe('mirrorFlows', () => {
  const numbers = (order: Order): ReadonlyMap<string, number> =>
    new Map([
      [sinkPort(order.sink), 9],
      [wayOf('mirror/m/received').far, 1],
      [wayOf('mirror/m/sent').far, 2],
    ]);
  const flowsOf = (spec: Partial<MirrorSpec>, sinks: readonly string[] = []): readonly string[] => {
    const order = only({ mirrors: [mirror('m', spec)] });
    return mirrorFlows([order], sinks, (name) => numbers(order).get(name));
  };

  test('without filters everything goes on', () => {
    expect(flowsOf({})).toEqual(['priority=100,in_port=1,actions=output:9', 'priority=100,in_port=2,actions=output:9']);
  });

  test('the peer is the other end, the port that of either', () => {
    expect(flowsOf({ filters: [{ protocol: 'tcp', peer: '10.0.0.0/8', port: 80 }] })).toEqual([
      'priority=100,in_port=1,tcp,nw_src=10.0.0.0/8,tp_dst=80,actions=output:9',
      'priority=100,in_port=1,tcp,nw_src=10.0.0.0/8,tp_src=80,actions=output:9',
      'priority=100,in_port=2,tcp,nw_dst=10.0.0.0/8,tp_dst=80,actions=output:9',
      'priority=100,in_port=2,tcp,nw_dst=10.0.0.0/8,tp_src=80,actions=output:9',
    ]);
  });

  test('without a peer both families are meant', () => {
    expect(flowsOf({ direction: 'ingress', filters: [{ protocol: 'icmp' }, { protocol: 'udp', port: 53 }] })).toEqual([
      'priority=100,in_port=1,icmp,actions=output:9',
      'priority=100,in_port=1,icmp6,actions=output:9',
      'priority=100,in_port=1,udp,tp_dst=53,actions=output:9',
      'priority=100,in_port=1,udp,tp_src=53,actions=output:9',
      'priority=100,in_port=1,udp6,tp_dst=53,actions=output:9',
      'priority=100,in_port=1,udp6,tp_src=53,actions=output:9',
    ]);
  });

  test('copies on their way are not copied again', () => {
    expect(flowsOf({ direction: 'egress' }, ['10.1.0.9', 'fd00::9'])).toEqual([
      'priority=100,in_port=2,actions=output:9',
      'priority=200,icmp,nw_src=10.1.0.9,icmp_type=3,icmp_code=2,actions=drop',
      'priority=200,icmp6,ipv6_src=fd00::9,icmp_type=4,icmp_code=1,actions=drop',
      'priority=200,ip,nw_proto=47,nw_dst=10.1.0.9,actions=drop',
      'priority=200,ipv6,nw_proto=47,ipv6_dst=fd00::9,actions=drop',
    ]);
  });

  test('a port that is not in use yet has no rule, which Open vSwitch would refuse with all others', () => {
    expect(mirrorFlows([only({ mirrors: [mirror('m')] })], [], () => undefined)).toEqual([]);
  });
});

describe('reportsOf', () => {
  const orders = ordersOf(sources({ mirrors: [mirror('m'), mirror('n', { sink: { interface: 'eth1' } })] }));
  const ports = new Map(
    ['to-m', ...['received', 'sent'].map((way) => wayOf(`mirror/m/${way}`).near)].map((name) => [name, { number: 1, error: '' }] as const),
  );

  const selected = new Map(['received', 'sent'].map((way) => [`mirror/m/${way}`, 2]));

  test('what is copied, by pod', () => {
    const reports = reportsOf(orders, { ports, selected, flowProblem: undefined });
    expect(reports.get('m')).toEqual({ interfaces: 2, pods: { 'shop/a': 'eth0', 'shop/b': 'eth0' }, problem: undefined });
    expect(reports.get('n')).toMatchObject({ interfaces: 0, pods: {}, problem: expect.stringContaining('eth1') as string });
  });

  test('a port that Open vSwitch can not use is the problem of its Mirror', () => {
    const broken = new Map<string, PortFacts>([...ports, ['to-m', { number: undefined, error: 'could not add network device' }]]);
    expect(reportsOf(orders, { ports: broken, selected, flowProblem: undefined }).get('m')).toMatchObject({
      problem: 'Open vSwitch can not use to-m: could not add network device',
    });
  });

  test('what Open vSwitch has not taken up yet is not told', () => {
    expect(reportsOf(orders, { ports: new Map(), selected, flowProblem: undefined }).get('m')).toBe('on its way');
    const before = new Map([...selected, ['mirror/m/sent', 1]]);
    expect(reportsOf(orders, { ports, selected: before, flowProblem: undefined }).get('m')).toBe('on its way');
    expect(reportPatch(mirror('m'), 'node1', 'on its way')).toBeUndefined();
  });

  test('a patch takes back what is no more so', () => {
    const told: Mirror = {
      ...mirror('m'),
      status: { nodes: { node1: { interfaces: 2, pods: { 'shop/a': 'eth0', 'shop/gone': 'eth0' } } } },
    };
    const entry = { interfaces: 1, pods: { 'shop/a': 'eth0' }, problem: undefined };
    expect(reportPatch(told, 'node1', entry)?.status).toEqual({
      nodes: { node1: { interfaces: 1, pods: { 'shop/a': 'eth0', 'shop/gone': null }, problem: null } },
    });
    expect(reportPatch(told, 'node1', undefined)?.status).toEqual({ nodes: { node1: null } });
    expect(reportPatch(told, 'node2', undefined)).toBeUndefined();
  });
});
