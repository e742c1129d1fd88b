/** The interpreter of ACLs, which other tests lean on, judges as ovn-trace does on a real Northbound database. */
import type { Fragment, WantedRow } from '@kube-ovn/ovsdb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { flowIn, pick } from '../src/testing/flows.ts';
import { inhabitants, type Inhabitants } from '../src/testing/cluster.ts';
import { podAddresses, podName } from '../src/verdict/flow.ts';
import { journeyOf, pipelineOf } from './support/by-acls.ts';
import { podStations, portOf, topologyFragment } from './support/topology.ts';
import { TracedOvn } from './support/traced-ovn.ts';

let ovn: TracedOvn;
beforeAll(async () => {
  ovn = await TracedOvn.start();
});
afterAll(() => ovn[Symbol.asyncDispose]());

const comparison = fc.constantFrom(
  'ip4.src == $some',
  'ip4.dst != $some',
  'ip4.src == $none',
  'ip4.dst != $none',
  'ip4.src == {10.16.0.8/30, 192.0.2.0/24}',
  'ip4.dst != {10.16.0.11, 10.17.0.12}',
  'ip6.src == fd00:10:16::/64',
  'ip6.dst != $some6',
  '!(ip4.src == 10.16.0.8/30)',
  '!(tcp.dst == 80 || udp.dst == 80)',
  'tcp.dst != 80',
  '79 <= tcp.dst <= 81',
  '!(79 <= udp.dst <= 81)',
  'tcp.dst == {53, 80}',
  'ip',
  'ip6',
  'tcp',
  '!(tcp.src == 1)',
  'udp || sctp',
  'icmp',
  'icmp4 || icmp6',
  '1',
);
const match = fc.tuple(fc.constantFrom('group', 'port', 'everyone'), comparison, comparison, fc.boolean());

const rules = fc.uniqueArray(
  fc.record({
    priority: fc.nat(40),
    direction: fc.constantFrom('to-lport', 'from-lport', 'after-lb'),
    action: fc.constantFrom('allow-related', 'allow-related', 'allow', 'drop', 'drop', 'reject'),
    match,
    holder: fc.constantFrom('group', 'one', 'two'),
  }),
  { maxLength: 8, selector: ({ priority }) => priority },
);

function fragmentOf(cluster: Inhabitants, wanted: typeof rules extends fc.Arbitrary<infer T> ? T : never): Fragment {
  const stations = podStations(cluster);
  const pods = cluster.pods.filter((pod) => stations.has(`${pod.metadata.namespace}/${pod.metadata.name}`));
  const ports = pods.filter((_, index) => index % 2 === 0).map((pod) => ({ ref: { table: 'Logical_Switch_Port', key: portOf(pod) } }));
  const set = (key: string, addresses: string[]): WantedRow => ({ table: 'Address_Set', key, columns: { addresses } });
  return {
    rows: [
      { table: 'Port_Group', key: 'group', columns: {} },
      set('some', ['10.16.0.10', '10.17.0.11', '192.0.2.0/24']),
      set('some6', ['fd00:10:16::10', '2001:db8::7']),
      set('none', []),
      ...wanted.map(({ priority, direction, action, match: [who, left, right, isBoth], holder }): WantedRow => {
        const side = direction === 'to-lport' ? 'outport' : 'inport';
        const subject = {
          group: `${side} == @group`,
          port: `${side} == "${pods[0] === undefined ? 'none' : portOf(pods[0])}"`,
          everyone: '1',
        }[who];
        return {
          table: 'ACL',
          key: `rule-${priority}`,
          columns: {
            priority,
            direction: direction === 'to-lport' ? 'to-lport' : 'from-lport',
            action,
            match: `${subject} && ((${left}) ${isBoth ? '&&' : '||'} (${right}))`,
            options: direction === 'after-lb' ? { 'apply-after-lb': 'true' } : {},
          },
          parent:
            who === 'group' || holder === 'group'
              ? { table: 'Port_Group', key: 'group', column: 'acls' }
              : { table: 'Logical_Switch', key: holder, column: 'acls' },
        };
      }),
    ],
    members: [{ table: 'Port_Group', key: 'group', column: 'ports', set: ports }],
  };
}

it('agrees with ovn-trace on random ACLs', async () => {
  await fc.assert(
    fc.asyncProperty(inhabitants, rules, fc.array(pick, { minLength: 15, maxLength: 15 }), async (cluster, wanted, picks) => {
      const fragment = fragmentOf(cluster, wanted);
      const journeys = picks.flatMap((one) => journeyOf(cluster, flowIn(cluster, one)) ?? []);
      await ovn.apply(
        new Map([
          ['topology', topologyFragment(cluster)],
          ['rules', fragment],
        ]),
      );
      const judge = pipelineOf(cluster, [fragment]);
      const told = (actions: readonly string[]) => journeys.map(({ flow }, index) => `${JSON.stringify(flow)}: ${actions[index]}`);
      const expected = told(journeys.map((journey) => judge(journey).action));
      expect(told(await ovn.trace(journeys, 'new'))).toEqual(expected);
      expect(told(await ovn.trace(journeys, 'established'))).toEqual(expected);
    }),
    { numRuns: 40, endOnFailure: true },
  );
}, 120_000);

function missing(what: string): never {
  throw new Error(`no ${what} was drawn`);
}

/** Two pods on two switches; @here holds one of them, @there the other, @nobody none. */
const twoPods = fc.sample(inhabitants, { numRuns: 500, seed: 1 }).find(({ pods }) => {
  const at = (subnet: string) =>
    pods.some(
      (pod) => pod.status?.podIPs?.[0]?.ip.startsWith(subnet) === true && pod.spec?.hostNetwork !== true && pod.status.phase === 'Running',
    );
  return at('10.16.') && at('10.17.');
});

it.each([['!tcp'], ['ip.proto != 6'], ['inport != "nobody"'], ['udp || inport == @there'], ['inport == @nobody || ip']])(
  'OVN loses a drop of "%s", and the interpreter refuses it',
  async (lost) => {
    const cluster = twoPods ?? missing('cluster');
    const live = cluster.pods.filter((pod) => podStations(cluster).has(podName(pod)) && podAddresses(pod).some((ip) => ip.includes('.')));
    const on = (subnet: string) => live.find((pod) => podStations(cluster).get(podName(pod))?.switch === subnet) ?? missing(subnet);
    const [here, there] = [on('one'), on('two')];
    const ref = (pod: typeof here) => ({ ref: { table: 'Logical_Switch_Port', key: portOf(pod) } });
    const fragment = (match: string): Fragment => ({
      rows: [
        { table: 'Port_Group', key: 'here', columns: { ports: [ref(here)] } },
        { table: 'Port_Group', key: 'there', columns: { ports: [ref(there)] } },
        { table: 'Port_Group', key: 'nobody', columns: { ports: [] } },
        {
          table: 'ACL',
          key: 'rule',
          columns: { priority: 1, direction: 'from-lport', action: 'drop', match },
          parent: { table: 'Port_Group', key: 'here', column: 'acls' },
        },
      ],
      members: [],
    });
    const flow = { from: { pod: podName(here) }, to: { pod: podName(there) }, protocol: 'UDP', port: 53, family: 4 } as const;
    const journey = journeyOf(cluster, flow) ?? missing('address');
    const by = async (match: string) => {
      await ovn.apply(
        new Map([
          ['topology', topologyFragment(cluster)],
          ['rules', fragment(match)],
        ]),
      );
      return ovn.trace([journey], 'new');
    };
    expect(await by('inport == @here && ip')).toEqual(['deny']);
    expect(await by(`inport == @here && (ip || ${lost})`)).toEqual(['allow']);
    expect(() => pipelineOf(cluster, [fragment(`inport == @here && (${lost})`)])(journey)).toThrow(/nominal|equality alone|has no port on/);
  },
);
