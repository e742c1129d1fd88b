import { expect, it } from 'vitest';
import type { CustomResourceDefinition } from '../schema/custom-resource.ts';
import { crds } from './index.ts';

/** A structural schema, as far as the page says it. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
}

it('docs/reference/crds.md is up to date', async () => {
  const page = [
    '# Custom resources',
    'Made by `npx vitest run src/crds -u` in `packages/api` from the definitions themselves; `deploy/install.yaml` has them.',
    'All are of `kubeovn.io/v1`, and cluster-wide where nothing else is said. `[]` stands for each item of a list, `*` for each key of a map.',
    crds.map(({ spec: { names } }) => `[${names.kind}](#${names.kind.toLowerCase()})`).join(', '),
    ...crds.map(sectionOf),
    '',
  ].join('\n\n');
  await expect(page).toMatchFileSnapshot('../../../../docs/reference/crds.md');
});

function sectionOf({ spec: { names, scope, versions } }: CustomResourceDefinition): string {
  const [version] = versions;
  const schema = (version?.schema.openAPIV3Schema ?? {}) as Schema;
  const short = (names.shortNames ?? []).map((name) => `\`${name}\``).join(', ');
  const lines = [
    `## ${names.kind}`,
    '',
    `${schema.description ?? ''} \`kubectl get ${names.plural}\`${short === '' ? '' : `, or ${short}`}.${scope === 'Namespaced' ? ' In a namespace.' : ''}`,
  ];
  for (const part of ['spec', 'status']) {
    const rows = rowsOf(schema.properties?.[part] ?? {}, part);
    if (rows.length > 0) lines.push('', '| field | type | default | allowed | meaning |', '|---|---|---|---|---|', ...rows);
  }
  return lines.join('\n');
}

/** A row for each field, its own fields after it. */
function rowsOf(schema: Schema, path: string): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const own = `${path}.${name}`;
    const isRequired = schema.required?.includes(name) ?? false;
    const fallback = field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``;
    const row = `| \`${own}\` | ${typeOf(field)} | ${fallback} | ${allowed(field, isRequired)} | ${cell(field.description ?? '')} |`;
    return [row, ...rowsOf(field, own), ...rowsOf(field.items ?? {}, `${own}[]`), ...rowsOf(field.additionalProperties ?? {}, `${own}.*`)];
  });
}

function typeOf({ type = 'any', items, additionalProperties }: Schema): string {
  if (type === 'array') return `list of ${items?.type ?? 'any'}`;
  return type === 'object' && additionalProperties !== undefined ? `map to ${additionalProperties.type ?? 'any'}` : type;
}

function allowed(schema: Schema, isRequired: boolean): string {
  const { minimum, maximum, pattern, format, minItems, maxLength } = schema;
  const said = [
    isRequired ? 'must be given' : undefined,
    schema.enum?.map((value) => (value === '' ? 'empty' : `\`${value}\``)).join(', '),
    minimum === undefined && maximum === undefined ? undefined : `${minimum ?? ''} to ${maximum ?? ''}`,
    pattern === undefined ? undefined : `\`${pattern}\``,
    format,
    minItems === undefined ? undefined : `${minItems} or more`,
    maxLength === undefined ? undefined : `at most ${maxLength} characters`,
  ];
  return cell(said.filter((text) => text !== undefined).join('; '));
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
