import type { Lease, Node, Pod } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import type { KubernetesFacts } from '../read/kubernetes.ts';
import { chassisFindings, type ChassisFacts } from './chassis.ts';
import { databaseFindings } from './databases.ts';
import { type Diagnosis, ofCheck } from './finding.ts';
import { programFindings, type ProgramFacts } from './programs.ts';
import { printReport, reportOf, unseenPart } from './report.ts';
import { exists, nodesOf, within } from './scope.ts';
import { warningFindings } from './warnings.ts';

const short = (findings: readonly Diagnosis[]): readonly string[] =>
  findings.map(({ severity, code, object }) => `${severity} ${code} ${object}`);

describe('databases', () => {
  const name = 'OVN_Northbound';

  it('with sound servers and a leader are no finding', () => {
    expect(databaseFindings({ name, servers: [{ name: 'a', wrong: undefined }], leaderless: undefined })).toEqual([]);
  });

  it('without a leader say so before the servers that are broken', () => {
    const servers = [
      { name: 'a', wrong: 'not connected' },
      { name: 'b', wrong: undefined },
    ];
    expect(short(databaseFindings({ name, servers, leaderless: 'no leader now' }))).toEqual([
      'error NO_DATABASE_LEADER OVN_Northbound',
      'error DATABASE_UNSOUND OVN_Northbound at a',
    ]);
  });
});

describe('chassis', () => {
  const chassis = (changes: Partial<ChassisFacts> = {}): readonly ChassisFacts[] => [
    { node: 'node1', behind: 0, connection: 'connected', tunnels: [], ...changes },
  ];
  const tunnel = (state: string | undefined) => [{ remote: '10.254.0.2', state, diagnostic: 'Control Detection Time Expired' }];

  it.each<[string, Partial<ChassisFacts>, readonly string[]]>([
    ['all is well', {}, []],
    ['there is none', { behind: undefined }, ['error NO_CHASSIS node node1']],
    ['it is cut off', { connection: 'not connected', behind: 3 }, ['error CHASSIS_CUT_OFF node node1']],
    ['it is behind', { behind: 3 }, ['error CHASSIS_BEHIND node node1']],
    ['it does not answer, and is up to date', { connection: undefined }, []],
    ['a tunnel is down', { tunnels: tunnel('down') }, ['error TUNNEL_DOWN node node1']],
    ['a tunnel is up', { tunnels: tunnel('up') }, []],
    ['a tunnel is not watched', { tunnels: tunnel(undefined) }, []],
  ])('where %s', (_what, changes, expected) => {
    expect(short(chassisFindings(chassis(changes), 0))).toEqual(expected);
  });

  it('behind an ovn-northd that stands still are not what is told first', () => {
    expect(short(chassisFindings(chassis(), 2))).toEqual(['error NORTHD_BEHIND ovn-northd']);
  });
});

describe('programs', () => {
  const nowMs = Date.parse('2026-01-01T00:01:00Z');
  const lease = (renewTime: string, holderIdentity = 'one'): Lease =>
    ({ metadata: { name: 'kube-ovn-controller' }, spec: { holderIdentity, renewTime, leaseDurationSeconds: 30 } }) as Lease;
  const node = (name: string, conditions: readonly object[] = []): Node =>
    ({ metadata: { name }, status: { conditions } }) as unknown as Node;
  const pod = (app: string, nodeName: string, ready: 'True' | 'False' = 'True'): Pod =>
    ({
      metadata: { namespace: 'kube-system', name: `${app}-${nodeName}`, labels: { app } },
      spec: { nodeName },
      status: { conditions: [{ type: 'Ready', status: ready, message: 'containers with unready status' }] },
    }) as unknown as Pod;
  const facts = (changes: Partial<ProgramFacts> = {}): ProgramFacts => ({
    pods: [],
    nodes: [node('node1')],
    lease: lease('2026-01-01T00:00:30Z'),
    nowMs,
    ...changes,
  });

  it.each<[string, Partial<ProgramFacts>, readonly string[]]>([
    ['a controller leads, and nothing is in pods', {}, []],
    ['the lease has run out', { lease: lease('2026-01-01T00:00:29Z') }, ['error NO_LEADER lease kube-ovn-controller']],
    ['the lease was given back', { lease: lease('2026-01-01T00:00:59Z', '') }, ['error NO_LEADER lease kube-ovn-controller']],
    ['there is no lease', { lease: undefined }, ['error NO_LEADER lease kube-ovn-controller']],
    ['all pods are ready', { pods: [pod('ovs', 'node1'), pod('kube-ovn-cni-dpdk', 'node1')] }, []],
    [
      'a pod is not ready',
      { pods: [pod('kube-ovn-cni', 'node1', 'False')] },
      ['error PROGRAM_NOT_READY pod kube-system/kube-ovn-cni-node1 on node node1'],
    ],
    [
      'a node has no daemon',
      { pods: [pod('kube-ovn-cni', 'node1')], nodes: [node('node1'), node('node2')] },
      ['error PROGRAM_MISSING node node2'],
    ],
    ['a node is not ready', { nodes: [node('node1', [{ type: 'Ready', status: 'Unknown' }])] }, ['error NODE_CONDITION node node1']],
    [
      'a node’s tunnels are silent',
      { nodes: [node('node1', [{ type: 'TunnelUnavailable', status: 'True' }])] },
      ['error NODE_CONDITION node node1'],
    ],
    [
      'conditions are as they should be',
      {
        nodes: [
          node('node1', [
            { type: 'Ready', status: 'True' },
            { type: 'TunnelUnavailable', status: 'False' },
          ]),
        ],
      },
      [],
    ],
  ])('where %s', (_what, changes, expected) => {
    expect(short(programFindings(facts(changes)))).toEqual(expected);
  });
});

it('warnings are told by their object, as long as they are young', () => {
  const event = { type: 'Warning', reason: 'AcquireAddressFailed', message: 'no address', times: 3, from: 'kube-ovn-controller' } as const;
  const events = [
    { ...event, at: '2026-01-01T00:00:10Z', object: 'Pod/shop/web-0' },
    { ...event, at: '2026-01-01T00:00:00Z', object: 'Subnet/shop' },
    { ...event, at: '2026-01-01T00:00:20Z', object: 'Subnet/shop', type: 'Normal' as const },
  ];
  const found = warningFindings(events, Date.parse('2026-01-01T00:00:05Z'));
  expect(short(found)).toEqual(['warning AcquireAddressFailed pod shop/web-0']);
  expect(found[0]?.message).toBe('no address (3 times, last 2026-01-01T00:00:10Z)');
});

describe('a scope', () => {
  const pod = (name: string, node: string, subnet: string) => ({
    namespace: 'shop',
    name,
    node,
    terminating: false,
    ready: true,
    nics: [{ port: `${name}.shop`, subnet }],
  });
  const facts = {
    subnets: [{ name: 'front' }, { name: 'back' }],
    nodes: [
      { name: 'node1', nics: [{ port: 'node-node1' }] },
      { name: 'node2', nics: [] },
    ],
    pods: [pod('web', 'node1', 'front'), pod('db', 'node2', 'back')],
    ips: [
      { name: 'web.shop', subnet: 'front' },
      { name: 'kept.shop', subnet: 'front' },
    ],
    vips: [{ name: 'vip1', subnet: 'front' }],
    pools: [{ name: 'pool1', subnet: 'back' }],
  } as unknown as KubernetesFacts;
  const objects = [
    'lease kube-ovn-controller',
    'node node1',
    'node node2',
    'Subnet front',
    'subnet back',
    'pod shop/web (annotations of web.shop)',
    'pod shop/db',
    'IP kept.shop',
    'IP node-node1',
    'Vip vip1',
    'IPPool pool1',
    'logical switch port web.shop',
    'interface abc_h on node node1',
    'pod kube-system/ovs on node node1',
  ];
  const findings = objects.map((object): Diagnosis => ({ severity: 'error', code: 'X', object, message: '', fix: '' }));
  const about = (scope: Parameters<typeof within>[0]) => within(scope, facts, findings).map(({ object }) => object);

  it('of all leaves nothing out', () => {
    expect(about({ kind: 'all' })).toEqual(objects);
    expect(nodesOf({ kind: 'all' }, facts)).toBeUndefined();
  });

  it('of a node has its pods, their addresses, and what is on it', () => {
    expect(about({ kind: 'node', name: 'node1' })).toEqual([
      'lease kube-ovn-controller',
      'node node1',
      'pod shop/web (annotations of web.shop)',
      'IP node-node1',
      'logical switch port web.shop',
      'interface abc_h on node node1',
      'pod kube-system/ovs on node node1',
    ]);
  });

  it('of a Subnet has its addresses, pods and their nodes', () => {
    expect(nodesOf({ kind: 'subnet', name: 'front' }, facts)).toEqual(['node1']);
    expect(about({ kind: 'subnet', name: 'front' })).toEqual([
      'lease kube-ovn-controller',
      'node node1',
      'Subnet front',
      'pod shop/web (annotations of web.shop)',
      'IP kept.shop',
      'Vip vip1',
      'logical switch port web.shop',
      'pod kube-system/ovs on node node1',
    ]);
  });

  it('must be there', () => {
    expect([
      exists({ kind: 'all' }, facts),
      exists({ kind: 'node', name: 'node2' }, facts),
      exists({ kind: 'subnet', name: 'node2' }, facts),
    ]).toEqual([true, true, false]);
  });
});

describe('a report', () => {
  const leaked = ofCheck({ code: 'LEAKED_ADDRESS', object: 'IP a', message: 'nobody has it', fix: 'delete it' });
  const double = ofCheck({ code: 'DUPLICATE_ADDRESS', object: 'IP b', message: 'twice', fix: 'restart one' });

  it('puts what stops packets before what is left over', () => {
    const report = reportOf('the cluster', [{ name: 'objects', seen: '2 addresses', findings: [leaked, double] }]);
    expect(short(report.findings)).toEqual(['error DUPLICATE_ADDRESS IP b', 'warning LEAKED_ADDRESS IP a']);
    expect(printReport(report).split('\n')).toEqual([
      'objects     2 addresses: 2 found',
      '',
      'error    DUPLICATE_ADDRESS  IP b: twice',
      '    fix: restart one',
      'warning  LEAKED_ADDRESS  IP a: nobody has it',
      '    fix: delete it',
      'the cluster: errors 1, warnings 1, notes 0',
    ]);
  });

  it('says what could not be looked at', () => {
    expect(printReport(reportOf('the cluster', [unseenPart('objects', 'no address')]))).toMatch(
      /^objects {5}not looked at: 1 found\n\nwarning {2}NOT_LOOKED_AT {2}objects: no address\n/,
    );
  });
});
