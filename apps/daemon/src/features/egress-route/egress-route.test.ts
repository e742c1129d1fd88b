import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createNetns, deleteNetns, type Netns, rtnl } from '@kube-ovn/host';
import { nodeSubnet } from '../../../test/node-subnet.ts';
import { applyEgressRouting } from './apply.ts';
import { egressRouting } from './egress-route.formula.ts';

const NOTHING = { rules: [], routes: [] };
const egressRoute = { gateways: ['192.0.2.1', 'fd00:2::1'], priority: 1500, table: 1000 };
const subnets = [nodeSubnet('a', '10.1.0.0/16,fd00:1::/64', { egressRoute }), nodeSubnet('join', '100.64.0.0/16,fd00:64::/64')];

describe('egressRouting', () => {
  test('a rule per block, and a table that has no answer for the cluster and refuses the rest without a next hop', () => {
    const { rules, routes } = egressRouting(subnets, 'ovn-cluster');
    expect(rules.map(({ from, priority, table }) => [from, priority, table])).toEqual([
      ['10.1.0.0/16', 1500, 1000],
      ['fd00:1::/64', 1500, 1000],
    ]);
    expect(routes.map(({ type, dst, via }) => [type, dst, via ?? ''].join(' '))).toEqual([
      'unicast 0.0.0.0/0 192.0.2.1',
      'unreachable 0.0.0.0/0 ',
      'throw 10.1.0.0/16 ',
      'throw 100.64.0.0/16 ',
      'unicast ::/0 fd00:2::1',
      'unreachable ::/0 ',
      'throw fd00:1::/64 ',
      'throw fd00:64::/64 ',
    ]);
  });

  test.for([
    ['of another vpc', nodeSubnet('a', '10.1.0.0/16', { egressRoute, vpc: 'red' })],
    ['that no router serves', nodeSubnet('a', '10.1.0.0/16', { egressRoute, isRouted: false })],
    ['whose family has no next hop', nodeSubnet('a', 'fd00::/64', { egressRoute: { ...egressRoute, gateways: ['192.0.2.1'] } })],
    ['without the wish', nodeSubnet('a', '10.1.0.0/16')],
  ] as const)('nothing for one %s', ([, subnet]) => {
    expect(egressRouting([subnet], 'ovn-cluster')).toEqual(NOTHING);
  });

  test('of two with one table the first by name has it', () => {
    const [a, b] = [nodeSubnet('a', '10.1.0.0/16', { egressRoute }), nodeSubnet('b', '10.2.0.0/16', { egressRoute })];
    expect(egressRouting([b, a], 'ovn-cluster').rules.map(({ from }) => from)).toEqual(['10.1.0.0/16']);
  });
});

describe('applyEgressRouting', () => {
  let ns: Netns;
  beforeEach(async () => {
    ns = createNetns(`/run/netns/ko-d-egress-${randomBytes(3).toString('hex')}`);
    using node = rtnl(ns);
    await node.addLink({ name: 'd0', kind: 'ifb', up: true });
    await node.addAddress('d0', '192.0.2.9/24');
    await node.addAddress('d0', 'fd00:2::9/64', { noDad: true });
  });
  afterEach(() => {
    ns[Symbol.dispose]();
    deleteNetns(ns.path);
  });

  const rulesOf = async (): Promise<readonly string[]> => {
    using node = rtnl(ns);
    return (await node.rules()).filter(({ from }) => from !== undefined).map(({ from, table }) => `${from} ${table}`);
  };

  test('written once; what somebody takes away comes back; what is not wanted goes, what is foreign stays', async () => {
    using node = rtnl(ns);
    const foreign = { family: 4, from: '10.7.0.0/16', priority: 90, table: 77 } as const;
    await node.addRule(foreign);
    const wanted = egressRouting(subnets, 'ovn-cluster');
    expect(await applyEgressRouting(wanted, ns)).toBe(true);
    expect(await applyEgressRouting(wanted, ns)).toBe(false);
    expect(await node.routes(1000)).toHaveLength(wanted.routes.length);
    expect(await rulesOf()).toEqual(['10.7.0.0/16 77', '10.1.0.0/16 1000', 'fd00:1::/64 1000']);
    await node.deleteRoute({ dst: '0.0.0.0/0', via: '192.0.2.1', metric: 1024, table: 1000 });
    await node.deleteRule({ family: 6, from: 'fd00:1::/64', priority: 1500, table: 1000 });
    expect(await applyEgressRouting(wanted, ns)).toBe(true);
    expect(await rulesOf()).toContain('fd00:1::/64 1000');
    const moved = egressRouting(
      [nodeSubnet('a', '10.1.0.0/16', { egressRoute: { gateways: ['192.0.2.2'], priority: 1500, table: 1001 } })],
      'ovn-cluster',
    );
    expect(await applyEgressRouting(moved, ns)).toBe(true);
    expect(await rulesOf()).toEqual(['10.7.0.0/16 77', '10.1.0.0/16 1001']);
    expect(await node.routes(1000)).toEqual([]);
    expect(await applyEgressRouting(NOTHING, ns)).toBe(true);
    expect(await rulesOf()).toEqual(['10.7.0.0/16 77']);
    expect((await node.routes('all')).filter(({ protocol }) => protocol === 75)).toEqual([]);
  });

  test('a next hop that no link has is told, and nothing leaves by another way meanwhile', async () => {
    using node = rtnl(ns);
    const lost = egressRouting(
      [nodeSubnet('a', '10.1.0.0/16', { egressRoute: { ...egressRoute, gateways: ['203.0.113.1'] } })],
      'ovn-cluster',
    );
    await expect(applyEgressRouting(lost, ns)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    expect((await node.routes(1000)).map(({ type }) => type).toSorted()).toEqual(['throw', 'unreachable']);
    expect(await rulesOf()).toEqual(['10.1.0.0/16 1000']);
  });
});
