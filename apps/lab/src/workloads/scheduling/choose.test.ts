import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pod, PodSpec } from '../shared/objects.ts';
import { node, pod } from '../testing/objects.ts';
import { chooseNode, type Candidate } from './choose.ts';
import { parseQuantity } from './quantity.ts';
import { isPending } from './scheduler.ts';

const wants = (spec: PodSpec, labels?: Readonly<Record<string, string>>): Pod =>
  pod({ name: 'new', spec, owner: 'uid-rs', ...(labels === undefined ? {} : { labels }) });
const on = (name: string, pods: readonly Pod[] = [], more: Parameters<typeof node>[1] = {}): Candidate => ({
  node: node(name, more),
  pods,
});
const requests = (cpu: string | number): PodSpec => ({ containers: [{ name: 'c', resources: { requests: { cpu } } }] });
const ssd = { labels: { disk: 'ssd' } };
const affinity = (key: string, operator: string, values?: readonly string[]): PodSpec => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }] }],
      },
    },
  },
});
const apart = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } },
    ],
  },
};
const together = {
  podAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: { matchLabels: { app: 'web' } } }],
  },
};
const web = { app: 'web' };

describe('chooseNode', () => {
  it.each<[string, Pod, readonly Candidate[], string]>([
    ['node selector', wants({ nodeSelector: { disk: 'ssd' } }), [on('a'), on('b', [], ssd)], 'b'],
    ['affinity In', wants(affinity('disk', 'In', ['ssd'])), [on('a'), on('b', [], ssd)], 'b'],
    ['affinity DoesNotExist', wants(affinity('disk', 'DoesNotExist')), [on('a', [], ssd), on('b')], 'b'],
    [
      'affinity Gt',
      wants(affinity('cores', 'Gt', ['4'])),
      [on('a', [], { labels: { cores: '4' } }), on('b', [], { labels: { cores: '16' } })],
      'b',
    ],
    [
      'a tolerated taint',
      wants({ tolerations: [{ key: 'team', operator: 'Exists' }] }),
      [on('a', [], { spec: { taints: [{ key: 'team', value: 'x', effect: 'NoSchedule' }] } })],
      'a',
    ],
    [
      'a taint to prefer against',
      wants({}),
      [on('a', [], { spec: { taints: [{ key: 'slow', effect: 'PreferNoSchedule' }] } }), on('b')],
      'b',
    ],
    [
      'spread of one owner',
      wants({}),
      [
        on('a', [pod({ name: 'x', owner: 'uid-rs', node: 'a' })]),
        on('b', [pod({ name: 'y', owner: 'other', node: 'b' }), pod({ name: 'z', owner: 'other', node: 'b' })]),
      ],
      'b',
    ],
    ['then the emptier node', wants({}), [on('a', [pod({ name: 'x', owner: 'other', node: 'a' })]), on('b')], 'b'],
    [
      'room for what it asks',
      wants(requests('1500m')),
      [on('a', [], { status: { allocatable: { cpu: '1' } } }), on('b', [], { status: { allocatable: { cpu: 2 } } })],
      'b',
    ],
    [
      'free host ports',
      wants({ containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 8080 }] }] }),
      [
        on('a', [pod({ name: 'x', node: 'a', spec: { containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort: 8080 }] }] } })]),
        on('b'),
      ],
      'b',
    ],
    ['apart from its like', wants({ affinity: apart }, web), [on('a', [pod({ name: 'x', node: 'a', labels: web })]), on('b')], 'b'],
    [
      'apart from those that want to be apart',
      wants({}, web),
      [on('a', [pod({ name: 'x', node: 'a', spec: { affinity: apart } })]), on('b')],
      'b',
    ],
    [
      'together by zone',
      wants({ affinity: together }),
      [on('a', [], { labels: { zone: '1' } }), on('b', [pod({ name: 'x', node: 'b', labels: web })], { labels: { zone: '2' } })],
      'b',
    ],
    ['the first of those that want to be together', wants({ affinity: together }, web), [on('a', [], { labels: { zone: '1' } })], 'a'],
  ])('%s', (_rule, one, candidates, expected) => {
    expect(chooseNode(one, candidates)).toEqual({ node: expected });
  });

  it('says why not, for each node', () => {
    const candidates = [
      on('a', [], { spec: { unschedulable: true } }),
      on('b', [], { status: { conditions: [{ type: 'Ready', status: 'False' }] } }),
      on('c', [], { status: { allocatable: { cpu: '1' } } }),
      on('d', [], { spec: { taints: [{ key: 'team', value: 'x', effect: 'NoExecute' }] } }),
      on('e', [], { status: { allocatable: { pods: 0 } } }),
    ];
    expect(chooseNode(wants(requests(2)), candidates)).toEqual({
      unschedulable:
        '0/5 nodes are available: 1 Insufficient cpu, 1 Too many pods, 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }, 1 node(s) had untolerated taint {node.kubernetes.io/unschedulable: }, 1 node(s) had untolerated taint {team: x}.',
    });
    expect(chooseNode(wants({}), [])).toEqual({ unschedulable: 'no nodes available to schedule pods' });
  });

  it('pods of one owner spread evenly, whatever the order of the nodes', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(['a', 'b', 'c', 'd'], { minLength: 2 }), fc.integer({ min: 1, max: 20 }), (names, count) => {
        const placed = new Map<string, Pod[]>(names.map((name) => [name, []]));
        for (let index = 0; index < count; index += 1) {
          const choice = chooseNode(
            pod({ name: `p${index}`, owner: 'uid-rs' }),
            names.map((name) => on(name, placed.get(name)!)),
          );
          if ('node' in choice) placed.get(choice.node)!.push(pod({ name: `p${index}`, owner: 'uid-rs', node: choice.node }));
        }
        const sizes = [...placed.values()].map((pods) => pods.length);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('isPending', () => {
  it('is not for bound, ended, leaving, gated or foreign pods', () => {
    expect(isPending(pod({ name: 'a' }))).toBe(true);
    const others = [
      pod({ name: 'a', node: 'n1' }),
      pod({ name: 'a', phase: 'Failed' }),
      pod({ name: 'a', going: true }),
      pod({ name: 'a', spec: { schedulerName: 'mine' } }),
      pod({ name: 'a', spec: { schedulingGates: [{ name: 'wait' }] } }),
    ];
    expect(others.map(isPending)).toEqual([false, false, false, false, false]);
  });
});

describe('parseQuantity', () => {
  it.each<[string | number, number | undefined]>([
    ['250m', 0.25],
    ['1', 1],
    [3, 3],
    ['1Gi', 1073741824],
    ['1.5k', 1500],
    ['1e3', 1000],
    ['12E', 12e18],
    ['', undefined],
    ['1KiB', undefined],
    ['-', undefined],
  ])('%j is %j', (text, value) => {
    expect(parseQuantity(text)).toBe(value);
  });
});
