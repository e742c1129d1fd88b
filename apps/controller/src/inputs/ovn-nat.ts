/**
 * OvnFip, OvnSnatRule, OvnDnatRule → NatInput: what is to be translated into which external address. Once such an object has been ready,
 * the spec of then counts: it is kept in an annotation, and an edit is put back.
 */
import { acceptedFields, madeByUs, type OvnDnatRule, type OvnFip, type OvnSnatRule, type Problem } from '@kube-ovn/api';
import { canonicalAddress, formatPrefix, readAddress, readPrefix } from '@kube-ovn/ipam';
import { problem } from './problem.ts';

export type NatKind = 'OvnFip' | 'OvnSnatRule' | 'OvnDnatRule';
export type NatObject = OvnFip | OvnSnatRule | OvnDnatRule;

/** What an address belongs to. */
export type NatTarget =
  | { readonly kind: 'ip' | 'vip' | 'subnet'; readonly name: string }
  /** Addresses, or blocks of a source, in a Vpc. */
  | { readonly kind: 'direct'; readonly vpc: string; readonly v4: string | undefined; readonly v6: string | undefined };

export interface NatPorts {
  readonly protocol: 'tcp' | 'udp';
  readonly internal: number;
  readonly external: number;
}

export interface NatInput {
  /** `<kind>/<name>`. */
  readonly key: string;
  readonly kind: NatKind;
  readonly name: string;
  /** Name of the OvnEip. */
  readonly eip: string;
  readonly target: NatTarget | undefined;
  /** Of an OvnFip: translated on the node of the workload. */
  readonly isDistributed: boolean;
  /** Of an OvnDnatRule. */
  readonly ports: NatPorts | undefined;
  readonly isTerminating: boolean;
  /** RFC 3339. */
  readonly created: string;
  /** It has been ready. */
  readonly isAccepted: boolean;
  readonly problems: readonly Problem[];
}

/** Fields that users write, of all three kinds. */
const specFields = [
  'ovnEip',
  'ipType',
  'ipName',
  'vpc',
  'vpcSubnet',
  'v4Ip',
  'v6Ip',
  'v4IpCidr',
  'v6IpCidr',
  'type',
  'internalPort',
  'externalPort',
  'protocol',
] as const;

type NatSpec = Partial<Readonly<Record<(typeof specFields)[number], string>>>;

/** The key of an object among all of the three kinds. */
export function natKey(kind: NatKind, name: string): string {
  return `${kind}/${name}`;
}

/** Read one of the three. @source Kube-OVN OvnFip.spec, OvnSnatRule.spec, OvnDnatRule.spec */
export function readNat(kind: NatKind, object: NatObject): NatInput {
  const { metadata } = object;
  const accepted = acceptedNatSpec(object);
  const spec = accepted ?? textsOf(object.spec);
  const problems: Problem[] = [];
  const bad: Bad = (field, value, told) => {
    problems.push(problem('NAT_BAD_FIELD', { object: `${kind} ${metadata.name}`, field: `spec.${field}`, value, ...told }));
  };
  if ((spec.ovnEip ?? '') === '') bad('ovnEip', '', { what: 'is empty', hint: 'name an OvnEip' });
  const target = targetOf(kind, spec, bad);
  const ports = kind === 'OvnDnatRule' ? portsOf(spec, bad) : undefined;
  const isDistributed = kind === 'OvnFip' && spec.type === 'distributed';
  if (isDistributed && target?.kind === 'direct')
    bad('type', 'distributed', {
      what: 'needs to know whose address it is',
      hint: 'name an IP or a Vip in spec.ipName, or use centralized',
    });
  return {
    key: natKey(kind, metadata.name),
    kind,
    name: metadata.name,
    eip: spec.ovnEip ?? '',
    target,
    isDistributed,
    ports,
    isTerminating: metadata.deletionTimestamp !== undefined,
    created: metadata.creationTimestamp ?? '',
    isAccepted: accepted !== undefined,
    problems,
  };
}

/** The spec of when it became ready; undefined before. What we make ourselves follows what it is made for. */
function acceptedNatSpec(object: NatObject): NatSpec | undefined {
  if (object.metadata.labels?.[madeByUs.key] === madeByUs.value) return undefined;
  const fields = acceptedFields(object);
  return fields === undefined ? undefined : textsOf(fields);
}

/** What is to be remembered of a spec that is in force. */
export function acceptedNatText(object: NatObject): string {
  return JSON.stringify(acceptedNatSpec(object) ?? textsOf(object.spec));
}

/** Fields in which the spec differs from the one in force: they can not be changed. */
export function changedNatFields(object: NatObject): readonly string[] {
  const accepted = acceptedNatSpec(object);
  const spec = textsOf(object.spec);
  if (accepted === undefined) return [];
  return specFields.flatMap((field) => ((spec[field] ?? '') === (accepted[field] ?? '') ? [] : [`spec.${field} "${spec[field] ?? ''}"`]));
}

/** A patch of the spec that puts back what was changed. */
export function restoredNatSpec(object: NatObject): Readonly<Record<string, string | null>> | undefined {
  const accepted = acceptedNatSpec(object);
  if (accepted === undefined || changedNatFields(object).length === 0) return undefined;
  const spec = textsOf(object.spec);
  return Object.fromEntries(
    specFields.flatMap((field) => ((spec[field] ?? '') === (accepted[field] ?? '') ? [] : [[field, accepted[field] ?? null]])),
  );
}

type Bad = (field: string, value: string, told: { readonly what: string; readonly hint: string }) => void;

function textsOf(spec: object): NatSpec {
  const values: Readonly<Record<string, unknown>> = { ...spec };
  return Object.fromEntries(
    specFields.flatMap((field) => {
      const value = values[field];
      return typeof value === 'string' && value !== '' ? [[field, value]] : [];
    }),
  );
}

function targetOf(kind: NatKind, spec: NatSpec, bad: Bad): NatTarget | undefined {
  if (kind === 'OvnSnatRule' && spec.vpcSubnet !== undefined) return { kind: 'subnet', name: spec.vpcSubnet };
  if (spec.ipName !== undefined) return { kind: kind !== 'OvnSnatRule' && spec.ipType === 'vip' ? 'vip' : 'ip', name: spec.ipName };
  const isSource = kind === 'OvnSnatRule';
  const [v4Field, v6Field] = isSource ? (['v4IpCidr', 'v6IpCidr'] as const) : (['v4Ip', 'v6Ip'] as const);
  const [v4, v6] = [directOf(v4Field, spec, { family: 4, isSource, bad }), directOf(v6Field, spec, { family: 6, isSource, bad })];
  if (spec[v4Field] === undefined && spec[v6Field] === undefined) {
    const hint = isSource ? 'name a Subnet in spec.vpcSubnet, or an IP here' : `name an IP or a Vip, or write spec.vpc and spec.${v4Field}`;
    bad('ipName', '', { what: 'is empty', hint });
    return undefined;
  }
  if (spec.vpc === undefined) {
    bad('vpc', '', { what: 'is empty', hint: `name the Vpc that spec.${v4Field} is in` });
    return undefined;
  }
  return { kind: 'direct', vpc: spec.vpc, v4, v6 };
}

interface Direct {
  readonly family: 4 | 6;
  /** Blocks too. */
  readonly isSource: boolean;
  readonly bad: Bad;
}

function directOf(field: 'v4Ip' | 'v6Ip' | 'v4IpCidr' | 'v6IpCidr', spec: NatSpec, { family, isSource, bad }: Direct): string | undefined {
  const value = spec[field];
  if (value === undefined) return undefined;
  const address = readAddress(value);
  if (address?.family === family) return canonicalAddress(value);
  const block = isSource ? readPrefix(value) : undefined;
  if (block?.family === family) return block.length === (family === 4 ? 32 : 128) ? value.split('/')[0] : formatPrefix(block);
  const what = `is no IPv${family} address${isSource ? ' or block' : ''}`;
  bad(field, value, { what, hint: isSource ? 'write one such as 10.0.1.0/24' : 'write one address, without a prefix length' });
  return undefined;
}

function portsOf(spec: NatSpec, bad: Bad): NatPorts | undefined {
  const protocol = (spec.protocol ?? '').toLowerCase();
  const [internal, external] = [portOf('internalPort', spec, bad), portOf('externalPort', spec, bad)];
  if (protocol !== 'tcp' && protocol !== 'udp') {
    bad('protocol', spec.protocol ?? '', {
      what: spec.protocol === undefined ? 'is empty' : 'is no such protocol',
      hint: 'use tcp or udp',
    });
    return undefined;
  }
  return internal === undefined || external === undefined ? undefined : { protocol, internal, external };
}

function portOf(field: 'internalPort' | 'externalPort', spec: NatSpec, bad: Bad): number | undefined {
  const text = spec[field] ?? '';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  bad(field, text, { what: text === '' ? 'is empty' : 'is no port', hint: 'write a number from 1 to 65535' });
  return undefined;
}
