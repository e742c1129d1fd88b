/**
 * Bridges of physical networks in the node's database. They are ours by `external_ids:provider-network`, and the planner, which knows its
 * rows by another mark, lets them be: it can not order its writes with moves of addresses.
 */
import { vswitchTables, owner } from '@kube-ovn/ovn-model';
import {
  type DatabaseClient,
  named,
  type Operation,
  OvsdbError,
  type Replica,
  type RowOf,
  rowsOf,
  type Uuid,
  type WritableRow,
} from '@kube-ovn/ovsdb';
import { INTEGRATION_BRIDGE } from '../features/join/join.formula.ts';
import type { NetworkBridges, NicFacts, PresentNetwork } from '../features/provider-network/keep.ts';
import { changedMapping, chassisMac, mappedTo, type NodeNetwork } from '../features/provider-network/provider-network.formula.ts';

type BridgeRow = RowOf<typeof vswitchTables.bridge>;
type PortRow = RowOf<typeof vswitchTables.port>;
type InterfaceRow = RowOf<typeof vswitchTables.networkInterface>;

/** Keys of `external_ids`. */
const [NETWORK, NIC] = ['provider-network', 'provider-interface'];
const [BRIDGES, MACS] = ['ovn-bridge-mappings', 'ovn-chassis-mac-mappings'];
/** ovs-vswitchd needs some 10 ms. */
const TAKEN_UP_MS = 2_000;

/** Networks of ours in the database. */
export function presentNetworks(replica: Replica): readonly PresentNetwork[] {
  return [...rowsOf(replica, vswitchTables.bridge)].flatMap(({ name: bridge, external_ids: ids }) => {
    const [name, nic] = [ids.get(NETWORK), ids.get(NIC)];
    return name === undefined || nic === undefined ? [] : [{ name, bridge, nic }];
  });
}

/** @param node its name, from which addresses follow */
export function providerBridges(client: DatabaseClient, node: string): NetworkBridges {
  const { replica } = client;
  const bridgeOf = (name: string): BridgeRow | undefined => [...rowsOf(replica, vswitchTables.bridge)].find((row) => row.name === name);
  const portOf = (name: string): PortRow | undefined => [...rowsOf(replica, vswitchTables.port)].find((row) => row.name === name);
  const interfaceOf = (name: string): InterfaceRow | undefined =>
    [...rowsOf(replica, vswitchTables.networkInterface)].find((row) => row.name === name);
  const write = async (operations: readonly Operation[]): Promise<void> => {
    if (operations.length > 0) await client.transact(operations);
  };
  return {
    present: () => presentNetworks(replica),
    hasUplink: ({ bridge, nic }) => {
      const port = portOf(nic);
      return port !== undefined && bridgeOf(bridge)?.ports.includes(port._uuid) === true;
    },
    objection: (network) => objection(network),
    makeBridge: async (network, facts) => {
      const row = bridgeOf(network.bridge);
      const datapath = bridgeOf(INTEGRATION_BRIDGE)?.datapath_type ?? '';
      await write(
        row === undefined
          ? newBridge(network, facts, datapath)
          : [...bridgeChanges(row, network, facts), ...mtuChanges(interfaceOf(network.bridge), facts)],
      );
      await takenUp([network.bridge]);
    },
    addUplink: async (network) => {
      const [row, port] = [bridgeOf(network.bridge), portOf(network.nic)];
      if (row !== undefined) await write(port === undefined ? newUplink(row, network) : trunkChanges(port, network));
      return takenUp([network.bridge, network.nic]);
    },
    map: async (networks) => {
      if (networks.length === 0) return;
      const bridges = new Map(networks.map(({ name, bridge }) => [name, bridge]));
      const macs = new Map(networks.map(({ name }) => [name, chassisMac(node, name)]));
      await write([...mapping(BRIDGES, new Set(), bridges), ...mapping(MACS, new Set(), macs)]);
    },
    unmap: async ({ name }) => {
      const gone = new Set([name]);
      await write([...mapping(BRIDGES, gone, new Map()), ...mapping(MACS, gone, new Map())]);
    },
    remove: async ({ bridge }) => {
      const row = bridgeOf(bridge);
      if (row === undefined) return;
      await write([{ op: 'mutate', table: vswitchTables.openVswitch.name, where: [], mutations: [['bridges', 'delete', [row._uuid]]] }]);
      await settled(() => bridgeOf(bridge) === undefined);
    },
  };

  function objection({ name, bridge, nic }: NodeNetwork): string | undefined {
    if (bridgeOf(INTEGRATION_BRIDGE) === undefined) return `there is no bridge ${INTEGRATION_BRIDGE} yet`;
    const found = bridgeOf(bridge);
    if (found !== undefined && !isOurs(found, name)) return `bridge ${bridge} is there already, and is not ours`;
    const port = portOf(nic);
    const holder = [...rowsOf(replica, vswitchTables.bridge)].find(({ ports }) => port !== undefined && ports.includes(port._uuid));
    if (holder !== undefined && holder.name !== bridge) return `interface ${nic} is a port of bridge ${holder.name}`;
    const other = mappedTo(globalIds().get(BRIDGES) ?? '', name);
    return other === undefined || other === bridge ? undefined : `${BRIDGES} says already that ${name} is bridge ${other}`;
  }

  function globalIds(): ReadonlyMap<string, string> {
    return [...rowsOf(replica, vswitchTables.openVswitch)][0]?.external_ids ?? new Map();
  }

  /** "delete" of a pair and "insert" of a key do nothing when somebody else has changed it meanwhile. @source RFC 7047 §5.1 */
  function mapping(key: string, ours: ReadonlySet<string>, wanted: ReadonlyMap<string, string>): readonly Operation[] {
    const present = globalIds().get(key) ?? '';
    const text = changedMapping({ present, ours, wanted });
    if (text === present) return [];
    return [
      {
        op: 'mutate',
        table: vswitchTables.openVswitch.name,
        where: [],
        mutations: [
          ['external_ids', 'delete', new Map([[key, present]])],
          ...(text === '' ? [] : [['external_ids', 'insert', new Map([[key, text]])] as const]),
        ],
      },
    ];
  }

  /** Wait for ovs-vswitchd. @throws {Error} what it has against one of these links */
  async function takenUp(links: readonly string[]): Promise<string | undefined> {
    const isUsed = (link: string): boolean => Number(interfaceOf(link)?.ofport ?? -1) > 0;
    const errorOf = (link: string): string => interfaceOf(link)?.error ?? '';
    const isTaken = await settled(() => links.every(isUsed) || links.some((link) => errorOf(link) !== ''));
    for (const link of links) if (errorOf(link) !== '') throw new Error(`Open vSwitch can not use ${link}: ${errorOf(link)}`);
    return isTaken ? undefined : `ovs-vswitchd has not taken up ${links.filter((link) => !isUsed(link)).join(' and ')}; does it run?`;
  }

  async function settled(isSo: () => boolean): Promise<boolean> {
    try {
      await replica.waitFor(isSo, TAKEN_UP_MS);
      return true;
    } catch (error) {
      if (error instanceof OvsdbError && error.code === 'OVSDB_TIMEOUT') return false;
      throw error;
    }
  }
}

/** An earlier Kube-OVN marks its bridges in its own way; they are taken over with the network of that name. */
function isOurs({ external_ids: ids }: BridgeRow, network: string): boolean {
  return ids.get(NETWORK) === network || (!ids.has(NETWORK) && ids.get('vendor') === owner);
}

const marks = (network: string): ReadonlyMap<string, string> => new Map([[NETWORK, network]]);

/** A port with its interface, as a bridge refers to it. */
function newPort(link: string, port: WritableRow, networkInterface: WritableRow): readonly Operation[] {
  return [
    { op: 'insert', table: vswitchTables.networkInterface.name, uuidName: 'made_interface', row: { name: link, ...networkInterface } },
    {
      op: 'insert',
      table: vswitchTables.port.name,
      uuidName: 'made_port',
      row: { name: link, interfaces: [named('made_interface')], ...port },
    },
  ];
}

/** @source Open_vSwitch Bridge.fail_mode standalone: switches by addresses, without a controller; Bridge.other_config:hwaddr */
function newBridge({ name, bridge, nic }: NodeNetwork, facts: NicFacts, datapathType: string): readonly Operation[] {
  const external_ids = marks(name);
  return [
    ...newPort(bridge, { external_ids }, { type: 'internal', mtu_request: [facts.mtuBytes], external_ids }),
    {
      op: 'insert',
      table: vswitchTables.bridge.name,
      uuidName: 'made_bridge',
      row: {
        name: bridge,
        ports: [named('made_port')],
        datapath_type: datapathType,
        fail_mode: ['standalone'],
        other_config: new Map([['hwaddr', facts.mac]]),
        external_ids: new Map([...external_ids, [NIC, nic]]),
      },
    },
    { op: 'mutate', table: vswitchTables.openVswitch.name, where: [], mutations: [['bridges', 'insert', [named('made_bridge')]]] },
  ];
}

function bridgeChanges(row: BridgeRow, { name, nic }: NodeNetwork, { mac }: NicFacts): readonly Operation[] {
  return [...keys(row, 'other_config', new Map([['hwaddr', mac]])), ...keys(row, 'external_ids', new Map([...marks(name), [NIC, nic]]))];
}

function mtuChanges(row: InterfaceRow | undefined, { mtuBytes }: NicFacts): readonly Operation[] {
  if (row === undefined || row.mtu_request === mtuBytes) return [];
  const table = vswitchTables.networkInterface.name;
  return [{ op: 'update', table, where: [['_uuid', '==', row._uuid]], row: { mtu_request: [mtuBytes] } }];
}

function keys(
  { _uuid, ...row }: BridgeRow,
  column: 'other_config' | 'external_ids',
  wanted: ReadonlyMap<string, string>,
): readonly Operation[] {
  const differing = [...wanted].filter(([key, value]) => row[column].get(key) !== value);
  if (differing.length === 0) return [];
  return [
    {
      op: 'mutate',
      table: vswitchTables.bridge.name,
      where: [['_uuid', '==', _uuid]],
      mutations: [
        [column, 'delete', differing.map(([key]) => key)],
        [column, 'insert', new Map(differing)],
      ],
    },
  ];
}

function newUplink({ _uuid }: { readonly _uuid: Uuid }, { name, nic, vlans }: NodeNetwork): readonly Operation[] {
  const external_ids = marks(name);
  return [
    ...newPort(nic, { trunks: vlans, external_ids }, { external_ids }),
    {
      op: 'mutate',
      table: vswitchTables.bridge.name,
      where: [['_uuid', '==', _uuid]],
      mutations: [['ports', 'insert', [named('made_port')]]],
    },
  ];
}

/**
 * ovs-vswitchd (3.1 at least) takes no notice when this column alone changes: it carries the new VLANs once it is told to configure itself anew.
 * @source Open_vSwitch Port.trunks, Open_vSwitch.next_cfg
 */
function trunkChanges({ _uuid, trunks }: PortRow, { vlans }: NodeNetwork): readonly Operation[] {
  const isSame = trunks.length === vlans.length && vlans.every((vlan) => trunks.includes(vlan));
  if (isSame) return [];
  return [
    { op: 'update', table: vswitchTables.port.name, where: [['_uuid', '==', _uuid]], row: { trunks: vlans } },
    { op: 'mutate', table: vswitchTables.openVswitch.name, where: [], mutations: [['next_cfg', '+=', 1]] },
  ];
}
