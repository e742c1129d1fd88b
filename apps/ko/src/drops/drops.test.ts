import { describe, expect, it } from 'vitest';
import { readAclRecord } from './acl-log.ts';
import { decisions, printDecisions, ruleOwner } from './drops.ts';

/** Lines of ovn-controller 23.03.1. */
const ICMP =
  '2026-11-28T15:12:01.402Z|00012|acl_log(ovn_pinctrl0)|INFO|name="np/shop/told/ingress", verdict=drop, severity=warning, direction=to-lport: icmp,vlan_tci=0x0000,dl_src=00:00:00:aa:bb:01,dl_dst=00:00:00:aa:bb:02,nw_src=10.16.0.3,nw_dst=10.16.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,icmp_type=8,icmp_code=0';
const TCP6 =
  '2026-11-28T15:12:03.000Z|00013|acl_log(ovn_pinctrl0)|INFO|name="anp/guard/egress/2", verdict=allow, severity=info, direction=from-lport: tcp6,vlan_tci=0x0000,dl_src=00:00:00:aa:bb:01,dl_dst=00:00:00:aa:bb:02,ipv6_src=fd00::3,ipv6_dst=fd00::2,ipv6_label=0x00000,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=40000,tp_dst=80,tcp_flags=syn';

describe('records', () => {
  it('are read as ovn-controller writes them', () => {
    expect(readAclRecord(ICMP)).toEqual({
      rule: 'np/shop/told/ingress',
      verdict: 'drop',
      protocol: 'icmp',
      from: '10.16.0.3',
      to: '10.16.0.2',
      port: undefined,
      time: '2026-11-28T15:12:01.402Z',
    });
    expect(readAclRecord(TCP6)).toMatchObject({ protocol: 'tcp6', from: 'fd00::3', to: 'fd00::2', port: 80 });
  });

  it.each([
    '',
    '2026-11-28T15:12:01.402Z|00002|reconnect|INFO|tcp:10.255.0.100:6642: connected',
    ICMP.replace('icmp,', 'arp,').replace(/nw_src.*$/, 'arp_spa=10.16.0.3'),
    ICMP.slice(0, 90),
  ])('are not seen in %j', (line) => {
    expect(readAclRecord(line)).toBeUndefined();
  });
});

describe('decisions', () => {
  it('are those of a policy, in its words', () => {
    expect(ruleOwner('np/shop/told/ingress')).toEqual({ policy: 'NetworkPolicy shop/told', rule: 'ingress' });
    expect(ruleOwner('anp/guard/egress/2')).toEqual({ policy: 'AdminNetworkPolicy guard', rule: 'egress rule 2' });
    expect(ruleOwner('somebody-else')).toEqual({ policy: 'somebody-else', rule: '' });
    expect(ruleOwner('constructor/x')).toEqual({ policy: 'constructor/x', rule: '' });
  });

  it('are counted by policy, rule and pods, the most frequent first', () => {
    const records = [TCP6, ICMP, ICMP.replace('15:12:01', '15:12:09')].flatMap((line) => readAclRecord(line) ?? []);
    const found = decisions(records, (address) => (address === '10.16.0.3' ? 'pod shop/stranger' : address));
    expect(found).toEqual([
      {
        policy: 'NetworkPolicy shop/told',
        rule: 'ingress',
        verdict: 'drop',
        from: 'pod shop/stranger',
        to: '10.16.0.2',
        what: 'icmp',
        count: 2,
        last: '2026-11-28T15:12:09.402Z',
      },
      expect.objectContaining({ policy: 'AdminNetworkPolicy guard', rule: 'egress rule 2', what: 'tcp6 80', count: 1 }),
    ]);
    expect(printDecisions(found).split('\n')[1]).toMatch(
      /^2 +drop +NetworkPolicy shop\/told +ingress +pod shop\/stranger +10\.16\.0\.2 +icmp +2026/,
    );
    expect(printDecisions([])).toBe('no rule with a log has told anything');
  });
});
