import { describe, expect, test } from 'vitest';
import { chooseEncap, type EncapInput } from './encap.formula.ts';

const links = [
  { name: 'lo', mtuBytes: 65_536, addresses: ['127.0.0.1'] },
  { name: 'eth0', mtuBytes: 1500, addresses: ['192.168.0.10', '2001:db8::10'] },
  { name: 'eth1', mtuBytes: 9000, addresses: ['172.16.0.10'] },
];
const bridge = { name: 'br-net1', mtuBytes: 1500, addresses: ['172.17.0.10'] };
const input: EncapInput = {
  links,
  standIns: {},
  encapAddress: undefined,
  interfaces: [],
  nodeAddresses: ['192.168.0.10'],
  tunnelType: 'geneve',
  mtuBytes: 0,
};

describe('chooseEncap', () => {
  test.for([
    ['the InternalIP of the node', {}, { address: '192.168.0.10', link: 'eth0', podMtuBytes: 1400 }],
    ['vxlan', { tunnelType: 'vxlan' }, { address: '192.168.0.10', link: 'eth0', podMtuBytes: 1450 }],
    ['stt', { tunnelType: 'stt' }, { address: '192.168.0.10', link: 'eth0', podMtuBytes: 1428 }],
    ['IPv6 costs 20 bytes more', { nodeAddresses: ['2001:db8::10'] }, { address: '2001:db8::10', link: 'eth0', podMtuBytes: 1380 }],
    [
      '--iface that a bridge stands for',
      {
        interfaces: ['eth[2-9]'],
        links: [...links, { name: 'eth2', mtuBytes: 1500, addresses: [] }, bridge],
        standIns: { eth2: 'br-net1' },
      },
      { address: '172.17.0.10', link: 'br-net1', podMtuBytes: 1400 },
    ],
    ['--iface by name', { interfaces: ['eth1'] }, { address: '172.16.0.10', link: 'eth1', podMtuBytes: 8900 }],
    [
      '--iface by pattern, the whole name',
      { interfaces: ['th1', 'eth[1-9]'] },
      { address: '172.16.0.10', link: 'eth1', podMtuBytes: 8900 },
    ],
    ['--iface that no link matches', { interfaces: ['bond0', '('] }, { address: '192.168.0.10', link: 'eth0', podMtuBytes: 1400 }],
    ['--encap-ip wins', { encapAddress: '172.16.0.10', interfaces: ['eth0'] }, { address: '172.16.0.10', link: 'eth1', podMtuBytes: 8900 }],
    ['--encap-ip on no link yet', { encapAddress: '10.9.9.9' }, { address: '10.9.9.9', link: undefined, podMtuBytes: 1400 }],
    ['--mtu wins', { mtuBytes: 1300 }, { address: '192.168.0.10', link: 'eth0', podMtuBytes: 1300 }],
    [
      'several addresses: the one that the node is known by',
      { interfaces: ['eth0'], nodeAddresses: ['2001:db8::10'] },
      { address: '2001:db8::10', link: 'eth0', podMtuBytes: 1380 },
    ],
  ] as const)('%s', ([, change, expected]) => {
    expect(chooseEncap({ ...input, ...change })).toEqual(expected);
  });

  test('an InternalIP that is on no link gives nothing', () => {
    expect(chooseEncap({ ...input, nodeAddresses: ['203.0.113.1'] })).toBeUndefined();
  });
});
