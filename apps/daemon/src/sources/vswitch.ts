/**
 * The node's Open_vSwitch database: what is in it when the daemon starts, what changes, and the way to write to it.
 */
import { cniErrorCodes, GATEWAY_PORT } from '@kube-ovn/api';
import { isSamePlainData, sourceCell, sourceTable, type Cell, type SourceTable } from '@kube-ovn/dataflow';
import { owner, vswitchTables } from '@kube-ovn/ovn-model';
import {
  findRows,
  OvsdbError,
  rowRef,
  rowsOf,
  synchronize,
  wantedRow,
  type DatabaseClient,
  type Fragment,
  type Replica,
  type RowOf,
  type Synchronizer,
} from '@kube-ovn/ovsdb';
import { openDatabase, systemClock } from '@kube-ovn/ovsdb/node';
import { CniFailure, tryAgainLater } from '../errors.ts';
import { attachmentOwner, VHOST_USER_TYPE } from '../features/attachment/attachment.formula.ts';
import { attachmentKey, readAttachment, type Attachment } from '../features/attachment/record.ts';
import type { PortState } from '../features/attachment/service.ts';
import { readPolicers, type Policers } from '../features/bandwidth/policer.formula.ts';
import type { DpdkState } from '../features/vhost-user/dpdk-state.ts';
import { CHASSIS_OWNER } from '../features/chassis/chassis.formula.ts';
import { GATEWAY_OWNER } from '../features/gateway-port/gateway-port.formula.ts';
import { FOUND_MIRRORS } from '../features/mirror/features.ts';
import type { PortFacts } from '../features/mirror/reports.formula.ts';
import { MIRROR_KEY } from '../features/mirror/rows.ts';
import { INTEGRATION_BRIDGE, JOIN_LINK, JOIN_OWNER } from '../features/join/join.formula.ts';
import type { Tunnel } from '../features/tunnel/tunnel.formula.ts';
import { markMirror, mirrorsAsFound, readMirrorPorts, readMirrorRows } from './found-mirrors.ts';
import { isHeldElsewhere, isInOtherBridge, nodeIdentities } from './other-bridges.ts';
import { presentNetworks } from './provider-bridges.ts';
import { readZeroSnat, type ZeroSnat } from './zero-snat.ts';

type InterfaceRow = RowOf<typeof vswitchTables.networkInterface>;

/** What formulas read of the database. */
export interface ChassisFacts {
  readonly systemId: string | undefined;
  readonly isUserspaceDatapath: boolean;
  readonly hasIntegrationBridge: boolean;
  /** Bridges that stand for interfaces of the node, by those. */
  readonly bridgeOfNic: Readonly<Record<string, string>>;
  readonly dpdk: DpdkState;
}

/** The node's database. */
export interface NodeDatabase extends AsyncDisposable {
  readonly client: DatabaseClient;
  readonly synchronizer: Synchronizer;
  readonly facts: Cell<ChassisFacts>;
  readonly zeroSnat: Cell<ZeroSnat>;
  /** To other nodes. */
  readonly tunnels: Cell<readonly Tunnel[]>;
  /** Ports of ours for copies of traffic, by name. */
  readonly mirrorPorts: Cell<ReadonlyMap<string, PortFacts>>;
  /** How many ports each Mirror row of ours selects, by name. */
  readonly mirrorRows: Cell<ReadonlyMap<string, number>>;
  /** Equal to the server's content. */
  readonly isLive: Cell<boolean>;
  /** What was in the database at the start has been taken up. */
  readonly isLoaded: Cell<boolean>;
  /** Attachments of this node: read from the database once, from then on what the database shall hold. */
  readonly attachments: SourceTable<Attachment>;
  /** What limits those over vhost-user, likewise. */
  readonly policers: SourceTable<Policers>;
  /** Rows of ours as they were found at the start; a fragment of the same owner takes their place. */
  readonly found: SourceTable<Fragment>;
  readonly ports: PortState;
  /** Links of rows that are only kept. */
  foundLinks(): readonly string[];
  /** Resolves when the database has been read for the first time. */
  loaded(): Promise<void>;
}

const BY_NAME = 'name';
/** ovn-controller needs some 30 ms; this is the time after which it is taken for absent. */
const INSTALL_TIMEOUT_MS = 30_000;
/** DEL does not fail on a database that is away: what is to go is remembered, and found again by the next daemon. */
const GONE_TIMEOUT_MS = 5_000;
/** Columns that change with every packet, or that nobody here reads. */
const interfaceColumns = [
  'name',
  'type',
  'mac',
  'mtu_request',
  'ofport',
  'error',
  'external_ids',
  'options',
  'bfd_status',
  'ingress_policing_rate',
  'ingress_policing_burst',
];

/**
 * Open the database; it reconnects for ever.
 * @param mirrorInterface name of the interface that gets copies, by which those of an earlier Kube-OVN are known
 */
export function openNodeDatabase(remote: string, mirrorInterface = 'mirror0'): NodeDatabase {
  const { bridge, datapath, mirror, networkInterface, openVswitch, port, qos } = vswitchTables;
  const client = openDatabase({
    remotes: [remote],
    database: 'Open_vSwitch',
    tables: {
      [openVswitch.name]: [
        'bridges',
        'datapaths',
        'external_ids',
        'next_cfg',
        'cur_cfg',
        'iface_types',
        'dpdk_initialized',
        'dpdk_version',
      ],
      [datapath.name]: ['capabilities', 'external_ids'],
      [bridge.name]: ['name', 'ports', 'mirrors', 'datapath_type', 'fail_mode', 'other_config', 'external_ids'],
      [mirror.name]: ['name', 'select_all', 'select_src_port', 'select_dst_port', 'output_port', 'external_ids'],
      [port.name]: ['name', 'interfaces', 'trunks', 'external_ids', 'qos'],
      [qos.name]: ['type', 'other_config', 'external_ids'],
      [networkInterface.name]: interfaceColumns,
    },
    leaderOnly: false,
  });
  const { replica } = client;
  replica.addIndex(networkInterface.name, BY_NAME, (row) => (typeof row['name'] === 'string' ? [row['name']] : []));
  const synchronizer = synchronize({ client, identities: nodeIdentities, clock: systemClock });
  const facts = sourceCell(readFacts(replica), { equals: isSamePlainData });
  const zeroSnat = sourceCell(readZeroSnat(replica));
  const tunnels = sourceCell(readTunnels(replica), { equals: isSamePlainData });
  const mirrorPorts = sourceCell(readMirrorPorts(replica), { equals: isSamePlainData });
  const mirrorRows = sourceCell(readMirrorRows(replica), { equals: isSamePlainData });
  const isLive = sourceCell(false);
  const isLoaded = sourceCell(false);
  const attachments = sourceTable<Attachment>('attachments');
  const policers = sourceTable<Policers>('policers', { equals: isSamePlainData });
  const found = sourceTable<Fragment>('found rows');
  const read = (): void => {
    facts.set(readFacts(replica));
    zeroSnat.set(readZeroSnat(replica));
    tunnels.set(readTunnels(replica));
    mirrorPorts.set(readMirrorPorts(replica));
    mirrorRows.set(readMirrorRows(replica));
  };
  const endings = [replica.onChange(read), replica.onState((state) => isLive.set(state.name === 'live'))];
  return {
    client,
    synchronizer,
    facts,
    zeroSnat,
    tunnels,
    mirrorPorts,
    mirrorRows,
    isLive,
    isLoaded,
    attachments,
    policers,
    found,
    ports: portState({ client, synchronizer, found }),
    foundLinks: () => [...found.keys()].filter((key) => key.startsWith(FOUND)).map((key) => key.slice(FOUND.length)),
    loaded: async () => {
      await replica.waitFor(({ state }) => state.name === 'live');
      await markPorts(client);
      await markMirror(client, mirrorInterface);
      for (const row of rowsOf(replica, networkInterface)) {
        if (row.external_ids.get('vendor') === owner && !isInOtherBridge(replica, row)) takeUp(row, { attachments, found });
      }
      found.set(FOUND_MIRRORS, mirrorsAsFound(replica));
      takeUpPolicers(replica, { attachments, policers });
      const [root] = rowsOf(replica, openVswitch);
      if (root !== undefined) found.set(CHASSIS_OWNER, { rows: [], members: [globalKeys(root.external_ids)] });
      isLoaded.set(true);
    },
    [Symbol.asyncDispose]: async () => {
      for (const end of endings) end();
      await synchronizer[Symbol.asyncDispose]();
      await client.close();
    },
  };
}

/** Before the first write, so that limits stay as they are until it is known what is asked for. */
function takeUpPolicers(
  replica: Replica,
  into: { readonly attachments: SourceTable<Attachment>; readonly policers: SourceTable<Policers> },
): void {
  const byName = new Map([...rowsOf(replica, vswitchTables.port)].map((row) => [row.name, row]));
  const disciplines = new Map([...rowsOf(replica, vswitchTables.qos)].map((row) => [row._uuid, row]));
  for (const row of rowsOf(replica, vswitchTables.networkInterface)) {
    const attachment = row.external_ids.get('vendor') === owner ? readAttachment(row) : undefined;
    if (attachment?.vhostUser === undefined) continue;
    const discipline = byName.get(row.name)?.qos;
    into.policers.set(attachmentKey(attachment), readPolicers(row, discipline && disciplines.get(discipline)));
  }
}

function readFacts(replica: Replica): ChassisFacts {
  const [root] = rowsOf(replica, vswitchTables.openVswitch);
  const bridge = [...rowsOf(replica, vswitchTables.bridge)].find(({ name }) => name === INTEGRATION_BRIDGE);
  return {
    systemId: root?.external_ids.get('system-id'),
    isUserspaceDatapath: bridge?.datapath_type === 'netdev',
    dpdk: {
      isInitialized: root?.dpdk_initialized === true,
      version: root?.dpdk_version,
      hasVhostUser: root?.iface_types.includes(VHOST_USER_TYPE) === true,
      isUserspaceDatapath: bridge?.datapath_type === 'netdev',
    },
    hasIntegrationBridge: bridge !== undefined,
    bridgeOfNic: Object.fromEntries(presentNetworks(replica).map(({ nic, bridge: standIn }) => [nic, standIn])),
  };
}

/** Types of interfaces that ovn-controller makes towards other chassis. @source ovn-controller(8) external_ids:ovn-encap-type */
const TUNNEL_TYPES: readonly string[] = ['geneve', 'vxlan', 'stt'];

function readTunnels(replica: Replica): readonly Tunnel[] {
  const found = [...rowsOf(replica, vswitchTables.networkInterface)].filter(({ type }) => TUNNEL_TYPES.includes(type));
  const tunnels = found.map(({ options, bfd_status: status }): Tunnel => {
    const forwarding = status.get('forwarding');
    return { remote: options.get('remote_ip') ?? '', isUp: forwarding === undefined ? undefined : forwarding === 'true' };
  });
  return tunnels.toSorted((a, b) => (a.remote < b.remote ? -1 : 1));
}

/**
 * Kube-OVN marks interfaces as its own, but not the ports that hold them. The planner tells by the port's mark as well, so it is added
 * once, to what an earlier installation has left.
 */
async function markPorts(client: DatabaseClient): Promise<void> {
  const { replica } = client;
  const { networkInterface, port } = vswitchTables;
  const marked = new Set(
    [...rowsOf(replica, networkInterface)].filter((row) => row.external_ids.get('vendor') === owner).map(({ _uuid }) => _uuid),
  );
  const ports = [...rowsOf(replica, port)].filter(
    (row) => row.external_ids.get('vendor') !== owner && row.interfaces.some((uuid) => marked.has(uuid)) && !isHeldElsewhere(replica, row),
  );
  if (ports.length === 0) return;
  await client.transact(
    ports.map(({ _uuid }) => ({
      op: 'mutate',
      table: port.name,
      where: [['_uuid', '==', _uuid]],
      mutations: [['external_ids', 'insert', new Map([['vendor', owner]])]],
    })),
  );
}

/** Owners of the node's own ports, by their links. */
const ownPorts: Readonly<Record<string, string>> = { [JOIN_LINK]: JOIN_OWNER, [GATEWAY_PORT.link]: GATEWAY_OWNER };

/** A row of ours: an attachment, the node's own port, or something that is kept until its link is seen to be gone. */
function takeUp(row: InterfaceRow, into: { readonly attachments: SourceTable<Attachment>; readonly found: SourceTable<Fragment> }): void {
  if (row.external_ids.has(MIRROR_KEY)) return; // mirrorsAsFound keeps these
  const attachment = readAttachment(row);
  if (attachment !== undefined) into.attachments.set(attachmentKey(attachment), attachment);
  else into.found.set(ownPorts[row.name] ?? foundOwner(row.name), asFound(row));
}

/**
 * Ask ovs-vswitchd to tell when it has carried out what the database says now.
 *
 * @returns the value that `cur_cfg` then has
 * @source Open_vSwitch Open_vSwitch.next_cfg, cur_cfg
 */
async function nextConfiguration(client: DatabaseClient): Promise<number> {
  const table = vswitchTables.openVswitch.name;
  const [, selected] = await client.transact([
    { op: 'mutate', table, where: [], mutations: [['next_cfg', '+=', 1]] },
    { op: 'select', table, where: [], columns: ['next_cfg'] },
  ]);
  return Number(selected?.rows?.[0]?.['next_cfg'] ?? 0);
}

function isTimeout(error: unknown): boolean {
  return error instanceof OvsdbError && error.code === 'OVSDB_TIMEOUT';
}

const FOUND = 'found/';

/** Owner of a row that is only kept. */
function foundOwner(link: string): string {
  return FOUND + link;
}

function asFound(row: InterfaceRow): Fragment {
  const parent = { table: 'Bridge', key: INTEGRATION_BRIDGE, column: 'ports' };
  return {
    rows: [
      wantedRow(vswitchTables.port, row.name, { interfaces: [rowRef('Interface', row.name)] }, parent),
      wantedRow(vswitchTables.networkInterface, row.name, { type: row.type, mac: row.mac, mtu_request: row.mtu_request }),
    ],
    members: [],
  };
}

function globalKeys(externalIds: ReadonlyMap<string, string>): Fragment['members'][number] {
  const ours = [...externalIds].filter(([key]) => key.startsWith('ovn-encap-') || key.endsWith('-probe-interval'));
  return { table: 'Open_vSwitch', key: '.', column: 'external_ids', map: Object.fromEntries(ours) };
}

function portState({
  client,
  synchronizer,
  found,
}: {
  readonly client: DatabaseClient;
  readonly synchronizer: Synchronizer;
  readonly found: SourceTable<Fragment>;
}): PortState {
  const { replica } = client;
  const rowOf = (link: string): InterfaceRow | undefined =>
    findRows(replica, vswitchTables.networkInterface, { index: BY_NAME, key: link })[0];
  const isInstalled = (attachment: Attachment): boolean => {
    const ids = rowOf(attachment.hostLink)?.external_ids;
    return replica.state.name === 'live' && ids?.get('iface-id') === attachment.port && ids.get('ovn-installed') === 'true';
  };
  return {
    isInstalled,
    installed: async (attachment) => {
      try {
        await replica.waitFor(() => {
          const error = rowOf(attachment.hostLink)?.error;
          if (error !== undefined && error !== '') throw tryAgainLater(`Open vSwitch cannot use link ${attachment.hostLink}: ${error}`);
          return isInstalled(attachment);
        }, INSTALL_TIMEOUT_MS);
      } catch (error) {
        if (error instanceof CniFailure || !isTimeout(error)) throw error;
        throw new CniFailure(
          cniErrorCodes.tryAgainLater,
          `port ${attachment.port} was not installed within ${INSTALL_TIMEOUT_MS / 1000} s`,
          {
            details: reasonFor(attachment),
            cause: error,
          },
        );
      }
    },
    gone: async ({ hostLink }) => {
      if (replica.state.name !== 'live') return;
      try {
        await replica.waitFor(({ state }) => state.name !== 'live' || rowOf(hostLink) === undefined, GONE_TIMEOUT_MS);
      } catch (error) {
        if (!isTimeout(error)) throw error;
      }
    },
    applied: async () => {
      if (replica.state.name !== 'live') return;
      const wanted = await nextConfiguration(client);
      const isApplied = (): boolean => Number([...rowsOf(replica, vswitchTables.openVswitch)][0]?.cur_cfg ?? 0) >= wanted;
      try {
        await replica.waitFor(({ state }) => state.name !== 'live' || isApplied(), GONE_TIMEOUT_MS);
      } catch (error) {
        if (!isTimeout(error)) throw error;
      }
    },
    releaseFound: (hostLink) => found.delete(foundOwner(hostLink)),
  };

  function reasonFor(attachment: Attachment): string {
    const problem = synchronizer.problem(attachmentOwner(attachment));
    if (problem !== undefined) return `the port could not be written to the Open_vSwitch database: ${problem.message}`;
    if (replica.state.name !== 'live') return 'the Open_vSwitch database is not connected';
    const ofport = rowOf(attachment.hostLink)?.ofport;
    if (ofport === undefined) return 'ovs-vswitchd has not taken up the port; does it run?';
    return `ovn-controller has not claimed ${attachment.port}; does it run, is it connected to the Southbound database, and does the logical switch port exist?`;
  }
}
