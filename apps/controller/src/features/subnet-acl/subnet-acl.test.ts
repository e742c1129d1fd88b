import { parsePrefix } from '@kube-ovn/ipam';
import { describe, expect, it } from 'vitest';
import { readAcls } from '../../inputs/subnet-acls.ts';
import { subnetAclFragment } from './subnet-acl.formula.ts';

const block = (cidr: string, gateway: string) => ({ cidr, gateway, prefix: parsePrefix(cidr) });
const drop = { direction: 'to-lport', priority: 1100, match: 'icmp4', action: 'drop' } as const;
const allow = { direction: 'from-lport', priority: 1200, match: 'tcp', action: 'allow-related' } as const;
const subnet = {
  name: 'shop',
  isOvn: true,
  blocks: [block('10.66.0.0/16', '10.66.0.1'), block('fd00:66::/64', 'fd00:66::1')],
  acls: [drop, allow],
  allowEWTraffic: false,
};

describe('subnetAclFragment', () => {
  it('wants one row per rule, kept alive by the switch', () => {
    expect(subnetAclFragment(subnet)?.rows[0]).toEqual({
      table: 'ACL',
      key: 'shop/acl/to-lport/1100/drop/icmp4',
      columns: { ...drop, external_ids: { subnet: 'shop' } },
      parent: { table: 'Logical_Switch', key: 'shop', column: 'acls' },
    });
  });

  it('wants the same rows whatever the order and however often a rule is written', () => {
    const sorted = (acls: typeof subnet.acls) =>
      subnetAclFragment({ ...subnet, acls })?.rows.toSorted((a, b) => a.key.localeCompare(b.key));
    expect(sorted([allow, drop, allow])).toEqual(sorted([drop, allow]));
  });

  it('lets traffic inside the Subnet pass in both directions and families, ahead of the rules', () => {
    const inside = subnetAclFragment({ ...subnet, allowEWTraffic: true })?.rows.filter(({ columns }) => columns['priority'] === 1900);
    expect(inside?.map(({ columns }) => `${columns['direction'] as string} ${columns['match'] as string}`)).toEqual([
      'from-lport ip4.src == 10.66.0.0/16 && ip4.dst == 10.66.0.0/16',
      'to-lport ip4.src == 10.66.0.0/16 && ip4.dst == 10.66.0.0/16',
      'from-lport ip6.src == fd00:66::/64 && ip6.dst == fd00:66::/64',
      'to-lport ip6.src == fd00:66::/64 && ip6.dst == fd00:66::/64',
    ]);
  });

  it('wants nothing without rules, or where the switch is not ours', () => {
    expect(subnetAclFragment({ ...subnet, acls: [], allowEWTraffic: true })).toBeUndefined();
    expect(subnetAclFragment({ ...subnet, isOvn: false })).toBeUndefined();
  });
});

describe('readAcls', () => {
  it('refuses more text than an object can hold', () => {
    const acls = Array.from({ length: 1000 }, (_, index) => ({ ...drop, match: `ip4.src == 10.0.${index >> 8}.${index & 255} && tcp` }));
    expect(readAcls('Subnet shop', { acls }).problems[0]).toMatchObject({ field: 'spec.acls' });
  });

  it('reads rules as they are', () => {
    expect(readAcls('Subnet shop', { acls: [drop, allow] })).toEqual({ acls: [drop, allow], problems: [] });
  });

  it.each([
    ['action', { ...drop, action: 'pass' as const }, '"pass"'],
    ['priority', { ...drop, priority: 32_768 }, '"32768"'],
    ['direction', { ...drop, direction: 'both' as 'to-lport' }, '"both"'],
    ['match', { ...drop, match: 5 as unknown as string }, 'no match expression'],
    ['match', { ...drop, match: ' ' }, 'no match expression'],
    ['match', { ...drop, match: 'ip4\n|| 1' }, 'no match expression'],
    ['match', { ...drop, match: 'i'.repeat(8_193) }, 'no match expression'],
  ])('names a bad %s', (field, rule, said) => {
    const { acls, problems } = readAcls('Subnet shop', { acls: [allow, rule] });
    expect(acls).toEqual([allow]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ object: 'Subnet shop', field: `spec.acls[1].${field}` });
    expect(problems[0]?.message).toContain(said);
  });
});
