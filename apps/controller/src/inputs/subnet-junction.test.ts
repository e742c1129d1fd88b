import type { SubnetSpec } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { readSubnet } from './subnet.ts';

const names = { clusterRouter: 'ovn-cluster', defaultSubnet: 'd', joinSubnet: 'j' };
const read = (spec: SubnetSpec) =>
  readSubnet({ metadata: { name: 's' }, spec: { cidrBlock: '172.31.10.0/24,fd00:172:31:10::/64', vlan: 'v', ...spec } }, names);

describe('junction of an underlay Subnet', () => {
  it.each<[string, SubnetSpec, object | undefined]>([
    ['not asked for', {}, undefined],
    ['without a vlan', { vlan: '', u2oInterconnection: true }, undefined],
    ['of another plugin', { provider: 'macvlan.default', u2oInterconnection: true }, undefined],
    ['with an address of ours', { u2oInterconnection: true }, { isOverlayOnly: false }],
    ['for overlay Subnets only', { u2oInterconnection: true, u2oFeatures: { overlayOnlyRouting: true } }, { isOverlayOnly: true }],
    [
      'with addresses of its author, in any order and form',
      { u2oInterconnection: true, u2oInterconnectionIP: 'FD00:172:31:10:0::9, 172.31.10.9' },
      { isOverlayOnly: false, addresses: { v4: '172.31.10.9', v6: 'fd00:172:31:10::9' } },
    ],
  ])('%s', (_name, spec, expected) => {
    const reading = read(spec);
    expect(reading.ok && reading.input.junction).toEqual(expected);
  });

  it.each<[string, SubnetSpec, string]>([
    ['beside a logical gateway', { logicalGateway: true }, 'spec.u2oInterconnection "true" excludes logicalGateway'],
    [
      'with one family of two',
      { u2oInterconnectionIP: '172.31.10.9' },
      'spec.u2oInterconnectionIP "172.31.10.9" is not one address of each',
    ],
    ['with an address elsewhere', { u2oInterconnectionIP: '172.31.11.9,fd00:172:31:10::9' }, 'spec.u2oInterconnectionIP "172.31.11.9,'],
    ['with its gateway', { u2oInterconnectionIP: '172.31.10.1,fd00:172:31:10::9' }, 'other than its gateway'],
    ['with no address', { u2oInterconnectionIP: 'router,fd00:172:31:10::9' }, 'spec.u2oInterconnectionIP "router,'],
  ])('%s it is refused', (_name, spec, message) => {
    const reading = read({ u2oInterconnection: true, ...spec });
    expect(reading.ok ? '' : reading.problems.map((problem) => problem.message).join()).toContain(message);
  });
});
