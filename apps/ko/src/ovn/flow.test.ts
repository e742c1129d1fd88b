import { describe, expect, it } from 'vitest';
import { arpFlow, bridgeFlow, type Entry, microflow, type Packet, type Protocol } from './flow.ts';

const entry = (address: string): Entry => ({ port: 'a.b', logicalSwitch: 's', mac: '02:00:00:00:00:01', address });
const packet = (to: string, protocol: Protocol): Packet => ({ to, protocol, port: 80, nextHopMac: '02:00:00:00:00:02' });

describe('flows', () => {
  it.each([
    ['10.0.0.1', '10.0.0.2', 'icmp', 'ip4.dst == 10.0.0.2 && ip.ttl == 64 && icmp4.type == 8'],
    ['fd00::1', 'fd00::2', 'icmp', 'ip6.dst == fd00::2 && ip.ttl == 64 && icmp6.type == 128'],
    ['10.0.0.1', '10.0.0.2', 'tcp', 'ip4.dst == 10.0.0.2 && ip.ttl == 64 && tcp.src == 52000 && tcp.dst == 80'],
  ] as const)('microflow from %s to %s by %s', (from, to, protocol, end) => {
    const start = `inport == "a.b" && eth.src == 02:00:00:00:00:01 && eth.dst == 02:00:00:00:00:02 && ip`;
    const text = microflow(entry(from), packet(to, protocol));
    expect([text.startsWith(start), text.endsWith(end)]).toEqual([true, true]);
  });

  it.each([
    ['10.0.0.1', '10.0.0.2', 'udp', ['in_port=7,udp,dl_src', 'nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,tp_src=52000,tp_dst=80']],
    ['fd00::1', 'fd00::2', 'tcp', ['in_port=7,tcp6,', 'ipv6_src=fd00::1,ipv6_dst=fd00::2,nw_ttl=64,tp_src=52000,tp_dst=80']],
    ['fd00::1', 'fd00::2', 'icmp', ['in_port=7,icmp6,', 'nw_ttl=64,icmp_type=128']],
  ] as const)('on the bridge from %s to %s by %s', (from, to, protocol, [start, end]) => {
    const text = bridgeFlow(entry(from), packet(to, protocol), '7');
    expect([text.startsWith(start), text.endsWith(end)]).toEqual([true, true]);
  });

  it.each([
    ['request', 'arp.op == 1 && arp.sha == 02:00:00:00:00:01 && arp.spa == 10.0.0.1 && arp.tpa == 10.0.0.2'],
    ['reply', 'arp.tpa == 10.0.0.2 && arp.tha == 02:00:00:00:00:01'],
  ] as const)('arp %s', (kind, end) => {
    expect(arpFlow(entry('10.0.0.1'), '10.0.0.2', kind).endsWith(end)).toBe(true);
  });
});
