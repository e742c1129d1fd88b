import { describe, expect, test } from 'vitest';
import { chassisFragment, type ChassisInput } from './chassis.formula.ts';

const input: ChassisInput = {
  systemId: undefined,
  newSystemId: 'made-up',
  hostname: 'node1',
  remote: undefined,
  tunnelType: 'geneve',
  encapAddresses: [],
  encapChecksum: true,
  datapathType: undefined,
};
const keys = (change: Partial<ChassisInput>): Readonly<Record<string, unknown>> =>
  chassisFragment({ ...input, ...change }).members[0]?.map ?? {};

describe('chassisFragment', () => {
  test('a chassis without a name gets one, an existing name is kept', () => {
    expect(keys({})['system-id']).toBe('made-up');
    expect(keys({ systemId: '' })['system-id']).toBe('made-up');
    expect(keys({ systemId: 'given' })['system-id']).toBe('given');
  });

  test('what no flag sets is not touched', () => {
    expect(Object.keys(keys({}))).not.toEqual(expect.arrayContaining(['ovn-remote', 'ovn-bridge-datapath-type', 'ovn-encap-ip']));
  });

  test('golden: everything is set', () => {
    expect(
      keys({ remote: 'tcp:10.0.0.1:6642', datapathType: 'netdev', encapAddresses: ['192.168.0.10', '172.16.0.10'], encapChecksum: false }),
    ).toEqual({
      'system-id': 'made-up',
      hostname: 'node1',
      'ovn-bridge': 'br-int',
      'ovn-encap-type': 'geneve',
      'ovn-encap-ip': '192.168.0.10,172.16.0.10',
      'ovn-encap-ip-default': '192.168.0.10',
      'ovn-encap-csum': 'false',
      'ovn-remote': 'tcp:10.0.0.1:6642',
      'ovn-bridge-datapath-type': 'netdev',
      'ovn-remote-probe-interval': '10000',
      'ovn-openflow-probe-interval': '180',
      'ovn-match-northd-version': 'true',
    });
  });
});
