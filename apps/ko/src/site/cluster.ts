/** The parts of one cluster that `ko` talks to. */
import type { Writable } from 'node:stream';
import type { KubeClient } from '@kube-ovn/kube';
import { KoError } from '../errors.ts';
import { localPlace } from './local-place.ts';
import { capture, Kept, type Place } from './place.ts';
import type { DatabaseKind, LogPart, LogSite, MemberSite, NodeSite, Site } from './site.ts';

/** One server of a database of OVN. */
export interface DatabaseMember {
  readonly place: Place;
  /** What `ovn-appctl -t` takes. */
  readonly control: string;
  /** `unix:/path`, for programs on that place. */
  readonly remote: string;
}

/** Programs of a node that `ovs-appctl -t` asks. */
export type NodeProgram = 'ovs-vswitchd' | 'ovn-controller';

export interface NodePlaces {
  readonly place: Place;
  /** conf.db, for programs on that place; where it is not known they have their own default. */
  readonly openvswitch: string | undefined;
  control(program: NodeProgram): string;
}

/** Where a program's log is. */
export interface LogSource {
  readonly part: LogPart;
  readonly program: string;
  readonly node: string | undefined;
  /** For messages: `pod kube-system/ovs-ovn-x2x4c`, or a file. */
  readonly name: string;
  /** @throws {KoError} KO_UNREACHABLE, KO_PROGRAM_FAILED */
  print(into: Writable, wish: LogWish): Promise<void>;
}

export interface LogWish {
  /** The last so many. */
  readonly lines: number;
  readonly follow: boolean;
  /** Of the run before this one; where logs are files, these have all runs. */
  readonly previous: boolean;
  readonly signal?: AbortSignal;
}

/** Whoever knows where parts run: a site file, or the cluster's pods. */
export interface Directory {
  members(kind: DatabaseKind): Promise<readonly DatabaseMember[]>;
  node(name: string): Promise<NodePlaces | undefined>;
  nodes(): Promise<readonly string[]>;
  logs(): Promise<readonly LogSource[]>;
}

export interface Cluster extends Omit<Directory, 'node'> {
  readonly client: KubeClient;
  /** @throws {KoError} KO_NOT_FOUND */
  node(name: string): Promise<NodePlaces>;
  /** The server that takes writes. @throws {KoError} KO_NOT_FOUND when there is none */
  leader(kind: DatabaseKind): Promise<DatabaseMember>;
}

export const databaseNames: Readonly<Record<DatabaseKind, string>> = { nb: 'OVN_Northbound', sb: 'OVN_Southbound' };

/** What the first directory does not know the next one is asked for. */
export function clusterOf(client: KubeClient, directories: readonly Directory[]): Cluster {
  const members = async (kind: DatabaseKind): Promise<readonly DatabaseMember[]> => {
    for (const directory of directories) {
      const found = await directory.members(kind);
      if (found.length > 0) return found;
    }
    throw new KoError(
      'KO_NOT_FOUND',
      `no server of ${databaseNames[kind]} is known: there is no pod with the label app=ovn-central; give --ovn-${kind}-addr or --site`,
    );
  };
  const nodes = async (): Promise<readonly string[]> =>
    [...new Set((await Promise.all(directories.map((directory) => directory.nodes()))).flat())].toSorted((a, b) => (a < b ? -1 : 1));
  return {
    client,
    members,
    nodes,
    logs: async () => (await Promise.all(directories.map((directory) => directory.logs()))).flat(),
    leader: async (kind) => leaderOf(kind, await members(kind)),
    node: async (name) => {
      for (const directory of directories) {
        const found = await directory.node(name);
        if (found !== undefined) return found;
      }
      throw new KoError('KO_NOT_FOUND', `node ${name} is not known; there are ${(await nodes()).join(', ') || 'none'}`);
    },
  };
}

/** A standalone server is its own leader. @source ovsdb-server(1) cluster/status: "Role: leader" */
async function leaderOf(kind: DatabaseKind, members: readonly DatabaseMember[]): Promise<DatabaseMember> {
  const [only] = members;
  if (members.length === 1 && only !== undefined) return only;
  const reasons: string[] = [];
  for (const member of members) {
    try {
      const text = await clusterStatus(kind, member);
      if (/^Role: leader$/m.test(text)) return member;
      reasons.push(`${member.place.name}: ${/^Role: .*$/m.exec(text)?.[0] ?? 'no role'}`);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new KoError('KO_NOT_FOUND', `${databaseNames[kind]} has no leader now: ${reasons.join('; ')}`);
}

/** @returns undefined for a standalone server */
export function clusterStatus(kind: DatabaseKind, { place, control }: DatabaseMember): Promise<string> {
  return capture(place, ['ovn-appctl', '-t', control, 'cluster/status', databaseNames[kind]]);
}

/** What a site file and the flags say. */
export function siteDirectory(site: Site): Directory {
  const node = (name: string, found: NodeSite): NodePlaces => {
    const { runDir, namespace, openvswitch } = found;
    const controls: Readonly<Record<NodeProgram, string | undefined>> = {
      'ovs-vswitchd': found.vswitchd,
      'ovn-controller': found.ovnController,
    };
    return {
      place: localPlace({ name: `node ${name}`, runDir, namespace }),
      openvswitch,
      control: (program) => controls[program] ?? program,
    };
  };
  return {
    members: (kind) => Promise.resolve(membersOf(site, kind)),
    node: (name) => {
      const found = site.nodes?.[name];
      return Promise.resolve(found === undefined ? undefined : node(name, found));
    },
    nodes: () => Promise.resolve(Object.keys(site.nodes ?? {})),
    logs: () => Promise.resolve((site.logs ?? []).map(logFile)),
  };
}

/** @source tail(1): -F goes on when the file is a new one */
function logFile({ part, program, node, file }: LogSite): LogSource {
  const place = localPlace({ name: file });
  return {
    part,
    program,
    node,
    name: file,
    print: async (into, { lines, follow, signal }) => {
      const said = new Kept();
      const argv = ['tail', '-n', String(lines), ...(follow ? ['-F'] : []), file] as const;
      const code = await place.run(argv, { stdout: into, stderr: said, ...(signal === undefined ? {} : { signal }) });
      if (code !== 0 && signal?.aborted !== true) throw new KoError('KO_PROGRAM_FAILED', said.text().trim());
    },
  };
}

/** Of servers that only an address is known of, the programs' own default is asked for the rest. */
function membersOf(site: Site, kind: DatabaseKind): readonly DatabaseMember[] {
  const place = localPlace({ name: 'this machine' });
  const listed = site.members?.[kind] ?? [];
  if (listed.length > 0) return listed.map(({ socket, control }: MemberSite) => ({ place, control, remote: `unix:${socket}` }));
  const remotes = (kind === 'nb' ? site.northbound : site.southbound) ?? [];
  return remotes.length === 0 ? [] : [{ place, control: `ovn${kind}_db`, remote: remotes.join(',') }];
}
