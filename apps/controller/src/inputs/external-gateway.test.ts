import { describe, expect, it } from 'vitest';
import { noExternalGateway, readExternalGateway } from './external-gateway.ts';

type Data = Readonly<Record<string, string>>;
const read = (data: Data) =>
  readExternalGateway({
    metadata: { name: 'ovn-external-gw-config', namespace: 'kube-system' },
    data: { 'enable-external-gw': 'true', ...data },
  });

describe('ConfigMap ovn-external-gw-config', () => {
  it.each<[string, Data, object]>([
    ['switched off', { 'enable-external-gw': 'false', 'external-gw-nic': 'eth1' }, noExternalGateway],
    ['with nothing but the switch', {}, { ...noExternalGateway, isEnabled: true }],
    [
      'as Kube-OVN documents it',
      {
        type: 'centralized',
        'external-gw-nodes': 'node2, node1',
        'external-gw-nic': 'eth1',
        'external-gw-addr': '172.56.0.1/16',
        'nic-ip': '172.56.0.254/16',
        'nic-mac': '16:52:F3:13:6A:25',
      },
      {
        isEnabled: true,
        isDistributed: false,
        nodes: ['node2', 'node1'],
        nic: 'eth1',
        network: { cidr: '172.56.0.0/16', gateway: '172.56.0.1' },
        address: '172.56.0.254',
        mac: '16:52:f3:13:6a:25',
        problems: [],
      },
    ],
    ['distributed: every node has its part', { type: 'distributed', 'external-gw-nodes': 'node1' }, { isDistributed: true, nodes: [] }],
  ])('%s', (_name, data, expected) => {
    expect(read(data)).toMatchObject(expected);
  });

  it.each<[string, Data, string]>([
    ['a type that is none', { type: 'both' }, 'data[type] "both"'],
    [
      'a gateway without length',
      { 'external-gw-addr': '172.56.0.1' },
      'data[external-gw-addr] "172.56.0.1" is no address with a prefix length',
    ],
    ['an interface without network', { 'external-gw-nic': 'eth1' }, 'data[external-gw-addr] is empty beside external-gw-nic'],
    ['an address elsewhere', { 'external-gw-addr': '172.56.0.1/16', 'nic-ip': '172.57.0.9/16' }, 'data[nic-ip] "172.57.0.9/16"'],
    ['a MAC that is none', { 'nic-mac': '16:52' }, 'data[nic-mac] "16:52"'],
  ])('%s is told', (_name, data, message) => {
    expect(
      read(data)
        .problems.map((problem) => problem.message)
        .join(),
    ).toContain(`ConfigMap kube-system/ovn-external-gw-config: ${message}`);
  });
});
