/** The NB replica as cells: the ports, switches and routers of ours that OVN has, as far as formulas and the allocation read them. */
import { batch, type Cell, isSamePlainData, type SourceTable, sourceCell, sourceTable, type Table } from '@kube-ovn/dataflow';
import { detectNorthboundFeatures, nbIdentities, type NorthboundFeatures, type tables } from '@kube-ovn/ovn-model';
import type { Replica, Row, RowChange, RowOf } from '@kube-ovn/ovsdb';
import { eipKey } from '../effects/demand.ts';

/** A logical switch port of ours. */
export interface SeenPort {
  /** Sorted. @source Logical_Switch_Port.addresses */
  readonly addresses: readonly string[];
  /** `namespace/name`, on ports of pods; else empty. */
  readonly pod: string;
  /** On ports of nodes; else empty. */
  readonly node: string;
  readonly logicalSwitch: string;
  /** On ports of Vips; else empty. */
  readonly vip: string;
}

/** A row of ours, other than a switch's port, that bears an address. */
export interface SeenExternal {
  /** Key of its lease: an OvnEip's, or that of an underlay Subnet's junction. */
  readonly lease: string;
  /** Key of the rule of NAT; empty on a port of a router. */
  readonly nat: string;
}

export interface NorthboundCells extends Disposable {
  /** By port name. */
  readonly ports: Table<SeenPort>;
  /** By name. */
  readonly switches: Table<true>;
  readonly routers: Table<true>;
  /** By table and name or key. */
  readonly external: Table<SeenExternal>;
  /** What the server can do, under `northbound`; nothing before the first contact. */
  readonly features: Table<NorthboundFeatures>;
  /** The replica equals the server's content, up to messages on the way. */
  readonly isLive: Cell<boolean>;
}

type Follow = (changes: readonly RowChange[]) => void;

/** Follow a replica. */
export function northboundCells(replica: Replica): NorthboundCells {
  const isLive = sourceCell(replica.state.name === 'live');
  const features = sourceTable<NorthboundFeatures>('northbound features', { equals: isSamePlainData });
  const noteFeatures = (): void => {
    if (replica.schema !== undefined) features.set('northbound', detectNorthboundFeatures(replica.schema));
  };
  noteFeatures();
  const ports = sourceTable<SeenPort>('northbound ports', { equals: samePort });
  const switches = sourceTable<true>('northbound switches');
  const routers = sourceTable<true>('northbound routers');
  const external = sourceTable<SeenExternal>('northbound external', { equals: isSamePlainData });
  const followed = new Map<string, Follow>([
    ['Logical_Switch_Port', follower('Logical_Switch_Port', ports, seenPort)],
    ['Logical_Switch', follower('Logical_Switch', switches, () => true)],
    ['Logical_Router', follower('Logical_Router', routers, () => true)],
    ...['NAT', 'Load_Balancer', 'Logical_Router_Port'].map((table): [string, Follow] => [
      table,
      follower(table, prefixed(table, external), seenExternal),
    ]),
  ]);
  const apply = (changes: readonly RowChange[]): void =>
    batch(() => {
      for (const [table, follow] of followed) follow(changes.filter((change) => change.table === table));
    });
  for (const table of followed.keys()) {
    apply([...replica.rows(table)].map((after) => ({ table, uuid: after._uuid, before: undefined, after })));
  }
  const followState = (name: Replica['state']['name']): void => {
    if (name === 'live') noteFeatures();
    isLive.set(name === 'live');
  };
  const stops = [replica.onChange(apply), replica.onState((state) => batch(() => followState(state.name)))];
  return {
    ports,
    switches,
    routers,
    external,
    features,
    isLive,
    [Symbol.dispose]: () => {
      for (const stop of stops) stop();
    },
  };
}

/** Rows of ours by their natural key; a row that is renamed or loses our mark leaves the table. */
function follower<V>(table: string, cells: Pick<SourceTable<V>, 'set' | 'delete'>, project: (row: Row) => V | undefined): Follow {
  const keyOf = (row: Row | undefined): string | undefined => (row === undefined ? undefined : nbIdentities[table]?.keyOf(row));
  return (changes) => {
    for (const { before } of changes) {
      const key = keyOf(before);
      if (key !== undefined) cells.delete(key);
    }
    for (const { after } of changes) {
      const key = keyOf(after);
      const value = after === undefined ? undefined : project(after);
      if (value !== undefined && key !== undefined) cells.set(key, value);
    }
  };
}

/** One table for rows of several. */
function prefixed<V>(prefix: string, cells: SourceTable<V>): Pick<SourceTable<V>, 'set' | 'delete'> {
  return { set: (key, value) => cells.set(`${prefix}/${key}`, value), delete: (key) => cells.delete(`${prefix}/${key}`) };
}

function seenExternal(row: Row): SeenExternal | undefined {
  const ids = (row as Row & RowOf<typeof tables.nat>).external_ids;
  const [eip, junction] = [ids.get('eip'), ids.get('u2o')];
  const lease = eip === undefined ? junction : eipKey(eip);
  return lease === undefined ? undefined : { lease, nat: ids.get('nat') ?? '' };
}

function seenPort(row: Row): SeenPort {
  const { addresses, external_ids: ids } = row as Row & RowOf<typeof tables.logicalSwitchPort>;
  return {
    addresses: addresses.toSorted(),
    pod: ids.get('pod') ?? '',
    node: ids.get('node') ?? '',
    logicalSwitch: ids.get('ls') ?? '',
    vip: ids.get('vip') ?? '',
  };
}

function samePort(a: SeenPort, b: SeenPort): boolean {
  const isSameOwner = a.pod === b.pod && a.node === b.node && a.vip === b.vip;
  return isSameOwner && a.logicalSwitch === b.logicalSwitch && a.addresses.join('|') === b.addresses.join('|');
}
