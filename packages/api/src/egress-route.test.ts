import { expect, test } from 'vitest';
import { readEgressRoute } from './egress-route.ts';

const sound = { externalEgressGateway: '192.168.0.1, FD00::1', policyRoutingPriority: 1500, policyRoutingTableID: 1000 };

test('none', () => {
  expect(readEgressRoute({ policyRoutingTableID: 254 })).toEqual({ ok: true, route: undefined });
});

test('one of each family', () => {
  expect(readEgressRoute(sound)).toEqual({ ok: true, route: { gateways: ['192.168.0.1', 'fd00::1'], priority: 1500, table: 1000 } });
});

test.for([
  ['externalEgressGateway', '192.168.0.1,192.168.0.2'],
  ['externalEgressGateway', 'router'],
  ['policyRoutingPriority', 0],
  ['policyRoutingPriority', 32_766],
  ['policyRoutingTableID', 0],
  ['policyRoutingTableID', 254],
] as const)('%s %s', ([field, value]) => {
  expect(readEgressRoute({ ...sound, [field]: value })).toEqual({ ok: false, field, bad: `${value}` });
});
