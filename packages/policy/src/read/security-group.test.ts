import { describe, expect, it } from 'vitest';
import { readSecurityGroup } from './security-group.ts';

type Spec = NonNullable<Parameters<typeof readSecurityGroup>[0]['spec']>;

const read = (spec: Spec) => readSecurityGroup({ metadata: { name: 'sg' }, spec });
const rule = { ipVersion: 'ipv4', protocol: 'tcp', priority: 5, remoteType: 'address', remoteAddress: '10.0.0.1', policy: 'allow' };

describe('readSecurityGroup', () => {
  it('is a policy for each rule, and one that denies the rest', () => {
    const { value, problems } = read({ ingressRules: [{ ...rule, portRangeMin: 80, portRangeMax: 90 }], allowSameGroupTraffic: true });
    expect(problems).toEqual([]);
    expect(value.map(({ part, tier, priority, ingress, egress }) => [part, tier, priority, ingress.length, egress.length])).toEqual([
      ['ingress/0', 'securityGroup', 5, 1, 0],
      ['same', 'securityGroup', 16_385, 1, 1],
      ['rest', 'securityGroup', 16_386, 1, 1],
    ]);
    expect(value[0]?.ingress[0]).toEqual({
      action: 'allow',
      peers: [{ kind: 'block', cidr: '10.0.0.1/32', except: [] }],
      ports: [{ kind: 'range', protocol: 'TCP', first: 80, last: 90 }],
    });
  });

  it.each([
    [{ localAddress: '10.0.0.2' }, { local: '10.0.0.2/32' }],
    [{ localAddress: '10.0.0.9/24' }, { local: '10.0.0.0/24' }],
    [
      { localAddress: '0.0.0.0/0', sourcePortRangeMin: 1000, sourcePortRangeMax: 1000 },
      { local: '0.0.0.0/0', sourcePorts: { first: 1000, last: 1000 } },
    ],
    [{ localAddress: '', portRangeMin: 80, portRangeMax: 80 }, {}],
  ])('reads the own end of a rule: %o', (change, wanted) => {
    const { value, problems } = read({ egressRules: [{ ...rule, ...change }] });
    expect(problems).toEqual([]);
    const { action, peers, ports, ...near } = value[0]?.egress[0] ?? {};
    expect([action, peers, ports].every(Boolean)).toBe(true);
    expect(near).toEqual(wanted);
  });

  it('of tier 0 that passes denies in tier 1 what nobody allows there; of tier 1 is not asked in tier 0', () => {
    const parts = (spec: Spec) => read(spec).value.map(({ part, tier }) => `${tier} ${part}`);
    expect(parts({ ingressRules: [{ ...rule, policy: 'pass' }] })).toContain('lowerSecurityGroup passed');
    expect(parts({ tier: 1 })).toEqual(['lowerSecurityGroup rest', 'securityGroup tier']);
  });

  it.each([
    ['ipVersion', { ipVersion: 'ipv5' }],
    ['priority', { priority: 16_385 }],
    ['policy', { policy: 'permit' }],
    ['protocol', { protocol: 'sctp' }],
    ['remoteAddress', { remoteAddress: 'fd00::1' }],
    ['portRangeMin', { portRangeMin: 90, portRangeMax: 80 }],
    ['portRangeMin', { portRangeMin: 90 }],
    ['localAddress', { localAddress: 'fd00::2' }],
    ['sourcePortRangeMin', { localAddress: '10.0.0.2', sourcePortRangeMax: 90 }],
    ['sourcePortRangeMin', { localAddress: '10.0.0.2', sourcePortRangeMin: 90, sourcePortRangeMax: 70_000 }],
    ['sourcePortRangeMin', { sourcePortRangeMin: 80, sourcePortRangeMax: 90 }],
    ['remoteSecurityGroup', { remoteType: 'securityGroup' }],
  ])('a bad %s: what allows is left out, what denies is widened, and it is told', (field, change) => {
    const { value, problems } = read({ ingressRules: [{ ...rule, ...change }], egressRules: [{ ...rule, policy: 'drop', ...change }] });
    expect(problems.map((one) => one.field)).toEqual([`spec.ingressRules[0].${field}`, `spec.egressRules[0].${field}`]);
    expect(value.filter(({ ingress }) => ingress.some(({ action }) => action === 'allow'))).toEqual([]);
    expect(value.find(({ part }) => part === 'egress/0')?.egress[0]).toMatchObject({ action: 'deny', ports: 'any' });
  });

  it('a tier that is none is tier 0', () => {
    const { value, problems } = read({ tier: 2 });
    expect(value.map(({ tier }) => tier)).toEqual(['securityGroup']);
    expect(problems.map(({ field }) => field)).toEqual(['spec.tier']);
  });
});
