import type { KernelRoute } from '@kube-ovn/host';
import { describe, expect, test } from 'vitest';
import { nodeSubnet } from '../../../test/node-subnet.ts';
import { diffRoutes } from './apply.ts';
import { networkCondition } from './condition.formula.ts';
import { joinHost, type JoinInput } from './join.formula.ts';

const input: JoinInput = {
  join: {
    port: 'node-node1',
    mac: '0a:00:00:64:00:02',
    addresses: [
      { family: 4, address: '100.64.0.2', cidr: '100.64.0.0/16', gateway: '100.64.0.1' },
      { family: 6, address: 'fd00:100:64::2', cidr: 'fd00:100:64::/64', gateway: 'fd00:100:64::1' },
    ],
  },
  subnets: [],
  clusterRouter: 'ovn-cluster',
  mtuBytes: 1400,
  nodeAddresses: ['192.168.0.10'],
};

describe('joinHost', () => {
  test('a route for each block of each subnet on the cluster router, by the gateway of its family', () => {
    const subnets = [
      nodeSubnet('b', '10.17.0.0/16'),
      nodeSubnet('a', '10.16.0.0/16'),
      nodeSubnet('six', 'fd00:10:16::/64'),
      nodeSubnet('join', '100.64.0.0/16'),
    ];
    expect(joinHost({ ...input, subnets }).routes).toEqual([
      { dst: '10.16.0.0/16', via: '100.64.0.1', src: '192.168.0.10' },
      { dst: '10.17.0.0/16', via: '100.64.0.1', src: '192.168.0.10' },
      { dst: 'fd00:10:16::/64', via: 'fd00:100:64::1' },
    ]);
  });

  test('no route for another vpc, for a subnet without router, for one that holds the node itself', () => {
    const subnets = [
      nodeSubnet('vpc', '10.1.0.0/16', { vpc: 'vpc-1' }),
      nodeSubnet('vlan', '10.2.0.0/16', { isRouted: false }),
      nodeSubnet('own', '192.168.0.0/24'),
    ];
    expect(joinHost({ ...input, subnets }).routes).toEqual([]);
  });
});

describe('diffRoutes', () => {
  const kernel = (dst: string, via: string, options: Partial<KernelRoute> = {}): KernelRoute => ({
    type: 'unicast',
    dst,
    via,
    index: 7,
    src: undefined,
    table: 254,
    metric: 0,
    protocol: 4,
    ...options,
  });

  test('nothing to do when all is there', () => {
    expect(diffRoutes([{ dst: '10.16.0.0/16', via: '100.64.0.1' }], [kernel('10.16.0.0/16', '100.64.0.1')])).toEqual({
      replace: [],
      remove: [],
    });
  });

  test('missing and differing ones are written, unwanted ones removed, those of the kernel left alone', () => {
    const wanted = [
      { dst: '10.16.0.0/16', via: '100.64.0.1' },
      { dst: '10.17.0.0/16', via: '100.64.0.1', src: '192.168.0.10' },
    ];
    const present = [
      kernel('10.17.0.0/16', '100.64.0.1'),
      kernel('10.18.0.0/16', '100.64.0.1'),
      kernel('100.64.0.0/16', '', { protocol: 2 }),
    ];
    expect(diffRoutes(wanted, present)).toEqual({ replace: wanted, remove: [present[1]] });
  });
});

describe('networkCondition', () => {
  test('unknown, reachable, unreachable', () => {
    expect(networkCondition({ isJoined: false, silentGateways: [] })).toBeUndefined();
    expect(networkCondition({ isJoined: true, silentGateways: undefined })).toBeUndefined();
    expect(networkCondition({ isJoined: true, silentGateways: [] })).toMatchObject({
      status: 'False',
      reason: 'JoinSubnetGatewayReachable',
    });
    expect(networkCondition({ isJoined: true, silentGateways: ['100.64.0.1'] })).toMatchObject({
      status: 'True',
      message: expect.stringContaining('100.64.0.1'),
    });
  });
});
