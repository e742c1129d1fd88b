/** The parts of a diagnosis, looked at one by one: what can not be asked is said, and the others are looked at all the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lease, resources } from '@kube-ovn/api';
import { KubeError } from '@kube-ovn/kube';
import { checkCluster } from '../check/check.ts';
import type { Finding } from '../check/finding.ts';
import type { Context } from '../cli/context.ts';
import { type ChassisFacts, chassisFindings, type TunnelState } from '../diagnose/chassis.ts';
import { databaseFindings, type DatabaseFacts } from '../diagnose/databases.ts';
import { ofCheck } from '../diagnose/finding.ts';
import { programFindings, PROGRAMS } from '../diagnose/programs.ts';
import { type Part, unseenPart } from '../diagnose/report.ts';
import { warningFindings } from '../diagnose/warnings.ts';
import { checkEnvironment } from '../environment/check.ts';
import { networkEvents } from '../events/events.ts';
import { mapIn, nodeRows, type Row } from '../ovn/rows.ts';
import { type Cluster, databaseNames } from '../site/cluster.ts';
import { eachNode } from '../site/each-node.ts';
import { attempt } from '../site/place.ts';
import type { DatabaseKind } from '../site/site.ts';
import { readClusterFacts } from './cluster-facts.ts';
import { soundness } from './databases.ts';
import { readEnvironment } from './environment.ts';
import { readOvn } from './why-world.ts';

/** What differs for a moment only is on its way to be mended. */
const LOOK_AGAIN_MS = 1000;

export interface DiagnosisOptions {
  /** The nodes to look at; undefined for all. */
  readonly nodes: readonly string[] | undefined;
  /** Warnings are told from then on. */
  readonly sinceMs: number;
}

/** Every part, in the order in which they stand on each other. */
export async function readParts(context: Context, { nodes, sinceMs }: DiagnosisOptions): Promise<readonly Part[]> {
  const looks: Readonly<Record<string, () => Promise<Part>>> = {
    databases: () => databasesPart(context.cluster),
    programs: () => programsPart(context),
    nodes: () => nodesPart(context.cluster, nodes),
    chassis: () => chassisPart(context.cluster, nodes),
    objects: () => objectsPart(context),
    events: () => eventsPart(context, sinceMs),
  };
  return Promise.all(Object.entries(looks).map(([name, look]) => look().catch((error: unknown) => unseenPart(name, reasonOf(error)))));
}

async function databasesPart(cluster: Cluster): Promise<Part> {
  const facts = await Promise.all((['nb', 'sb'] as const).map((kind) => readServers(cluster, kind)));
  const seen = facts.map(({ name, servers }) => `${name} on ${servers.length} ${servers.length === 1 ? 'server' : 'servers'}`).join(', ');
  return { name: 'databases', seen, findings: facts.flatMap(databaseFindings) };
}

async function readServers(cluster: Cluster, kind: DatabaseKind): Promise<DatabaseFacts> {
  const members = await cluster.members(kind);
  const [servers, leaderless] = await Promise.all([
    Promise.all(members.map(async (member) => ({ name: `${member.place.name} ${member.remote}`, wrong: await soundness(kind, member) }))),
    cluster.leader(kind).then(() => undefined, reasonOf),
  ]);
  return { name: databaseNames[kind], servers, leaderless };
}

async function programsPart({ client, systemNamespace: namespace }: Context): Promise<Part> {
  const labelSelector = `app in (${Object.keys(PROGRAMS).join(', ')})`;
  const [pods, nodes, lease] = await Promise.all([
    client.list(resources.pod, { namespace, labelSelector }),
    client.list(resources.node),
    client.get(resources.lease, `${namespace}/kube-ovn-controller`).catch((error: unknown): Lease | undefined => {
      if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
      throw error;
    }),
  ]);
  const findings = programFindings({ pods: pods.items, nodes: nodes.items, lease, nowMs: Date.now() });
  const where = pods.items.length === 0 ? 'programs are not in pods' : `${pods.items.length} pods`;
  return { name: 'programs', seen: `${where}, ${nodes.items.length} nodes, lease of ${lease?.spec?.holderIdentity ?? 'nobody'}`, findings };
}

async function nodesPart(cluster: Cluster, only: readonly string[] | undefined): Promise<Part> {
  const facts = await readEnvironment(cluster, only);
  return { name: 'nodes', seen: facts.nodes.map(({ node }) => node).join(', ') || 'none', findings: checkEnvironment(facts) };
}

async function chassisPart(cluster: Cluster, only: readonly string[] | undefined): Promise<Part> {
  const [ovn, nodes] = await Promise.all([readOvn(cluster), cluster.client.list(resources.node)]);
  const names = only ?? nodes.items.map(({ metadata }) => metadata.name);
  const facts = await eachNode(names, async (node): Promise<ChassisFacts> => {
    const state = await readChassis(cluster, node).catch(() => ({ connection: undefined, tunnels: [] }));
    return { node, behind: ovn.chassis.get(node)?.behind, ...state };
  });
  const watched = facts.flatMap(({ tunnels }) => tunnels).filter(({ state }) => state !== undefined).length;
  const tunnels = facts.flatMap((fact) => fact.tunnels).length;
  const seen = `${facts.filter(({ behind }) => behind !== undefined).length} chassis, ${tunnels} tunnels, ${watched} of them watched by BFD`;
  return { name: 'chassis', seen, findings: chassisFindings(facts, ovn.northdBehind) };
}

async function readChassis(cluster: Cluster, node: string): Promise<Pick<ChassisFacts, 'connection' | 'tunnels'>> {
  const places = await cluster.node(node);
  const [status, interfaces] = await Promise.all([
    attempt(places.place, ['ovn-appctl', '-T', '5', '-t', places.control('ovn-controller'), 'connection-status']),
    nodeRows(places, { table: 'Interface', columns: ['type', 'options', 'bfd', 'bfd_status'] }),
  ]);
  return { connection: status.code === 0 ? status.stdout.trim() : undefined, tunnels: interfaces.flatMap(tunnelOf) };
}

function tunnelOf(row: Row): readonly TunnelState[] {
  const remote = mapIn(row['options']).get('remote_ip');
  if (remote === undefined || !['geneve', 'vxlan', 'stt'].includes(String(row['type']))) return [];
  const isWatched = mapIn(row['bfd']).get('enable') === 'true';
  const status = mapIn(row['bfd_status']);
  return [{ remote, state: isWatched ? (status.get('state') ?? 'unknown') : undefined, diagnostic: status.get('diagnostic') ?? '' }];
}

async function objectsPart(context: Context): Promise<Part> {
  let facts = await readClusterFacts(context);
  let findings: readonly Finding[] = checkCluster(facts);
  if (findings.length > 0) {
    await sleep(LOOK_AGAIN_MS);
    facts = await readClusterFacts(context);
    findings = checkCluster(facts);
  }
  const seen = `${facts.ips.length} addresses, ${facts.pods.length} pods, ${facts.ports.length} ports`;
  return { name: 'objects', seen, findings: findings.map(ofCheck) };
}

async function eventsPart({ client }: Context, sinceMs: number): Promise<Part> {
  const { items } = await client.list(resources.event);
  const findings = warningFindings(networkEvents(items, { warningsOnly: true, about: undefined }), sinceMs);
  return { name: 'events', seen: `warnings since ${new Date(sinceMs).toISOString()}`, findings };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
