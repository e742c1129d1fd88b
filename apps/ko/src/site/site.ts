/** Where the parts of a cluster can be reached, as the command line, the environment or a site file say. */
import { readFileSync } from 'node:fs';
import Type from 'typebox';
import Value from 'typebox/value';
import { KoError } from '../errors.ts';

/**
 * Where the parts are. A site file has this form: for clusters whose programs are not in pods, or when the API server is away. Without one,
 * `ko` looks for the pods of OVN and Open vSwitch by their labels.
 */
export interface Site {
  readonly kubeconfig?: string;
  /** `unix:/path`, `tcp:host:port` or `ssl:host:port` */
  readonly northbound?: readonly string[];
  readonly southbound?: readonly string[];
  /** Servers on this machine. */
  readonly members?: Readonly<Partial<Record<DatabaseKind, readonly MemberSite[]>>>;
  /** By name. */
  readonly nodes?: Readonly<Record<string, NodeSite>>;
  /** Files on this machine. */
  readonly logs?: readonly LogSite[];
}

/** What one program prints. */
export interface LogSite {
  readonly part: LogPart;
  /** Its name, where several belong to a part: `ovn-northd`. */
  readonly program: string;
  /** Left out for programs that belong to no node. */
  readonly node?: string;
  readonly file: string;
}

/** Parts of the network that have logs, in the order of their start. */
export const logParts = ['ovn-central', 'ovs-ovn', 'controller', 'daemon', 'speaker', 'pinger'] as const;
export type LogPart = (typeof logParts)[number];

/** A node whose programs can be reached from this machine. */
export interface NodeSite {
  /** conf.db */
  readonly openvswitch?: string;
  /** `OVS_RUNDIR` of its programs. */
  readonly runDir?: string;
  /** Path of its network namespace; this machine's own if left out. */
  readonly namespace?: string;
  /** What `ovs-appctl -t` takes: a name or a socket. */
  readonly vswitchd?: string;
  readonly ovnController?: string;
}

/** One server of a database. */
export interface MemberSite {
  readonly socket: string;
  /** What `ovn-appctl -t` takes. */
  readonly control: string;
}

/** The databases of OVN, by the names that the command line has for them. */
export type DatabaseKind = 'nb' | 'sb';

const closed = { additionalProperties: false };
const text = Type.String({ minLength: 1 });
const remote = Type.String({ pattern: '^(unix:|tcp:|ssl:)' });
const member = Type.Object({ socket: text, control: text }, closed);
const node = Type.Object(
  {
    openvswitch: Type.Optional(remote),
    runDir: Type.Optional(text),
    namespace: Type.Optional(text),
    vswitchd: Type.Optional(text),
    ovnController: Type.Optional(text),
  },
  closed,
);
const log = Type.Object(
  { part: Type.Union(logParts.map((part) => Type.Literal(part))), program: text, node: Type.Optional(text), file: text },
  closed,
);
const schema = Type.Object(
  {
    kubeconfig: Type.Optional(text),
    northbound: Type.Optional(Type.Array(remote)),
    southbound: Type.Optional(Type.Array(remote)),
    members: Type.Optional(Type.Object({ nb: Type.Optional(Type.Array(member)), sb: Type.Optional(Type.Array(member)) }, closed)),
    nodes: Type.Optional(Type.Record(Type.String(), node)),
    logs: Type.Optional(Type.Array(log)),
  },
  closed,
);

/** @throws {KoError} KO_BAD_SITE naming the file, the field and what is wrong */
export function readSite(file: string): Site {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new KoError('KO_BAD_SITE', `site file ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (Value.Check(schema, value)) return value;
  const [first] = Value.Errors(schema, value);
  throw new KoError(
    'KO_BAD_SITE',
    `site file ${file}: ${first?.instancePath ?? ''} ${first?.keyword === 'boolean' ? 'is no field of a site file' : (first?.message ?? 'is wrong')}`,
  );
}

/** What the flags say goes before what the file says. */
export function mergeSites(file: Site, flags: Site): Site {
  return { ...file, ...flags, nodes: { ...file.nodes, ...flags.nodes } };
}
