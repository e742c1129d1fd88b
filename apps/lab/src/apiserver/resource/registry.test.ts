import { describe, expect, it } from 'vitest';
import { BuiltinSchemas } from '../schema/index.ts';
import { strategies } from '../strategies/index.ts';
import { builtinResources } from './builtin.ts';
import { Registry, compareVersions } from './registry.ts';

const schemas = new BuiltinSchemas();
const builtins = builtinResources(schemas, strategies({ serviceClusterIpRange: '10.96.0.0/12', schemas }));

describe('registry', () => {
  it('has a schema for every builtin that is stored', () => {
    expect(builtins.filter(({ verbs, schema }) => verbs.includes('list') && schema === undefined).map(({ kind }) => kind)).toEqual([]);
  });

  it('names every collection, path and short name once', () => {
    for (const names of [builtins.map(({ storage }) => storage), builtins.flatMap(({ shortNames }) => shortNames)])
      expect(new Set(names).size).toBe(names.length);
  });

  it('serves custom kinds while they are set', () => {
    const registry = new Registry(builtins);
    const pods = registry.find('', 'v1', 'pods')!;
    const before = registry.revision;
    registry.setCustom('things.example.com', [
      {
        ...pods,
        group: 'example.com',
        apiVersion: 'example.com/v1',
        storageApiVersion: 'example.com/v1',
        plural: 'things',
        kind: 'Thing',
        storage: 'things.example.com',
        builtin: false,
      },
    ]);
    expect(registry.find('example.com', 'v1', 'things')?.kind).toBe('Thing');
    expect(registry.findKind('example.com', 'v1', 'Thing')?.plural).toBe('things');
    expect(registry.findStorage('things.example.com')?.kind).toBe('Thing');
    expect(registry.groups().map(({ group }) => group)).toContain('example.com');
    registry.removeCustom('things.example.com');
    expect(registry.find('example.com', 'v1', 'things')).toBeUndefined();
    expect(registry.revision).toBeGreaterThan(before + 1);
  });

  it('prefers stable versions, then newer ones', () => {
    const sorted = ['foo10', 'v1', 'v10', 'v11alpha2', 'v11beta2', 'v12alpha1', 'v2', 'v3beta1', 'foo1'].sort(compareVersions);
    expect(sorted).toEqual(['v10', 'v2', 'v1', 'v11beta2', 'v3beta1', 'v12alpha1', 'v11alpha2', 'foo1', 'foo10']);
  });
});
