import { describe, expect, test } from 'vitest';
import { namespaceAnnotations } from './namespace.ts';
import { networkPolicyAnnotations } from './network-policy.ts';
import { nodeAnnotations } from './node.ts';
import { podAnnotations, podAttachmentAnnotations } from './pod.ts';
import { annotationRegistry } from './registry.ts';
import { serviceAnnotations } from './service.ts';

const on = (key: string, text: string) => ({ metadata: { name: 'web-0', namespace: 'shop', annotations: { [key]: text } } });
const ovn = podAnnotations('ovn');

describe('keys', () => {
  test('follow the provider of the interface', () => {
    expect(podAnnotations('ovn').ip_address.key).toBe('ovn.kubernetes.io/ip_address');
    expect(podAnnotations('net1.default.ovn').ip_address.key).toBe('net1.default.ovn.kubernetes.io/ip_address');
    expect(podAnnotations('net1.default.ovn.eth7').mac_address.key).toBe('net1.default.ovn.eth7.kubernetes.io/mac_address');
    expect(podAnnotations('macvlan.default').ip_address.key).toBe('macvlan.default.kubernetes.io/ip_address');
    expect(ovn.dhcp_v4_options.key).toBe('ovn.kubernetes.io/dhcp-v4-options');
  });

  test('what a pod has once is under ovn.kubernetes.io whatever the interface', () => {
    expect(podAnnotations('net1.default.ovn').vip.key).toBe('ovn.kubernetes.io/vip');
    expect(podAnnotations('net1.default.ovn').north_gateway.key).toBe('ovn.kubernetes.io/north_gateway');
  });

  test('a definition that is attached twice has its values by interface', () => {
    const attachment = podAttachmentAnnotations({ name: 'net1', namespace: 'default', interfaceName: 'eth7' });
    expect(attachment.ip_address.key).toBe('net1.default.kubernetes.io/ip_address.eth7');
  });

  test('the other kinds', () => {
    expect(nodeAnnotations.chassis.key).toBe('ovn.kubernetes.io/chassis');
    expect(namespaceAnnotations.exclude_ips.key).toBe('ovn.kubernetes.io/exclude_ips');
    expect(serviceAnnotations.switch_lb_vip.key).toBe('ovn.kubernetes.io/switch_lb_vip');
    expect(networkPolicyAnnotations.network_policy_for.key).toBe('ovn.kubernetes.io/network_policy_for');
  });

  test('every definition has a meaning and a form', () => {
    for (const { definition } of annotationRegistry) {
      expect(definition.doc).toMatch(/\.$/);
      expect(definition.format.length).toBeGreaterThan(5);
    }
  });

  test('no kind of object has the same key twice', () => {
    const keys = annotationRegistry.map(({ definition }) => `${definition.on} ${definition.key}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('values', () => {
  test.each([
    [ovn.ip_address, '10.16.0.15', { v4: '10.16.0.15' }, '10.16.0.15'],
    [ovn.ip_address, 'FD00:10:16:0::F, 10.16.0.15', { v4: '10.16.0.15', v6: 'fd00:10:16::f' }, '10.16.0.15,fd00:10:16::f'],
    [ovn.mac_address, '00:00:00:53:6B:B6', '00:00:00:53:6b:b6', '00:00:00:53:6b:b6'],
    [ovn.ip_family, 'ipv6', 'IPv6', 'IPv6'],
    [ovn.allocated, 'true', true, 'true'],
    [ovn.cidr, '10.16.0.9/16,fd00:10:16::/112', { v4: '10.16.0.0/16', v6: 'fd00:10:16::/112' }, '10.16.0.0/16,fd00:10:16::/112'],
    [ovn.vlan_id, '4095', 4095, '4095'],
    [ovn.ingress_rate, '3', 3, '3'],
    [ovn.loss, '12.5', 12.5, '12.5'],
    [ovn.security_groups, 'sg-a, sg-b,', ['sg-a', 'sg-b'], 'sg-a,sg-b'],
    [ovn.port_vips, '10.0.0.9, FD00::9', ['10.0.0.9', 'fd00::9'], '10.0.0.9,fd00::9'],
    [
      ovn.routes,
      '[{"dst":"10.0.0.1/8","gw":"1.2.3.4"},{"gw":"fd00::1"},{"dst":"10.9.9.9"}]',
      [{ dst: '10.0.0.0/8', gw: '1.2.3.4' }, { gw: 'fd00::1' }, { dst: '10.9.9.9/32' }],
      '[{"dst":"10.0.0.0/8","gw":"1.2.3.4"},{"gw":"fd00::1"},{"dst":"10.9.9.9/32"}]',
    ],
    [ovn.ip_pool, 'web-pool', { pool: 'web-pool' }, 'web-pool'],
    [ovn.ip_pool, '10.16.0.15', { entries: [{ v4: '10.16.0.15' }] }, '10.16.0.15'],
    [
      ovn.ip_pool,
      '10.16.0.15,10.16.0.16,10.16.0.17',
      { entries: [{ v4: '10.16.0.15' }, { v4: '10.16.0.16' }, { v4: '10.16.0.17' }] },
      '10.16.0.15,10.16.0.16,10.16.0.17',
    ],
    [ovn.ip_pool, '10.16.0.15,fd00::15', { entries: [{ v4: '10.16.0.15', v6: 'fd00::15' }] }, '10.16.0.15,fd00::15'],
    [
      ovn.ip_pool,
      '10.16.0.15,fd00::15;10.16.0.16,fd00::16',
      {
        entries: [
          { v4: '10.16.0.15', v6: 'fd00::15' },
          { v4: '10.16.0.16', v6: 'fd00::16' },
        ],
      },
      '10.16.0.15,fd00::15;10.16.0.16,fd00::16',
    ],
    [nodeAnnotations.node_networks, '{"storage":"192.168.100.10"}', { storage: '192.168.100.10' }, '{"storage":"192.168.100.10"}'],
    [
      namespaceAnnotations.exclude_ips,
      '10.16.0.1,10.16.0.5..10.16.0.9;10.17.0.1',
      [['10.16.0.1', '10.16.0.5..10.16.0.9'], ['10.17.0.1']],
      '10.16.0.1,10.16.0.5..10.16.0.9;10.17.0.1',
    ],
    [
      namespaceAnnotations.cidr,
      '10.16.0.0/16,fd00::/112;10.17.0.0/16',
      [{ v4: '10.16.0.0/16', v6: 'fd00::/112' }, { v4: '10.17.0.0/16' }],
      '10.16.0.0/16,fd00::/112;10.17.0.0/16',
    ],
    [networkPolicyAnnotations.network_policy_enforcement, 'lax', 'lax', 'lax'],
    [
      ovn.bgp_communities,
      '65000:0100, no-export,65000:1:4294967295',
      ['65000:100', '65535:65281', '65000:1:4294967295'],
      '65000:100,65535:65281,65000:1:4294967295',
    ],
  ] as const)('%o: %s', (annotation, text, value, printed) => {
    expect(annotation.read(on(annotation.key, text))).toEqual({ ok: true, value });
    expect(annotation.entry(value as never)).toEqual({ [annotation.key]: printed });
    expect(annotation.read(on(annotation.key, printed))).toEqual({ ok: true, value });
  });

  test('absent is not a problem', () => {
    expect(ovn.ip_address.read({ metadata: { name: 'web-0' } })).toEqual({ ok: true, value: undefined });
  });

  test.each([
    [ovn.ip_address, ''],
    [ovn.ip_address, '10.16.0.300'],
    [ovn.ip_address, '10.16.0.1,10.16.0.2'],
    [ovn.ip_address, '10.16.0.1,fd00::1,fd00::2'],
    [ovn.mac_address, '00:00:00:53:6B'],
    [ovn.ip_family, 'Dual'],
    [ovn.allocated, 'yes'],
    [ovn.vlan_id, '4096'],
    [ovn.ingress_rate, '-1'],
    [ovn.ingress_rate, '1.5'],
    [ovn.ingress_rate, ' '],
    [ovn.loss, '101'],
    [ovn.routes, '{"dst":"10.0.0.0/8"}'],
    [ovn.routes, '[{"dst":"10.0.0.0/80","gw":"1.2.3.4"}]'],
    [ovn.routes, '[{}]'],
    [ovn.routes, '[null]'],
    [ovn.routes, '[['],
    [ovn.ip_pool, '10.16.0.300'],
    [ovn.ip_pool, '10.16.0.1,pool-a'],
    [ovn.ip_pool, '10.16.0.1,10.16.0.2;10.16.0.3'],
    [ovn.ip_pool, ' '],
    [ovn.bgp_communities, '65536:1'],
    [ovn.bgp_communities, '1:2:3:4'],
    [ovn.bgp_communities, 'no-such-name'],
    [nodeAnnotations.node_networks, '{"storage":"here"}'],
    [nodeAnnotations.node_networks, '["192.168.100.10"]'],
    [namespaceAnnotations.cidr, '10.16.0.0/16;10.17.0.0'],
  ] as const)('%o: %j is refused', (annotation, text) => {
    expect(annotation.read(on(annotation.key, text))).toMatchObject({
      ok: false,
      problem: { code: 'API_BAD_ANNOTATION', field: `metadata.annotations[${annotation.key}]`, value: text },
    });
  });

  test('a problem names object, field, value and the way out', () => {
    const reading = ovn.ip_address.read(on('ovn.kubernetes.io/ip_address', '10.16.0.300'));
    expect(reading.ok ? '' : reading.problem.message).toBe(
      'Pod shop/web-0: metadata.annotations[ovn.kubernetes.io/ip_address] is "10.16.0.300": must be an IPv4 address, an IPv6 address, or both as "v4,v6"',
    );
  });

  test('an enormous value is neither parsed nor repeated', () => {
    const reading = ovn.security_groups.read(on('ovn.kubernetes.io/security_groups', 'a,'.repeat(100_000)));
    expect(reading.ok).toBe(false);
    expect(reading.ok ? 0 : reading.problem.message.length).toBeLessThan(500);
  });
});
