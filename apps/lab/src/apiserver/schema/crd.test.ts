import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { BuiltinSchemas } from './builtin.ts';
import { structuralFromCrd } from './crd.ts';
import { normalise } from './normalise.ts';
import { validateCrd } from './validate-crd.ts';

const builtins = new BuiltinSchemas();

/** One schema with every keyword that our own CRDs or users' may bring. */
const openApi: JsonObject = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['cidr'],
      properties: {
        cidr: { type: 'string', format: 'cidr' },
        gateway: { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] },
        mtu: { type: 'integer', minimum: 576, maximum: 9000, default: 1400 },
        protocol: { type: 'string', enum: ['IPv4', 'IPv6', 'Dual'], default: 'IPv4' },
        port: { 'x-kubernetes-int-or-string': true },
        name: { type: 'string', pattern: '^(?:[a-z]+)$', maxLength: 5 },
        weights: { type: 'array', items: { type: 'number' }, maxItems: 2, 'x-kubernetes-list-type': 'set' },
        peers: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['ip'],
          items: { type: 'object', required: ['ip'], properties: { ip: { type: 'string' }, as: { type: 'integer', default: 65000 } } },
        },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        template: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
        hint: { type: 'string', nullable: true, default: 'none' },
        zone: { type: 'string' },
      },
    },
    status: { type: 'object', properties: { count: { type: 'integer', format: 'int64' } } },
  },
};
const { schema, problems } = structuralFromCrd(openApi, builtins);
const object = (spec: JsonObject): JsonObject => ({ apiVersion: 'x.io/v1', kind: 'Net', metadata: { name: 'a' }, spec });
const errorsOf = (spec: JsonObject): readonly string[] =>
  normalise(object(spec), schema).errors.map((error) => `${error.field}: ${error.message}`);

describe('structural schema of a CRD', () => {
  it('is accepted without problems', () => {
    expect(problems).toEqual([]);
  });

  it('fills defaults at every depth, and nullable fields keep their null', () => {
    const result = normalise(object({ cidr: '10.0.0.0/8', hint: null, zone: null, peers: [{ ip: '1.1.1.1' }] }), schema);
    expect(result.errors).toEqual([]);
    expect(result.object['spec']).toEqual({
      cidr: '10.0.0.0/8',
      hint: null,
      mtu: 1400,
      protocol: 'IPv4',
      peers: [{ ip: '1.1.1.1', as: 65000 }],
    });
  });

  it('prunes what it does not know, but not in free-form parts', () => {
    const spec = {
      cidr: '10.0.0.0/8',
      free: { a: { b: 1 } },
      template: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x', nope: 1 }, spec: { any: 1 } },
      typo: 1,
    };
    const result = normalise({ ...object(spec), extra: true }, schema);
    expect(result.unknown).toEqual(['spec.template.metadata.nope', 'spec.typo', 'extra']);
    expect(result.object['spec']).toMatchObject({ free: { a: { b: 1 } }, template: { metadata: { name: 'x' }, spec: { any: 1 } } });
  });

  it.each<[JsonObject, readonly string[]]>([
    [{}, ['spec.cidr: Required value']],
    [{ cidr: 5 }, ['spec.cidr: Invalid value: "integer": spec.cidr in body must be of type string: "integer"']],
    [{ cidr: '10.0.0.0' }, ['spec.cidr: Invalid value: "10.0.0.0": spec.cidr in body must be of type cidr: "10.0.0.0"']],
    [{ cidr: 'fd00::/64', mtu: 5 }, ['spec.mtu: Invalid value: 5: spec.mtu in body should be greater than or equal to 576']],
    [{ cidr: 'fd00::/64', mtu: 9001 }, ['spec.mtu: Invalid value: 9001: spec.mtu in body should be less than or equal to 9000']],
    [{ cidr: 'fd00::/64', mtu: 1400.5 }, ['spec.mtu: Invalid value: "number": spec.mtu in body must be of type integer: "number"']],
    [{ cidr: 'fd00::/64', protocol: 'IPX' }, ['spec.protocol: Unsupported value: "IPX": supported values: "IPv4", "IPv6", "Dual"']],
    [{ cidr: 'fd00::/64', port: 'http' }, []],
    [{ cidr: 'fd00::/64', port: 80 }, []],
    [
      { cidr: 'fd00::/64', port: true },
      ['spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"'],
    ],
    [{ cidr: 'fd00::/64', name: 'AB' }, ['spec.name: Invalid value: "AB": spec.name in body should match \'^(?:[a-z]+)$\'']],
    [{ cidr: 'fd00::/64', name: 'abcdef' }, ['spec.name: Too long: may not be more than 5 bytes']],
    [{ cidr: 'fd00::/64', weights: [1, 1] }, ['spec.weights[1]: Duplicate value: 1']],
    [{ cidr: 'fd00::/64', weights: [1, 2, 3] }, ['spec.weights: Too many: 3: must have at most 2 items']],
    [{ cidr: 'fd00::/64', peers: [{ ip: 'a' }, { ip: 'a' }] }, ['spec.peers[1]: Duplicate value: {"ip":"a"}']],
    [
      { cidr: 'fd00::/64', labels: { a: 1 } },
      ['spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"'],
    ],
    [
      { cidr: 'fd00::/64', gateway: 'x' },
      ['spec.gateway: Invalid value: "x": spec.gateway in body must validate at least one schema (anyOf)'],
    ],
  ])('spec %j gives %j', (spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });

  it('keeps an int64 beyond 2^53 exact', () => {
    const result = normalise({ ...object({ cidr: 'fd00::/64' }), status: { count: 18446744073709551614n } }, schema);
    expect(result.errors).toEqual([]);
    expect(result.object['status']).toEqual({ count: 18446744073709551614n });
  });
});

describe('nesting', () => {
  const nested = (levels: number): JsonObject => JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels)) as JsonObject;
  const spec = (levels: number): JsonObject => ({ cidr: 'fd00::/64', free: nested(levels) });

  it('is bounded, also where anything goes', () => {
    expect(errorsOf(spec(490))).toEqual([]);
    expect(errorsOf(spec(510))).toEqual(['object: Invalid value: nested deeper than 500 levels']);
    expect(errorsOf(spec(5000))).toEqual(['object: Invalid value: nested deeper than 500 levels']);
  });
});

describe('a CRD that is not structural', () => {
  it('names each forbidden thing with its path', () => {
    const bad = structuralFromCrd(
      {
        type: 'object',
        properties: {
          spec: {
            properties: {
              a: { type: 'text' },
              b: { $ref: '#/x', type: 'object' },
              c: { type: 'array', uniqueItems: true, items: { type: 'string' } },
            },
          },
        },
      },
      builtins,
    );
    expect(bad.problems).toEqual([
      'openAPIV3Schema.properties.spec.type: must not be empty for specified object fields',
      expect.stringContaining('openAPIV3Schema.properties.spec.properties.a.type: unsupported value "text"'),
      'openAPIV3Schema.properties.spec.properties.b.$ref: forbidden in a structural schema',
      expect.stringContaining('openAPIV3Schema.properties.spec.properties.c.uniqueItems: forbidden'),
    ]);
  });

  it('warns that CEL rules are not evaluated', () => {
    const { warnings } = structuralFromCrd({ type: 'object', 'x-kubernetes-validations': [{ rule: 'self.a > 1' }] }, builtins);
    expect(warnings).toEqual(['openAPIV3Schema.x-kubernetes-validations: CEL rules are not evaluated by this API server']);
  });

  it('validateCrd checks names, scope and the storage version', () => {
    const crd = (spec: JsonObject, name = 'nets.x.io'): JsonObject => ({ metadata: { name }, spec });
    const good = {
      group: 'x.io',
      scope: 'Cluster',
      names: { plural: 'nets', kind: 'Net' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    };
    expect(validateCrd(crd(good), builtins)).toEqual([]);
    expect(validateCrd(crd(good, 'net.x.io'), builtins)[0]!.field).toBe('metadata.name');
    expect(validateCrd(crd({ ...good, scope: 'World' }), builtins)[0]!.field).toBe('spec.scope');
    expect(validateCrd(crd({ ...good, versions: [{ name: 'v1', storage: false }] }), builtins).map((problem) => problem.field)).toEqual([
      'spec.versions',
      'spec.versions[0].schema.openAPIV3Schema',
    ]);
  });
});
