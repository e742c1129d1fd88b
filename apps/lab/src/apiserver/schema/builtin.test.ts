import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyBuiltinDefaults } from './builtin-defaults.ts';
import { BuiltinSchemas } from './builtin.ts';
import { atomicModels, fieldMergeRules, quantityFields } from './merge-rules.ts';
import { clientNodeModels, parseModel } from './model-source.ts';
import { normalise } from './normalise.ts';
import { fieldValueRules } from './value-rules.ts';

const builtins = new BuiltinSchemas();
const pod = { group: '', version: 'v1', kind: 'Pod' };
const models = readdirSync(join(dirname(createRequire(import.meta.url).resolve('@kubernetes/client-node')), 'gen', 'models'))
  .filter((file) => file.endsWith('.d.ts') && file !== 'ObjectSerializer.d.ts' && file !== 'all.d.ts')
  .map((file) => file.slice(0, -'.d.ts'.length));

describe('builtin schemas', () => {
  it('every model of the client can be read, and each field has a type we know', () => {
    const source = clientNodeModels();
    const schemas = new BuiltinSchemas(source);
    const unread: string[] = [];
    let fields = 0;
    for (const name of models) {
      const version = /V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])/.exec(name);
      if (version === null || source.model(name) === undefined) continue;
      const kind = name.slice(version.index + version[0].length);
      const group = version.index === 0 ? 'none' : name.slice(0, version.index).toLowerCase();
      const schema = schemas.schemaFor({ group, version: version[0].toLowerCase(), kind });
      if (schema === undefined) unread.push(name);
      else fields += Object.keys(schema.properties ?? {}).length;
    }
    expect(unread).toEqual([]);
    expect(fields).toBeGreaterThan(3000);
  });

  it('every rule names a field that exists', () => {
    const known = new Set<string>();
    const source = clientNodeModels();
    for (const name of models) {
      const short = name.replace(/^[A-Z]?[a-zA-Z]*?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])/, '');
      known.add(short);
      for (const field of source.model(name)?.fields ?? []) known.add(`${short}.${field.name}`);
    }
    const named = [...Object.keys(fieldMergeRules), ...Object.keys(fieldValueRules), ...quantityFields, ...atomicModels];
    expect(named.filter((field) => !known.has(field))).toEqual([]);
  });

  it('names from both files meet: JSON name, optionality, description', () => {
    const schema = builtins.schemaFor({ group: '', version: 'v1', kind: 'Service' })!;
    const port = schema.properties!['spec']!.properties!['ports']!;
    expect(port.listMapKeys).toEqual(['port', 'protocol']);
    expect(port.patchMergeKey).toBe('port');
    expect(port.items!.required).toEqual(['port']);
    expect(port.items!.properties!['targetPort']!.intOrString).toBe(true);
    expect(port.items!.properties!['name']!.description).toContain("must match the 'name' field in the EndpointPort");
    const props = builtins.schemaFor({ group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' })!;
    const version = props.properties!['spec']!.properties!['versions']!.items!.properties!['schema']!.properties!['openAPIV3Schema']!;
    expect(Object.keys(version.properties!)).toContain('x-kubernetes-preserve-unknown-fields');
    expect(Object.keys(version.properties!)).toContain('default');
    expect(version.properties!['allOf']!.items!.component).toBe(version.component);
  });

  it('a kind that does not exist has no schema', () => {
    expect(builtins.schemaFor({ group: '', version: 'v1', kind: 'Nothing' })).toBeUndefined();
    expect(builtins.schemaFor({ group: '', version: 'v1', kind: '../Pod' })).toBeUndefined();
  });

  it('a model file without its attribute map is a bug, not an empty kind', () => {
    expect(() => parseModel('V1Pod', 'export class V1Pod {}', '')).toThrow(/attribute map/);
  });
});

describe('normalise a pod', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 1 } },
    spec: {
      hostname: null,
      containers: [
        { name: 'A_b', image: 'busybox', foo: 1, ports: [{ containerPort: 80 }], resources: { requests: { cpu: 1, memory: '1Gi' } } },
      ],
      restartPolicy: 'Sometimes',
      bar: {},
    },
  };

  it('drops and names unknown fields, drops nulls, reports types, patterns and enumerations', () => {
    const result = normalise(object, builtins.schemaFor(pod)!);
    expect(result.unknown).toEqual(['spec.containers[0].foo', 'spec.bar']);
    expect(result.object['spec']).not.toHaveProperty('hostname');
    expect(result.errors.map((error) => [error.field, error.reason])).toEqual([
      ['metadata.labels.app', 'FieldValueTypeInvalid'],
      ['spec.containers[0].name', 'FieldValueInvalid'],
      ['spec.restartPolicy', 'FieldValueNotSupported'],
    ]);
    expect(result.errors[2]!.message).toBe('Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"');
  });

  it('defaults once: a second pass changes nothing', () => {
    const once = applyBuiltinDefaults(pod, object);
    expect(applyBuiltinDefaults(pod, once)).toEqual(once);
    expect(once).toMatchObject({
      spec: {
        dnsPolicy: 'ClusterFirst',
        serviceAccountName: 'default',
        containers: [{ imagePullPolicy: 'Always', ports: [{ containerPort: 80, protocol: 'TCP' }] }],
        tolerations: [{ key: 'node.kubernetes.io/not-ready', tolerationSeconds: 300 }, { key: 'node.kubernetes.io/unreachable' }],
      },
    });
  });

  it('a required field that is missing is named', () => {
    const { errors } = normalise({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: {} }, builtins.schemaFor(pod)!);
    expect(errors).toEqual([{ field: 'spec.containers', reason: 'FieldValueRequired', message: 'Required value' }]);
  });
});
