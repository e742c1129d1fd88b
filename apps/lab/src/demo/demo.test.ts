import { describe, expect, it } from 'vitest';
import { layoutOf } from '../infra/layout.ts';
import { resourceOf } from '../lab/manifests.ts';
import { demoManifests, wantedPods } from './demo.ts';

describe('demo', () => {
  it.each(['ipv4', 'ipv6', 'dual'] as const)('%s: two subnets, three namespaces on them and one on none, of this family', (families) => {
    const manifests = demoManifests(layoutOf({ name: 'ko', nodes: 3, raft: false, families }));
    const subnets = manifests.filter(({ kind }) => kind === 'Subnet') as unknown as readonly {
      spec: { cidrBlock: string; namespaces: readonly string[] };
    }[];
    expect(subnets.flatMap(({ spec }) => spec.namespaces).toSorted()).toEqual(['pay', 'shop', 'shop-tools']);
    expect(
      subnets.every(
        ({ spec }) => spec.cidrBlock.includes('.') === (families !== 'ipv6') && spec.cidrBlock.includes(':') === (families !== 'ipv4'),
      ),
    ).toBe(true);
    expect(manifests.filter(({ kind }) => kind === 'Namespace')).toHaveLength(4);
    expect(wantedPods(manifests, 3)).toBe(3 + 2 + 1 + 2 + 3);
  });

  it('every object is of a kind that can be applied', () => {
    for (const object of demoManifests(layoutOf({ name: 'ko', nodes: 1, raft: false, families: 'ipv4' })))
      expect(resourceOf(object).kind).toBe(object.kind);
    expect(() => resourceOf({ apiVersion: 'v9', kind: 'Wish', metadata: { name: 'x' } })).toThrow('v9 Wish');
  });
});
