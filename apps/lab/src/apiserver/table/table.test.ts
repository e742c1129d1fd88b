import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../json.ts';
import { formatDuration } from './age.ts';
import { compileJsonPath } from './json-path.ts';
import { renderTable } from './table.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const created = { creationTimestamp: '2026-11-23T11:57:30Z' };

/** One object's row as `NAME=cell` text, wide columns in brackets. */
function row(group: string, kind: string, object: JsonObject, columns?: readonly JsonObject[]): Record<string, JsonValue> {
  const table = renderTable({ gvk: { group, version: 'v1', kind }, objects: [object], columns, now, includeObject: 'None', listMeta: {} });
  const definitions = table['columnDefinitions'] as { name: string; priority: number }[];
  const [{ cells }] = table['rows'] as [{ cells: JsonValue[] }];
  return Object.fromEntries(definitions.map(({ name, priority }, index) => [priority === 0 ? name : `[${name}]`, cells[index] ?? null]));
}

const pod = (status: JsonObject, more: JsonObject = {}, spec: JsonObject = {}): JsonObject => ({
  metadata: { name: 'web', ...created, ...more },
  spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec },
  status,
});
const state = (a: JsonObject, b: JsonObject = { running: {} }): JsonValue => [
  { name: 'a', ready: 'running' in a, restartCount: 0, state: a },
  { name: 'b', ready: 'running' in b, restartCount: 0, state: b },
];

describe('pods', () => {
  it.each<[string, JsonObject, string, string]>([
    ['pending', pod({ phase: 'Pending' }), '0/2', 'Pending'],
    ['running', pod({ phase: 'Running', containerStatuses: state({ running: {} }) }), '2/2', 'Running'],
    [
      'creating',
      pod({
        phase: 'Pending',
        containerStatuses: state({ waiting: { reason: 'ContainerCreating' } }, { waiting: { reason: 'ContainerCreating' } }),
      }),
      '0/2',
      'ContainerCreating',
    ],
    [
      'the first container explains',
      pod({ phase: 'Running', containerStatuses: state({ waiting: { reason: 'CrashLoopBackOff' } }, { terminated: { exitCode: 1 } }) }),
      '0/2',
      'CrashLoopBackOff',
    ],
    ['an exit code', pod({ phase: 'Running', containerStatuses: state({ terminated: { exitCode: 3 } }) }), '1/2', 'ExitCode:3'],
    ['a signal', pod({ phase: 'Running', containerStatuses: state({ terminated: { exitCode: 137, signal: 9 } }) }), '1/2', 'Signal:9'],
    [
      'one done, one running',
      pod({ phase: 'Running', containerStatuses: state({ terminated: { exitCode: 0, reason: 'Completed' } }) }),
      '1/2',
      'NotReady',
    ],
    ['going', pod({ phase: 'Running', containerStatuses: state({ running: {} }) }, { deletionTimestamp: 'x' }), '2/2', 'Terminating'],
    ['evicted', pod({ phase: 'Failed', reason: 'Evicted' }), '0/2', 'Evicted'],
    [
      'init failed',
      pod(
        {
          phase: 'Pending',
          initContainerStatuses: [{ state: { terminated: { exitCode: 0 } } }, { state: { terminated: { exitCode: 1, reason: 'Error' } } }],
        },
        {},
        { initContainers: [{}, {}] },
      ),
      '0/2',
      'Init:Error',
    ],
    [
      'init running',
      pod(
        { phase: 'Pending', initContainerStatuses: [{ state: { running: {} } }, { state: { waiting: { reason: 'PodInitializing' } } }] },
        {},
        { initContainers: [{}, {}] },
      ),
      '0/2',
      'Init:0/2',
    ],
    ['gated', pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', reason: 'SchedulingGated' }] }), '0/2', 'SchedulingGated'],
  ])('%s', (_name, object, ready, status) => {
    expect(row('', 'Pod', object)).toMatchObject({ Name: 'web', Ready: ready, Status: status, Age: '2m30s' });
  });

  it('restarts say when, wide columns say where', () => {
    const object = pod(
      {
        phase: 'Running',
        podIP: '10.16.0.2',
        containerStatuses: [{ name: 'a', restartCount: 2, lastState: { terminated: { finishedAt: '2026-11-23T11:59:00Z' } } }],
      },
      {},
      { nodeName: 'n1' },
    );
    expect(row('', 'Pod', object)).toMatchObject({
      Restarts: '2 (60s ago)',
      '[IP]': '10.16.0.2',
      '[Node]': 'n1',
      '[Nominated Node]': '<none>',
      '[Readiness Gates]': '<none>',
    });
  });
});

describe('other kinds', () => {
  const metadata = { name: 'x', ...created };
  const template = {
    spec: {
      nodeSelector: { disk: 'ssd' },
      containers: [
        { name: 'a', image: 'x:1' },
        { name: 'b', image: 'y:2' },
      ],
    },
  };
  const selector = { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['a', 'b'] }] };

  it.each<[string, string, JsonObject, Record<string, JsonValue>]>([
    [
      'apps',
      'Deployment',
      { spec: { replicas: 3, selector, template }, status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 } },
      {
        Name: 'x',
        Ready: '2/3',
        'Up-to-date': 3,
        Available: 1,
        Age: '2m30s',
        '[Containers]': 'a,b',
        '[Images]': 'x:1,y:2',
        '[Selector]': 'app=web,tier in (a,b)',
      },
    ],
    ['apps', 'ReplicaSet', { spec: { replicas: 3, selector, template }, status: { replicas: 2 } }, { Desired: 3, Current: 2, Ready: 0 }],
    ['apps', 'StatefulSet', { spec: { replicas: 3, template }, status: { readyReplicas: 3 } }, { Ready: '3/3', '[Images]': 'x:1,y:2' }],
    [
      'apps',
      'DaemonSet',
      { spec: { selector, template }, status: { desiredNumberScheduled: 3, numberReady: 2 } },
      { Desired: 3, Current: 0, Ready: 2, 'Node Selector': 'disk=ssd' },
    ],
    [
      '',
      'Service',
      {
        spec: {
          type: 'NodePort',
          clusterIP: '10.96.0.9',
          ports: [
            { port: 80, nodePort: 30080, protocol: 'TCP' },
            { port: 53, protocol: 'UDP' },
          ],
          selector: { app: 'web' },
        },
      },
      { Type: 'NodePort', 'Cluster-IP': '10.96.0.9', 'External-IP': '<none>', 'Port(s)': '80:30080/TCP,53/UDP', '[Selector]': 'app=web' },
    ],
    ['', 'Service', { spec: { type: 'LoadBalancer' } }, { 'External-IP': '<pending>', 'Port(s)': '<none>' }],
    [
      '',
      'Service',
      { spec: { type: 'LoadBalancer' }, status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } },
      { 'External-IP': '1.2.3.4' },
    ],
    ['', 'Service', { spec: { type: 'ExternalName', externalName: 'a.b' } }, { 'Cluster-IP': '<none>', 'External-IP': 'a.b' }],
    [
      '',
      'Endpoints',
      { subsets: [{ addresses: ['1', '2', '3', '4'].map((last) => ({ ip: `10.0.0.${last}` })), ports: [{ port: 80 }] }] },
      { Endpoints: '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...' },
    ],
    ['', 'Endpoints', {}, { Endpoints: '<none>' }],
    [
      'discovery.k8s.io',
      'EndpointSlice',
      { addressType: 'IPv6', ports: [{ port: 80 }], endpoints: [{ addresses: ['fd00::1'] }] },
      { AddressType: 'IPv6', Ports: '80', Endpoints: 'fd00::1' },
    ],
    [
      '',
      'Node',
      {
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          addresses: [{ type: 'InternalIP', address: '10.255.0.1' }],
          nodeInfo: { kubeletVersion: 'v1.32' },
        },
      },
      { Status: 'Ready,SchedulingDisabled', Roles: '<none>', Version: 'v1.32', '[Internal-IP]': '10.255.0.1', '[External-IP]': '<none>' },
    ],
    ['', 'Namespace', { status: { phase: 'Active' } }, { Status: 'Active' }],
    ['', 'ConfigMap', { data: { a: '1' }, binaryData: { b: '' } }, { Data: 2 }],
    ['', 'Secret', { type: 'Opaque', data: { a: '1' } }, { Type: 'Opaque', Data: 1 }],
    [
      '',
      'Event',
      {
        type: 'Normal',
        reason: 'Made',
        message: 'made it\n',
        involvedObject: { kind: 'Pod', name: 'web' },
        lastTimestamp: '2026-11-23T11:59:30Z',
        count: 3,
      },
      { 'Last Seen': '30s', Object: 'pod/web', Message: 'made it', '[Count]': '3' },
    ],
    ['networking.k8s.io', 'NetworkPolicy', { spec: { podSelector: {} } }, { 'Pod-Selector': '<none>' }],
    ['coordination.k8s.io', 'Lease', { spec: { holderIdentity: 'me' } }, { Holder: 'me' }],
    [
      'batch',
      'Job',
      { spec: { completions: 2 }, status: { succeeded: 1, startTime: '2026-11-23T11:59:00Z' } },
      { Status: 'Running', Completions: '1/2', Duration: '60s' },
    ],
    ['unknown.io', 'Thing', {}, { Name: 'x', Age: '2m30s' }],
  ])('%s/%s', (group, kind, object, expected) => {
    expect(row(group, kind, { metadata, ...object })).toMatchObject(expected);
  });

  it("a node's roles are sorted", () => {
    const labels = { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/control-plane': '' };
    expect(row('', 'Node', { metadata: { ...metadata, labels } })['Roles']).toBe('control-plane,worker');
  });
});

describe("a custom resource's own columns", () => {
  const column = (name: string, type: string, jsonPath: string, priority = 0): JsonObject => ({ name, type, jsonPath, priority });
  const object = {
    metadata: { name: 'red', ...created },
    spec: { cidr: '10.0.0.0/8', nodes: ['a', 'b'], isDefault: false, deep: { 'a.b': 'dotted' } },
    status: {
      free: 18446744073709551614n,
      used: 3,
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Done', status: 'False' },
      ],
    },
  };

  it.each<[JsonObject, JsonValue]>([
    [column('c', 'string', '.spec.cidr'), '10.0.0.0/8'],
    [column('c', 'integer', '.status.used'), 3],
    [column('c', 'number', '.status.free'), '18446744073709551614'],
    [column('c', 'boolean', '.spec.isDefault'), false],
    [column('c', 'date', '.metadata.creationTimestamp'), '2m30s'],
    [column('c', 'string', '.status.conditions[?(@.type=="Ready")].status'), 'True'],
    [column('c', 'string', ".status.conditions[?(@.type!='Ready')].type"), 'Done'],
    [column('c', 'string', '.spec.nodes[*]'), 'a,b'],
    [column('c', 'string', '.spec.nodes[-1]'), 'b'],
    [column('c', 'string', '.spec.nodes'), '["a","b"]'],
    [column('c', 'string', '.spec.deep.a\\.b'), 'dotted'],
    [column('c', 'string', "{.spec.deep['a.b']}"), 'dotted'],
    [column('c', 'string', '.spec.nothing.here'), null],
    [column('c', 'integer', '.spec.cidr'), null],
    [column('c', 'string', '..recursive'), null],
  ])('%j shows %j', (stated, expected) => {
    expect(row('kubeovn.io', 'Subnet', object, [stated])['c']).toEqual(expected);
  });

  it('without columns there is an age', () => {
    expect(row('kubeovn.io', 'Subnet', object, [])).toEqual({ Name: 'red', Age: '2m30s' });
  });

  it('what is more than the subset is not compiled', () => {
    expect(compileJsonPath('.a[?(@.b > 1)]')).toBeUndefined();
    expect(compileJsonPath('.a[(@.length-1)]')).toBeUndefined();
  });
});

describe('rows', () => {
  it.each<['None' | 'Metadata' | 'Object', JsonValue | undefined]>([
    ['None', undefined],
    ['Metadata', { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'x' } }],
    ['Object', { metadata: { name: 'x' }, data: {} }],
  ])('%s', (includeObject, expected) => {
    const table = renderTable({
      gvk: { group: '', version: 'v1', kind: 'ConfigMap' },
      objects: [{ metadata: { name: 'x' }, data: {} }],
      now,
      includeObject,
      listMeta: { resourceVersion: '7' },
    });
    expect(table['metadata']).toEqual({ resourceVersion: '7' });
    expect((table['rows'] as JsonObject[])[0]!['object']).toEqual(expected);
  });
});

describe('formatDuration', () => {
  const [s, m, h, d] = [1000, 60_000, 3_600_000, 86_400_000] as const;
  it.each<[number, string]>([
    [-5 * s, '<invalid>'],
    [-s / 2, '0s'],
    [0, '0s'],
    [119 * s, '119s'],
    [120 * s, '2m'],
    [125 * s, '2m5s'],
    [10 * m, '10m'],
    [179 * m, '179m'],
    [3 * h, '3h'],
    [3 * h + 5 * m, '3h5m'],
    [8 * h + 5 * m, '8h'],
    [47 * h, '47h'],
    [2 * d + 4 * h, '2d4h'],
    [8 * d + h, '8d'],
    [729 * d, '729d'],
    [730 * d, '2y'],
    [800 * d, '2y70d'],
    [3000 * d, '8y'],
  ])('%i ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
