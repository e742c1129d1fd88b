/**
 * All formulas of the speaker, from sources to what the sinks write.
 *
 *     Subnets, Pods, Services, slices ─► claims ─┐
 *     Node ─────────────────────────────────────┼─► prefixes ─┐
 *     flags, BgpPeers, Secrets ─► peers ────────┼─────────────┼─► BIRD's files
 *     BIRD's sessions ──────────────────────────┴─────────────┴─► status of the BgpSpeaker
 */
import { createHash } from 'node:crypto';
import type { BgpPeer, Node, Problem, Secret, SliceInput } from '@kube-ovn/api';
import { deriveTable, expandTable, formula, indexBy, isSamePlainData, mergeTables, type Cell, type Table } from '@kube-ovn/dataflow';
import type { Config } from '../config.ts';
import { readNode } from '../inputs/node.ts';
import { peerOfFlag, readPeer, type Peer } from '../inputs/peer.ts';
import type { PodInput } from '../inputs/pod.ts';
import type { AnnouncedService } from '../inputs/service.ts';
import type { SubnetInput } from '../inputs/subnet.ts';
import { birdFiles, type BirdFiles } from './configuration/configuration.formula.ts';
import { announcedPrefixes, podClaims, serviceClaims, subnetClaims, type Announced, type Claim } from './prefixes/prefixes.formula.ts';

/** What the formulas read. */
export interface FeatureInputs {
  readonly config: Config;
  /** This node's object; undefined while it is not known. */
  readonly node: Cell<Node | undefined>;
  readonly subnets: Table<SubnetInput>;
  readonly pods: Table<PodInput>;
  readonly services: Table<AnnouncedService>;
  readonly slices: Table<SliceInput>;
  readonly peers: Table<BgpPeer>;
  readonly secrets: Table<Secret>;
}

/** What the sinks write. */
export interface Features {
  readonly routerId: Cell<string>;
  readonly peers: Cell<readonly Peer[]>;
  readonly prefixes: Cell<readonly Announced[]>;
  readonly files: Cell<BirdFiles>;
  /** What is wrong with objects, by `Kind/key`. */
  readonly problems: Table<readonly Problem[]>;
}

const SAME = { equals: isSamePlainData };

/** Put the formulas together. */
export function buildFeatures(inputs: FeatureInputs): Features {
  const { config } = inputs;
  const node = formula(() => readNode(inputs.node.value), SAME);
  const routerId = formula(() => config.routerId ?? node.value.v4 ?? madeRouterId(config.nodeName));
  const claims = claimTables(inputs);
  const prefixes = formula(
    () =>
      announcedPrefixes(
        claims.flatMap((table) => [...table.entries()].flatMap(([, each]) => each)),
        node.value.standing,
      ),
    SAME,
  );
  const readings = peerReadings(inputs);
  const peers = formula(() => {
    const { localAs } = config.defaults;
    const ofFlags =
      localAs === undefined || config.neighborAs === undefined
        ? []
        : config.neighbors.map((address) => peerOfFlag(address, config.neighborAs ?? 0, { ...config.defaults, localAs }));
    const ofObjects = [...readings.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, reading]) => ('peer' in reading ? [reading.peer] : []));
    // of two for the same router the first counts
    return [...new Map([...ofFlags, ...ofObjects].toReversed().map((peer) => [peer.address, peer])).values()];
  }, SAME);
  const files = formula(
    () =>
      birdFiles({
        routerId: routerId.value,
        peers: peers.value,
        prefixes: prefixes.value,
        node: node.value,
        nodeIps: config.nodeIps,
        deferralSeconds: config.deferralSeconds,
      }),
    SAME,
  );
  return { routerId, peers, prefixes, files, problems: problemTable(inputs, readings) };
}

function claimTables({ config, subnets, pods, services, slices }: FeatureInputs): readonly Table<readonly Claim[]>[] {
  const slicesByService = indexBy('slices by service', slices, ({ service }) => [service]);
  const some = (found: readonly Claim[]): readonly Claim[] | undefined => (found.length === 0 ? undefined : found);
  return [
    deriveTable('claims of Subnets', subnets, (_, subnet) => some(subnetClaims(subnet)), SAME),
    deriveTable('claims of pods', pods, (_, pod) => some(podClaims(pod, (name) => subnets.get(name), config.nodeName)), SAME),
    deriveTable(
      'claims of services',
      services,
      (key, service) => {
        const its = [...slicesByService.of(key)].flatMap((slice) => slices.get(slice) ?? []);
        const { nodeName, announceClusterIp, announceExternalIp } = config;
        return some(serviceClaims(service, { slices: its, node: nodeName, announceClusterIp, announceExternalIp }));
      },
      SAME,
    ),
  ];
}

type FoundPeer = NonNullable<ReturnType<typeof readPeer>>;

function peerReadings({ config, node, peers, secrets }: FeatureInputs): Table<FoundPeer> {
  const labels = formula(() => node.value?.metadata.labels ?? {}, SAME);
  const passwordOf = (name: string): string | undefined => {
    const data = secrets.get(`${config.namespace}/${name}`)?.data?.['password'];
    return data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8');
  };
  return deriveTable(
    'peers of objects',
    peers,
    (_, peer) => readPeer(peer, { defaults: config.defaults, nodeLabels: labels.value, passwordOf }),
    SAME,
  );
}

function problemTable({ subnets, pods, services }: FeatureInputs, peers: Table<FoundPeer>): Table<readonly Problem[]> {
  const of = (kind: string, table: Table<{ readonly problems: readonly Problem[] }>): Table<readonly Problem[]> =>
    rename(
      kind,
      deriveTable(`problems of ${kind}`, table, (_, { problems }) => (problems.length === 0 ? undefined : problems), SAME),
    );
  const ofPeers = deriveTable('problems of BgpPeers', peers, (_, reading) => ('problem' in reading ? [reading.problem] : undefined), SAME);
  return mergeTables('problems', [of('Subnet', subnets), of('Pod', pods), of('Service', services), rename('BgpPeer', ofPeers)]);
}

/** The same under keys that no other kind has. */
function rename(kind: string, table: Table<readonly Problem[]>): Table<readonly Problem[]> {
  return expandTable(`problems by object: ${kind}`, table, (key, problems) => [[`${kind}/${key}`, problems] as const], SAME);
}

/** A node without IPv4 needs one too; the same at every start. @source RFC 6286: it need only be unique within an AS */
function madeRouterId(nodeName: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = createHash('sha256').update(nodeName).digest();
  return [(a % 223) + 1, b, c, d].join('.');
}
