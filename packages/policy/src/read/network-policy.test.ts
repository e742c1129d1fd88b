import { describe, expect, it } from 'vitest';
import { readNetworkPolicy } from './network-policy.ts';

type Spec = Parameters<typeof readNetworkPolicy>[0]['spec'];

const read = (spec: unknown, annotations: Record<string, string> = {}) =>
  readNetworkPolicy({ metadata: { name: 'np', namespace: 'shop', annotations }, spec: spec as NonNullable<Spec> });

describe('readNetworkPolicy', () => {
  it.each([
    [{}, ['ingress']],
    [{ egress: [] }, ['ingress']],
    [{ egress: [{}] }, ['ingress', 'egress']],
    [{ policyTypes: ['Egress'] }, ['egress']],
    [{ policyTypes: ['Egress', 'Ingress'] }, ['ingress', 'egress']],
  ])('directions of %j', (spec, isolates) => {
    expect(read({ podSelector: {}, ...spec })).toMatchObject({ value: { isolates }, problems: [] });
  });

  it('an absent podSelector selects every pod of the namespace; a missing spec isolates them', () => {
    const { value, problems } = readNetworkPolicy({ metadata: { name: 'np' } });
    expect(value.subject).toEqual({ namespaces: { kind: 'name', name: 'default' }, pods: { requirements: [] } });
    expect(value.isolates).toEqual(['ingress']);
    expect(problems).toEqual([]);
  });

  it('empty peers and ports are any, a peer by podSelector is of the own namespace', () => {
    const { value } = read({ podSelector: {}, ingress: [{}, { from: [], ports: [] }, { from: [{ podSelector: {} }] }] });
    expect(value.ingress[0]).toEqual(value.ingress[1]);
    expect(value.ingress[0]).toEqual({ action: 'allow', peers: 'any', ports: 'any' });
    expect(value.ingress[2]?.peers).toEqual([
      { kind: 'pods', set: { namespaces: { kind: 'name', name: 'shop' }, pods: { requirements: [] } } },
    ]);
  });

  it('blocks are canonical', () => {
    const { value } = read({ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 'FD00:0::1/64', except: ['fd00::8/125'] } }] }] });
    expect(value.ingress[0]?.peers).toEqual([{ kind: 'block', cidr: 'fd00::/64', except: ['fd00::8/125'] }]);
  });

  it.each([
    ['a port out of range', { ports: [{ port: 70_000 }] }, 'spec.ingress[0].ports[0]', [{ peers: 'any', ports: [] }]],
    ['a range that ends before it begins', { ports: [{ port: 90, endPort: 80 }] }, 'spec.ingress[0].ports[0]', [{ ports: [] }]],
    ['an unknown protocol', { ports: [{ protocol: 'ICMP', port: 1 }] }, 'spec.ingress[0].ports[0]', [{ ports: [] }]],
    ['a bad block', { from: [{ ipBlock: { cidr: '10.0.0.0/33' } }] }, 'spec.ingress[0].from[0].ipBlock.cidr', [{ peers: [] }]],
    [
      'a bad exception',
      { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['x'] } }] },
      'spec.ingress[0].from[0].ipBlock.except[0]',
      [{ peers: [] }],
    ],
    ['a peer with nothing', { from: [{}] }, 'spec.ingress[0].from[0]', [{ peers: [] }]],
    ['a peer of two kinds', { from: [{ podSelector: {}, ipBlock: { cidr: '::/0' } }] }, 'spec.ingress[0].from[0]', [{ peers: [] }]],
    [
      'an unknown operator',
      { from: [{ podSelector: { matchExpressions: [{ key: 'a', operator: 'Near', values: [] }] } }] },
      'spec.ingress[0].from[0].podSelector.matchExpressions[0].operator',
      [{ peers: [] }],
    ],
    ['peers that are no list', { from: 'all' }, 'spec.ingress[0].from', [{ peers: [] }]],
  ])('%s matches nothing, and is told with a way out', (_name, rule, field, rules) => {
    const { value, problems } = read({ podSelector: {}, ingress: [rule] });
    expect(value.ingress).toMatchObject(rules);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code: 'POLICY_BAD_FIELD', object: 'NetworkPolicy shop/np' });
    expect(problems[0]?.field.startsWith(field)).toBe(true);
    expect(problems[0]?.message).toContain(problems[0]?.hint ?? 'a hint');
    expect(value.isolates).toEqual(['ingress']);
  });

  it('a podSelector that can not be read closes the namespace', () => {
    const podSelector = { matchExpressions: [{ key: 'a', operator: 'In', values: [] }] };
    const { value, problems } = read({ podSelector, ingress: [{}] });
    expect(value).toMatchObject({ subject: { pods: { requirements: [] } }, ingress: [], isolates: ['ingress'] });
    expect(problems.map(({ field }) => field)).toEqual(['spec.podSelector.matchExpressions[0].values']);
  });

  it.each([[{ podSelector: {}, ingress: [null] }], [7], [{ podSelector: {}, ingress: [{ from: [null] }] }]])(
    'what has not the shape of a NetworkPolicy closes the namespace: %j',
    (spec) => {
      const { value, problems } = read(spec);
      expect(value).toMatchObject({ subject: { pods: { requirements: [] } }, isolates: expect.arrayContaining(['ingress']) });
      expect(value.ingress.every(({ peers }) => peers !== 'any')).toBe(true);
      expect(problems).toHaveLength(1);
    },
  );

  it('an unknown policy type closes both directions', () => {
    const { value, problems } = read({ podSelector: {}, policyTypes: ['Inward'] });
    expect(value.isolates).toEqual(['ingress', 'egress']);
    expect(problems.map(({ value: found }) => found)).toEqual(['Inward']);
  });

  it('reads the annotations for logging, enforcement and networks', () => {
    const prefix = 'ovn.kubernetes.io/';
    const { value, problems } = read(
      { podSelector: {} },
      {
        [`${prefix}enable_log`]: 'true',
        [`${prefix}log_acl_actions`]: 'allow, drop',
        [`${prefix}acl_log_meter_rate`]: '7',
        [`${prefix}network_policy_enforcement`]: 'lax',
        [`${prefix}network_policy_for`]: 'shop/net1, ovn',
      },
    );
    expect(value).toMatchObject({ logging: { allow: true, drop: true, rate: 7 }, enforcement: 'lax', networks: ['ovn', 'shop/net1'] });
    expect(problems).toEqual([]);
  });

  it('says which rate of logging is none', () => {
    const { value, problems } = read(
      { podSelector: {} },
      { 'ovn.kubernetes.io/enable_log': 'true', 'ovn.kubernetes.io/acl_log_meter_rate': '-1' },
    );
    expect(value.logging).toEqual({ allow: false, drop: true, rate: 100 });
    expect(problems.map(({ field, value: found }) => [field, found])).toEqual([['ovn.kubernetes.io/acl_log_meter_rate', '-1']]);
  });
});
