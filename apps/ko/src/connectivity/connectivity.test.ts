import type { Node, Service } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { type MatrixFacts, openQuestions, policyQuestions } from './matrix.ts';
import { bedPods, openService, policies, PODS } from './objects.ts';
import { checkOf, printConnectivity } from './report.ts';

const node = (name: string, ...addresses: readonly string[]): Node => ({
  metadata: { name },
  status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
});

const service = {
  ...openService('ns'),
  spec: {
    clusterIPs: ['10.96.0.7', 'fd00:96::7'],
    ports: [
      { port: 8080, protocol: 'TCP', nodePort: 30_001 },
      { port: 8080, protocol: 'UDP', nodePort: 30_002 },
    ],
  },
} as unknown as Service;

function facts({
  families = [4, 6],
  isAlone = false,
}: { readonly families?: readonly (4 | 6)[]; readonly isAlone?: boolean } = {}): MatrixFacts {
  const names = bedPods({ here: 'a', there: isAlone ? undefined : 'b' }).map(({ name }) => name);
  const addresses = (i: number) => families.map((family) => ({ family, address: family === 4 ? `10.0.0.${i}` : `fd00::${i}` }));
  return {
    namespace: 'ns',
    pods: new Map(names.map((name, i) => [name, addresses(i)])),
    service,
    nodes: [node('a', '192.0.2.1', '2001:db8::1'), ...(isAlone ? [] : [node('b', '192.0.2.2', '2001:db8::2')])],
    hasDns: true,
    clusterDomain: 'cluster.local',
    external: [{ host: '203.0.113.10', port: 443 }],
    timeoutMs: 1,
  };
}

const lines = (all: ReturnType<typeof openQuestions>) =>
  all.map(
    ({ what, from, to, probe: { protocol, address, port, family } }) =>
      `${what} | ${from} > ${to} | ${protocol}${family} ${address} ${port}`,
  );

describe('the matrix', () => {
  it('asks pods, services by address and name, ports of nodes and the outside, in each family', () => {
    const asked = lines(openQuestions(facts()));
    for (const wanted of [
      'pod to pod on the same node | client > near | udp4 10.0.0.3 8080',
      'pod to pod on another node | client > far | tcp6 fd00::4 8080',
      'pod to address of a service | client > open | tcp6 fd00:96::7 8080',
      'pod to name of a service | client > open | tcp4 open.ns.svc.cluster.local 8080',
      'pod to a port of its node | client > open at a | tcp4 192.0.2.1 30001',
      'pod to a port of another node | client > open at b | udp6 2001:db8::2 30002',
      'node to a pod of another node | node > far | tcp4 10.0.0.4 8080',
      'pod to the outside | client > outside | connect4 203.0.113.10 443',
    ])
      expect(asked).toContain(wanted);
    expect(asked.filter((line) => line.startsWith('pod to the outside'))).toHaveLength(1);
  });

  it('knows that any server of a service may answer, and that what is denied shall be answered by nobody', () => {
    const expected = (all: ReturnType<typeof openQuestions>, what: string) => [
      ...new Set(all.filter((question) => question.what.startsWith(what)).map(({ probe }) => probe.expected.join())),
    ];
    expect(expected(openQuestions(facts()), 'pod to address')).toEqual(['near,far']);
    expect(expected(policyQuestions(facts()), 'denied')).toEqual(['']);
    expect(expected(policyQuestions(facts()), 'allowed')).toEqual(['guarded']);
  });

  it('has seen everything that policies deny pass without them', () => {
    const way = ({ from, to, probe }: ReturnType<typeof openQuestions>[number]) => `${from} ${to} ${probe.protocol} ${probe.address}`;
    const before = new Set(openQuestions(facts()).map(way));
    const denied = policyQuestions(facts()).filter(({ probe }) => probe.expected.length === 0);
    expect(denied.filter((question) => !before.has(way(question)))).toEqual([]);
    expect(denied).toHaveLength(6);
  });

  it('on one node of one family asks nothing of others', () => {
    const asked = lines(openQuestions({ ...facts({ families: [4], isAlone: true }), hasDns: false }));
    expect(asked.filter((line) => /another node|name of a service|(?:tcp|udp)6/.test(line))).toEqual([]);
    expect(asked.length).toBeGreaterThan(5);
  });

  it('selects with its policies and its service the pods that it makes', () => {
    const roles = new Map(bedPods({ here: 'a', there: 'b' }).map(({ name, labels }) => [name, labels?.['ko/role']]));
    const [guard, mute] = policies('ns');
    expect(guard?.spec?.podSelector?.matchLabels?.['ko/role']).toBe(roles.get(PODS.guarded));
    expect(guard?.spec?.ingress?.[0]?.from?.[0]?.podSelector?.matchLabels?.['ko/role']).toBe(roles.get(PODS.client));
    expect(mute?.spec?.podSelector?.matchLabels?.['ko/role']).toBe(roles.get(PODS.mute));
    expect([roles.get(PODS.near), roles.get(PODS.far)]).toEqual([
      openService('ns').spec?.selector?.['ko/role'],
      openService('ns').spec?.selector?.['ko/role'],
    ]);
  });
});

describe('the report', () => {
  it('has a line for each question, and says what came instead', () => {
    const [first, second] = openQuestions(facts());
    const checks = [
      checkOf(first!, { isAsExpected: true, answer: 'near', attempts: 1 }),
      checkOf(second!, { isAsExpected: false, error: 'no answer', attempts: 9 }),
    ];
    expect(printConnectivity({ ok: false, nodes: ['a', 'b'], checks, left: ['the outside: give --external'] })).toBe(
      `ok      pod to pod on the same node  IPv4  tcp  client > near  10.0.0.3:8080
FAILED  pod to pod on the same node  IPv4  udp  client > near  10.0.0.3:8080  wanted near, got no answer
not asked: the outside: give --external
1 of 2 not as expected (on a and b)`,
    );
  });
});
