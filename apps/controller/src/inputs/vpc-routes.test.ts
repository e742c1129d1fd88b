import { describe, expect, it } from 'vitest';
import { noRoutes, readVpcRoutes, type RouteFields } from './vpc-routes.ts';
import { acceptedRoutesText, readVpc } from './vpc.ts';

const read = (spec: RouteFields) => readVpcRoutes('red', spec);

describe('readVpcRoutes', () => {
  it('reads routes, policies and links in the forms that rows want', () => {
    const { routes, problems } = read({
      staticRoutes: [
        { cidr: '0.0.0.0/0', nextHopIP: '10.0.1.254', policy: 'policyDst' },
        { cidr: '10.0.0.7/24', nextHopIP: '10.0.1.253', policy: 'policySrc', ecmpMode: 'ecmp_symmetric_reply', routeTable: 'blue' },
        { cidr: 'FD00::1', nextHopIP: 'fd00:1::FE' },
      ],
      policyRoutes: [
        { priority: 11, action: 'drop', match: 'ip4.src==10.0.1.0/24 && ip4.dst==10.0.1.250' },
        { priority: 12, action: 'reroute', match: 'ip4', nextHopIP: '10.0.1.9, 10.0.1.8' },
      ],
      vpcPeerings: [{ remoteVpc: 'blue', localConnectIP: '169.254.0.1/30,FD00:9::1/126' }],
    });
    expect(problems).toEqual([]);
    expect(
      routes.staticRoutes.map(({ policy, prefix, nextHop, isSymmetric, routeTable }) => [policy, prefix, nextHop, isSymmetric, routeTable]),
    ).toEqual([
      ['dst-ip', '0.0.0.0/0', '10.0.1.254', false, ''],
      ['src-ip', '10.0.0.0/24', '10.0.1.253', true, 'blue'],
      ['dst-ip', 'fd00::1/128', 'fd00:1::fe', false, ''],
    ]);
    expect(routes.policyRoutes.map(({ action, nextHops }) => [action, nextHops])).toEqual([
      ['drop', []],
      ['reroute', ['10.0.1.8', '10.0.1.9']],
    ]);
    expect(routes.peerings).toEqual([{ remote: 'blue', networks: ['169.254.0.1/30', 'fd00:9::1/126'] }]);
  });

  const route = { cidr: '10.0.0.0/24', nextHopIP: '10.0.1.254' };
  const policy = { priority: 1, match: 'ip4', action: 'allow' as const };
  it.each<[string, RouteFields, readonly string[]]>([
    ['a block', { staticRoutes: [route, { ...route, cidr: '10.0.0.0/40' }] }, ['spec.staticRoutes[1].cidr', '"10.0.0.0/40"']],
    ['a next hop', { staticRoutes: [{ ...route, nextHopIP: '10.0.1.254/24' }] }, ['staticRoutes[0].nextHopIP', '"10.0.1.254/24"']],
    [
      'a next hop of the other family',
      { staticRoutes: [{ ...route, nextHopIP: 'fd00::1' }] },
      ['nextHopIP', '"fd00::1"', 'another family'],
    ],
    ['a route table', { staticRoutes: [{ ...route, routeTable: 'a b' }] }, ['routeTable', '"a b"']],
    ['a priority', { policyRoutes: [{ ...policy, priority: 40_000 }] }, ['policyRoutes[0].priority', '"40000"', '32767']],
    ['a match', { policyRoutes: [{ ...policy, match: ' ' }] }, ['policyRoutes[0].match']],
    [
      'an action',
      { policyRoutes: [{ ...policy, action: 'deny' as 'drop' }] },
      ['policyRoutes[0].action', '"deny"', 'allow, drop, reroute'],
    ],
    ['a reroute to nowhere', { policyRoutes: [{ ...policy, action: 'reroute' }] }, ['nextHopIP', 'is empty']],
    ['next hops of two families', { policyRoutes: [{ ...policy, action: 'reroute', nextHopIP: '10.0.0.1,fd00::1' }] }, ['of one family']],
    ['a next hop of drop', { policyRoutes: [{ ...policy, action: 'drop', nextHopIP: '10.0.0.1' }] }, ['of no use to drop']],
    [
      'two of one priority and match',
      { policyRoutes: [policy, { ...policy, action: 'drop' }] },
      ['policyRoutes[1].match', 'policyRoutes[0]'],
    ],
    [
      'a link without prefix length',
      { vpcPeerings: [{ remoteVpc: 'b', localConnectIP: '169.254.0.1' }] },
      ['localConnectIP', '"169.254.0.1"'],
    ],
    ['a link to itself', { vpcPeerings: [{ remoteVpc: 'red', localConnectIP: '169.254.0.1/30' }] }, ['remoteVpc', '"red"', 'itself']],
    ['a link to nobody', { vpcPeerings: [{ localConnectIP: '169.254.0.1/30' }] }, ['remoteVpc', 'is empty']],
    ['far too many', { staticRoutes: Array.from({ length: 3_000 }, () => route) }, ['are too many']],
  ])('%s that can not be used is told with field and value, and keeps all from being used', (_name, spec, parts) => {
    const { routes, problems } = read(spec);
    expect(routes).toEqual(noRoutes);
    expect(problems.length).toBeGreaterThan(0);
    const message = problems.map((each) => each.message).join(' | ');
    for (const part of ['Vpc red', ...parts]) expect(message).toContain(part);
  });
});

describe('readVpc', () => {
  const good: RouteFields = { staticRoutes: [{ cidr: '10.9.0.0/16', nextHopIP: '10.0.0.9' }] };
  const edited = (annotation: string) =>
    readVpc(
      {
        metadata: { name: 'red', annotations: { 'ovn.kubernetes.io/accepted-spec': annotation } },
        spec: { staticRoutes: [{ cidr: 'x', nextHopIP: '10.0.0.9' }] },
      },
      'ovn-cluster',
    );

  it('a mistake leaves all routes as they were accepted', () => {
    const vpc = edited(acceptedRoutesText(good) ?? '');
    expect(vpc.problems.map(({ field }) => field)).toEqual(['spec.staticRoutes[0].cidr']);
    expect(vpc.routes.staticRoutes.map(({ prefix }) => prefix)).toEqual(['10.9.0.0/16']);
  });

  it.each(['', '7', '[]', '{"staticRoutes":7}', '{"staticRoutes":[null]}', '{"policyRoutes":[{"priority":"high"}]}'])(
    'a spoilt annotation %j is as good as none',
    (annotation) => {
      expect(edited(annotation).routes).toEqual(noRoutes);
    },
  );
});
