/** Files of Kubernetes objects → the objects that policies are about. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Value from 'typebox/value';
import { isMap, LineCounter, parseAllDocuments, type Document } from 'yaml';
import { readAddress, readPrefix } from '@kube-ovn/ipam';
import type { ClusterObjects } from '../../verdict/index.ts';
import { kinds } from './schemas.ts';

/** Thrown when files can not be used; each line names the file, the document and the field. */
export class ManifestError extends Error {
  readonly code = 'POLICY_BAD_MANIFEST';
}

/** What the files hold. */
export interface Manifests {
  readonly objects: ClusterObjects;
  /** Kinds that policies are not about, and how many objects of each were passed over. */
  readonly ignored: ReadonlyMap<string, number>;
}

type Found = { readonly kind: string; readonly object: unknown };

const fieldOfKind = {
  Namespace: 'namespaces',
  Pod: 'pods',
  Node: 'nodes',
  NetworkPolicy: 'networkPolicies',
  AdminNetworkPolicy: 'adminNetworkPolicies',
  BaselineAdminNetworkPolicy: 'baselineAdminNetworkPolicies',
  ClusterNetworkPolicy: 'clusterNetworkPolicies',
  SecurityGroup: 'securityGroups',
  Subnet: 'subnets',
} as const satisfies Readonly<Record<string, keyof ClusterObjects>>;

/**
 * Read files; a directory stands for the .yaml, .yml and .json files in it, `-` for standard input.
 *
 * @throws {ManifestError} POLICY_BAD_MANIFEST with one line per fault
 */
export function readManifests(paths: readonly string[]): Manifests {
  const faults: string[] = [];
  const ignored = new Map<string, number>();
  const objects: Record<string, unknown[]> = Object.fromEntries(Object.values(fieldOfKind).map((field) => [field, []]));
  for (const path of paths.flatMap((one) => filesAt(one, faults))) {
    for (const { kind, object } of readFile(path, faults)) {
      const field = Object.hasOwn(fieldOfKind, kind) ? fieldOfKind[kind as keyof typeof fieldOfKind] : undefined;
      if (field === undefined) ignored.set(kind, (ignored.get(kind) ?? 0) + 1);
      else objects[field]?.push(object);
    }
  }
  if (faults.length > 0) throw new ManifestError(faults.join('\n'));
  return { objects: objects as unknown as ClusterObjects, ignored };
}

function filesAt(path: string, faults: string[]): readonly string[] {
  if (path === '-') return [path];
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => /\.(ya?ml|json)$/.test(name));
    if (names.length === 0) faults.push(`${path}: no .yaml, .yml or .json file is in this directory`);
    return names.toSorted().map((name) => join(path, name));
  } catch (error) {
    faults.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

function readFile(path: string, faults: string[]): readonly Found[] {
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    faults.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
  const lines = new LineCounter();
  const documents: readonly Document[] = [...parseAllDocuments(text, { lineCounter: lines })];
  return documents.flatMap((document, index) => {
    const where = `${path === '-' ? 'standard input' : path}: document ${index + 1}`;
    const [error] = document.errors;
    if (error !== undefined) {
      faults.push(`${where}, line ${error.linePos?.[0].line ?? '?'}: ${error.message.split('\n')[0]?.replace(/ at line.*$/, '')}`);
      return [];
    }
    const line =
      document.contents?.range === undefined || document.contents.range === null ? 1 : lines.linePos(document.contents.range[0]).line;
    if (document.contents === null || document.toJS() === null) return [];
    if (!isMap(document.contents)) {
      faults.push(`${where}, line ${line}: is no Kubernetes object: a map with apiVersion, kind and metadata is expected`);
      return [];
    }
    return readObject(document.toJS({ maxAliasCount: 100 }), `${where}, line ${line}`, faults);
  });
}

/** A list is its items. @source apimachinery meta/v1 List */
function readObject(value: unknown, where: string, faults: string[]): readonly Found[] {
  const object = value as { readonly apiVersion?: unknown; readonly kind?: unknown; readonly items?: unknown; readonly metadata?: unknown };
  const { kind, apiVersion } = object;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') {
    faults.push(`${where}: ${typeof kind === 'string' ? 'apiVersion' : 'kind'} is missing, or no text`);
    return [];
  }
  if (kind.endsWith('List')) {
    if (!Array.isArray(object.items)) {
      faults.push(`${where} (${kind}): items is no list`);
      return [];
    }
    const itemKind = kind.slice(0, -'List'.length);
    return (object.items as readonly unknown[]).flatMap((item, index) =>
      readObject(
        typeof item === 'object' && item !== null ? { ...(itemKind === '' ? {} : { kind: itemKind, apiVersion }), ...item } : item,
        `${where}, items[${index}]`,
        faults,
      ),
    );
  }
  const known = kinds[kind];
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  if (known === undefined || known.group !== group) return [{ kind, object }];
  const found = faultsOf(known.schema, object);
  for (const fault of found) faults.push(`${where} (${describe(kind, object.metadata)}): ${fault}`);
  return found.length > 0 ? [] : [{ kind, object }];
}

function describe(kind: string, metadata: unknown): string {
  const { namespace, name } = (metadata ?? {}) as { readonly namespace?: unknown; readonly name?: unknown };
  const own = [namespace, name].filter((part) => typeof part === 'string');
  return own.length === 0 ? kind : `${kind} ${own.join('/')}`;
}

/** The faults of an object, each with its field: those of its shape, and those of addresses, which a shape can not tell. */
function faultsOf(schema: (typeof kinds)[string]['schema'], object: unknown): readonly string[] {
  const errors = Value.Check(schema, object) ? [] : Value.Errors(schema, object);
  const fields = new Map(errors.map((error) => [pathOf(error.instancePath), saying(error)]));
  const ofShape = [...fields].map(([path, message]) => `${path === '' ? 'the object' : path} is ${shown(object, path)}: it ${message}`);
  return [...ofShape, ...addressFaults(object, '')];
}

function saying({ keyword, params, message }: ReturnType<typeof Value.Errors>[number]): string {
  if (keyword === 'enum') return `must be one of ${(params as { readonly allowedValues: readonly unknown[] }).allowedValues.join(', ')}`;
  return keyword === 'anyOf' ? 'must be the number of a port, 1 to 65535, or the name of one' : message;
}

/** `/spec/ingress/0/from` as `spec.ingress[0].from`. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part, index) =>
      /^\d+$/.test(part) ? `[${part}]` : `${index === 0 ? '' : '.'}${part.replaceAll('~1', '/').replaceAll('~0', '~')}`,
    )
    .join('');
}

const maxShown = 60;

function shown(object: unknown, path: string): string {
  let value = object;
  for (const part of path.split(/[.[\]]+/).filter(Boolean)) value = (value as Readonly<Record<string, unknown>> | undefined)?.[part];
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > maxShown ? `${text.slice(0, maxShown)}...` : text;
}

/** Fields whose text is an address or a block, wherever they stand. */
const addressFields: ReadonlySet<string> = new Set(['podIP', 'ip']);
const blockFields: ReadonlySet<string> = new Set(['cidr', 'except', 'networks', 'allowSubnets']);

function addressFaults(value: unknown, path: string, field = ''): readonly string[] {
  if (typeof value === 'string') {
    if (addressFields.has(field) && readAddress(value) === undefined) return [`${path} is "${value}": it must be an IPv4 or IPv6 address`];
    if (blockFields.has(field) && readPrefix(value) === undefined)
      return [`${path} is "${value}": it must be a block such as 10.0.0.0/8 or fd00::/64`];
    return [];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => addressFaults(item, `${path}[${index}]`, field));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'labels' || key === 'annotations' ? [] : addressFaults(inner, path === '' ? key : `${path}.${key}`, key),
  );
}
