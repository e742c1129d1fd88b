import { describe, expect, it } from 'vitest';
import { networkStatus, podAddresses } from './network-status.ts';
import type { CniResult } from './types.ts';

const result: CniResult = {
  interfaces: [{ name: 'veth0' }, { name: 'eth0', mac: '0a:00:00:00:00:01', mtu: 1400, sandbox: '/run/netns/x' }],
  ips: [
    { address: 'fd00::2/64', interface: 1 },
    { address: '10.0.0.2/24', interface: 1 },
    { address: '192.0.2.1/32', interface: 0 },
  ],
};

describe('podAddresses', () => {
  it("are those of the pod's interface, IPv4 first, without prefix lengths", () =>
    expect(podAddresses(result, 'eth0')).toEqual(['10.0.0.2', 'fd00::2']));
  it('are all, when a result names no interfaces', () =>
    expect(podAddresses({ ips: [{ address: '10.0.0.3/24' }] }, 'eth0')).toEqual(['10.0.0.3']));
});

describe('networkStatus', () => {
  it('has an element for each attachment, the default one marked', () => {
    const text = networkStatus([
      { name: 'kube-ovn', ifName: 'eth0', isDefault: true, result },
      { name: 'shop/blue', ifName: 'net1', isDefault: false, result: { ips: [] } },
    ]);
    expect(JSON.parse(text)).toEqual([
      { name: 'kube-ovn', interface: 'eth0', ips: ['fd00::2', '10.0.0.2'], mac: '0a:00:00:00:00:01', mtu: 1400, default: true, dns: {} },
      { name: 'shop/blue', interface: 'net1', ips: [], dns: {} },
    ]);
  });
});
