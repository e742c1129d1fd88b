import { describe, expect, test } from 'vitest';
import { readBandwidth, type BandwidthSource, type FindPolicy } from './bandwidth.ts';
import type { QoSPolicy } from './crds/qos-policy.ts';
import { readQosPolicy } from './qos-policy.ts';

type Values = Readonly<Record<string, string>>;

const under = (provider: string, values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`${provider}.kubernetes.io/${key}`, value]));
const source = (kind: BandwidthSource['kind'], values: Values, provider = 'ovn'): BandwidthSource => ({
  kind,
  provider,
  object: { metadata: { name: 'web', ...(kind === 'Pod' ? { namespace: 'shop' } : {}), annotations: under(provider, values) } },
});
const policy = (spec: object): QoSPolicy => ({ metadata: { name: 'gold' }, spec }) as QoSPolicy;
const rule = (direction: string, rateMax: string, more: object = {}) => ({ name: direction, direction, rateMax, ...more });
const gold = policy({ shared: true, bindingType: 'POD', bandwidthLimitRules: [rule('ingress', '100', { burstMax: '2' })] });
const find: FindPolicy = (name) => (name === 'gold' ? readQosPolicy(gold) : undefined);
const read = (...sources: BandwidthSource[]) => readBandwidth(sources, find);

describe('readBandwidth', () => {
  test('the pod goes before the Namespace, and that before the Subnet, each direction by itself', () => {
    const sources = [
      source('Pod', { egress_rate: '5' }),
      source('Namespace', { egress_rate: '7', ingress_rate: '8', ingress_burst: '2' }),
      source('Subnet', { ingress_rate: '9', dscp: '46' }),
    ];
    expect(read(...sources)).toEqual({
      ingress: { value: { mbit: 8, burstMbit: 2 }, isKept: false },
      egress: { value: { mbit: 5 }, isKept: false },
      disturbance: { value: undefined, isKept: false },
      dscp: { value: 46, isKept: false },
      problems: [],
    });
  });

  test('a rate of 0 lifts what stands farther', () => {
    expect(read(source('Pod', { ingress_rate: '0' }), source('Subnet', { ingress_rate: '9' })).ingress.value).toEqual({ mbit: 0 });
  });

  test('a further interface has annotations of its own', () => {
    const nic = source('Pod', { ...under('ovn', { egress_rate: '1' }) }, 'net.shop.ovn');
    expect(read(nic).egress.value).toBeUndefined();
    expect(read(source('Pod', { egress_rate: '2' }, 'net.shop.ovn')).egress.value).toEqual({ mbit: 2 });
  });

  test('a policy counts for what stands beside it states no rate', () => {
    const { ingress, egress } = read(source('Pod', { qos_policy: 'gold', egress_rate: '3' }), source('Subnet', { ingress_rate: '9' }));
    expect([ingress.value, egress.value]).toEqual([{ mbit: 100, burstMbit: 16 }, { mbit: 3 }]);
    expect(read(source('Pod', { qos_policy: 'gold', ingress_rate: '3' })).ingress.value).toEqual({ mbit: 3 });
  });

  test.each([
    ['ingress_rate', 'fast', 'must be a whole number of Mbit/s from 0 to 1000000'],
    ['ingress_rate', '-1', 'must be a whole number'],
    ['ingress_burst', '3', 'has no effect alone; state ovn.kubernetes.io/ingress_rate beside it'],
    ['qos_policy', 'silver', 'is no QoSPolicy; create it'],
  ])('%s "%s" is told, and keeps what is in force', (key, value, said) => {
    const { ingress, problems } = read(source('Pod', { [key]: value }), source('Subnet', { ingress_rate: '9' }));
    expect(ingress).toEqual({ value: { mbit: 9 }, isKept: true });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ object: 'Pod shop/web', field: `metadata.annotations[ovn.kubernetes.io/${key}]`, value });
    expect(problems[0]?.message).toContain(said);
  });

  test('delay and loss are one wish', () => {
    const { disturbance } = read(source('Pod', { latency: '20', loss: '0.5' }));
    expect(disturbance.value).toEqual({ latencyMs: 20, jitterMs: 0, lossPercent: 0.5, limitPackets: 0 });
    expect(read(source('Pod', { latency: '20', loss: 'much' })).disturbance).toEqual({ value: undefined, isKept: true });
  });
});

describe('readQosPolicy', () => {
  test.each([
    ['bindingType', { bindingType: 'NATGW', shared: true }, 'limits of a VpcNatGateway and of its addresses are not carried out'],
    ['bindingType', { bindingType: 'EIP', shared: true }, 'write POD'],
    ['shared', { bindingType: 'POD' }, 'must be true'],
    ['bandwidthLimitRules[0].rateMax', { bindingType: 'POD', shared: true, bandwidthLimitRules: [rule('egress', '1e9')] }, 'Mbit/s'],
    [
      'bandwidthLimitRules[1].direction',
      { bindingType: 'POD', shared: true, bandwidthLimitRules: [rule('egress', '1'), rule('egress', '2')] },
      'one rule alone',
    ],
    [
      'bandwidthLimitRules[0].matchValue',
      { bindingType: 'POD', shared: true, bandwidthLimitRules: [rule('egress', '1', { matchType: 'ip', matchValue: 'src 10.0.0.0/8' })] },
      'for all of its packets',
    ],
  ])('refuses %s', (field, spec, said) => {
    const reading = readQosPolicy(policy(spec));
    expect(reading).toMatchObject({ ok: false, problem: { object: 'QoSPolicy gold', field: `spec.${field}` } });
    expect(JSON.stringify(reading)).toContain(said);
  });

  test('a policy keeps limits and explains why when it can not be in force', () => {
    const bad = readBandwidth([source('Pod', { qos_policy: 'gold' })], () => readQosPolicy(policy({ bindingType: 'EIP' })));
    expect(bad.egress).toEqual({ value: undefined, isKept: true });
    expect(bad.problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/qos_policy.*can not be in force: QoSPolicy gold: spec.bindingType/),
    ]);
  });
});
