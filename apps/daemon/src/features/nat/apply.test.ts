import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNetns, deleteNetns, inNetns, type Netns } from '@kube-ovn/host';
import { nodeSubnet } from '../../../test/node-subnet.ts';
import { natScript, NAT_TABLE } from './nat.formula.ts';
import { natTable } from './apply.ts';

let ns: Netns;
beforeEach(() => {
  ns = createNetns(`/run/netns/ko-d-nat-${randomBytes(3).toString('hex')}`);
});
afterEach(() => {
  ns[Symbol.dispose]();
  deleteNetns(ns.path);
});

const nft = (...args: readonly string[]): string => inNetns(ns, () => execFileSync('nft', args, { encoding: 'utf8' }));
const script = natScript({ nodeName: 'node1', subnets: [], clusterRouter: 'ovn-cluster', nodeAddresses: [] });

test('the table is written once, and again only when the script or the table changed', async () => {
  const table = natTable(ns);
  expect(await table.apply(script)).toBe(true);
  expect(await table.apply(script)).toBe(false);
  nft('flush', 'chain', NAT_TABLE.family, NAT_TABLE.name, 'postrouting');
  expect(await table.apply(script), 'somebody flushed it').toBe(true);
  expect(nft('list', 'table', NAT_TABLE.family, NAT_TABLE.name)).toContain('masquerade');
  nft('delete', 'table', NAT_TABLE.family, NAT_TABLE.name);
  expect(await table.apply(script), 'somebody deleted it').toBe(true);
  expect(await table.apply(`${script}# changed\n`), 'another script').toBe(true);
});

test('every script that the formula can make is one that nft accepts', async () => {
  const overlapping = ['192.0.2.0/24', '192.0.0.0/16'];
  const subnet = nodeSubnet('a', '10.16.0.0/16,fd00::/64,10.16.8.0/24', {
    vpc: 'v',
    natOutgoing: true,
    natRules: [
      { family: 4, sources: overlapping, destinations: ['198.51.100.0/24', ...overlapping], action: 'forward' },
      { family: 6, sources: [], destinations: ['2001:db8::/32'], action: 'nat' },
    ],
    isCentralized: true,
    gatewayNodes: [{ node: 'node1', egressIp: '192.0.2.1' }],
  });
  expect(
    await natTable(ns).apply(
      natScript({
        nodeName: 'node1',
        subnets: [subnet, { ...subnet, name: 'b' }],
        clusterRouter: 'v',
        nodeAddresses: ['10.16.0.1', 'fd01::1'],
      }),
    ),
  ).toBe(true);
  expect(nft('list', 'table', NAT_TABLE.family, NAT_TABLE.name)).toContain('10.16.0.0/16');
});
