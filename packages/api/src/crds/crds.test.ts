import { describe, expect, expectTypeOf, test } from 'vitest';
import { stringify } from 'yaml';
import type { JsonSchema } from '../schema/custom-resource.ts';
import type { Resource } from '../objects/meta.ts';
import { resources } from '../objects/resources.ts';
import { crds, networkPolicyApiCrds } from './index.ts';
import type { Subnet, SubnetSpec } from './subnet.ts';

/** Keywords of JSON schema that a structural schema may hold. @source Kubernetes, "Specifying a structural schema" */
const ALLOWED = new Set(['type', 'description', 'properties', 'required', 'items', 'additionalProperties', 'enum', 'default', 'minimum', 'maximum', 'minItems', 'maxLength', 'pattern', 'format', 'x-kubernetes-preserve-unknown-fields']);

function violations(schema: JsonSchema, path: string): string[] {
  const found = Object.keys(schema).filter((keyword) => !ALLOWED.has(keyword)).map((keyword) => `${path}: ${keyword}`);
  const type = schema['type'];
  if (typeof type !== 'string') found.push(`${path}: no type`);
  if (type === 'array' && schema['items'] === undefined) found.push(`${path}: no items`);
  if (schema['properties'] !== undefined && schema['additionalProperties'] !== undefined) found.push(`${path}: properties and additionalProperties`);
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  const named = schema['required'] as string[] | undefined;
  found.push(...(named ?? []).filter((name) => properties[name] === undefined).map((name) => `${path}: required ${name} is no property`));
  for (const [name, property] of Object.entries(properties)) found.push(...violations(property, `${path}.${name}`));
  for (const keyword of ['items', 'additionalProperties']) {
    if (schema[keyword] !== undefined) found.push(...violations(schema[keyword] as JsonSchema, `${path}.${keyword}`));
  }
  return found;
}

const all = [...crds, ...networkPolicyApiCrds];
const versionOf = (crd: (typeof crds)[number]) => crd.spec.versions[0]!;

describe('custom resource definitions', () => {
  test.each(crds.map((crd) => [crd.spec.names.plural, crd] as const))('%s: the file to apply is up to date', async (plural, crd) => {
    const header = '# Generated from packages/api/src/crds; `npx vitest run -u` in packages/api writes it anew.\n';
    await expect(header + stringify(crd, { lineWidth: 0, aliasDuplicateObjects: false })).toMatchFileSnapshot(`../../crds/${plural}.yaml`);
  });

  test.each(networkPolicyApiCrds.map((crd) => [crd.spec.names.plural, crd] as const))('%s: the file to apply, apart from ours, is up to date', async (plural, crd) => {
    const header = '# Generated from packages/api/src/crds; `npx vitest run -u` in packages/api writes it anew.\n';
    await expect(header + stringify(crd, { lineWidth: 0, aliasDuplicateObjects: false })).toMatchFileSnapshot(`../../crds/network-policy-api/${plural}.yaml`);
  });

  test.each(all.map((crd) => [crd.spec.names.plural, crd] as const))('%s: the schema is structural', (_plural, crd) => {
    expect(violations(versionOf(crd).schema.openAPIV3Schema, crd.spec.names.kind)).toEqual([]);
  });

  test.each(all.map((crd) => [crd.spec.names.plural, crd] as const))('%s: every column points at a field', (_plural, crd) => {
    for (const { jsonPath } of versionOf(crd).additionalPrinterColumns ?? []) {
      if (jsonPath.startsWith('.metadata.')) continue;
      let schema: JsonSchema | undefined = versionOf(crd).schema.openAPIV3Schema;
      for (const name of jsonPath.slice(1).split('.')) schema = (schema?.['properties'] as Record<string, JsonSchema> | undefined)?.[name];
      expect(schema).toMatchObject({ type: expect.any(String) as string });
    }
  });

  test('names and resources agree, and no two kinds share a name', () => {
    const byPlural = new Map(Object.values<Resource<unknown>>(resources).map((resource) => [resource.plural, resource]));
    for (const { spec } of crds) {
      expect(byPlural.get(spec.names.plural)).toEqual({ apiVersion: 'kubeovn.io/v1', kind: spec.names.kind, plural: spec.names.plural, namespaced: spec.scope === 'Namespaced' });
    }
    for (const { spec } of networkPolicyApiCrds) {
      const [version] = spec.versions;
      expect(byPlural.get(spec.names.plural)).toEqual({ apiVersion: `policy.networking.k8s.io/${version?.name}`, kind: spec.names.kind, plural: spec.names.plural, namespaced: false });
    }
    const names = all.flatMap(({ spec }) => [...new Set([spec.names.plural, spec.names.singular, ...(spec.names.shortNames ?? [])])]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('subnet: the columns are those of Kube-OVN, in its order', () => {
    const subnet = crds.find((crd) => crd.spec.names.kind === 'Subnet')!;
    expect(versionOf(subnet).additionalPrinterColumns?.map(({ name }) => name).join(' ')).toBe(
      'Provider Vpc Vlan Protocol CIDR Private NAT Default GatewayType V4Used V4Available V6Used V6Available ExcludeIPs U2OInterconnectionIP',
    );
  });

  test('subnet: the type is the one of the schema', () => {
    expectTypeOf<SubnetSpec['protocol']>().toEqualTypeOf<'IPv4' | 'IPv6' | 'Dual' | 'Mac' | '' | undefined>();
    expectTypeOf<SubnetSpec['excludeIps']>().toEqualTypeOf<readonly string[] | undefined>();
    expectTypeOf<NonNullable<Subnet['status']>['v6availableIPs']>().toEqualTypeOf<number | bigint | undefined>();
    expectTypeOf(resources.subnet).toEqualTypeOf<Resource<Subnet>>();
  });
});
