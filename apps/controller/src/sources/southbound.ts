/** The SB replica as cells: which node has the ports that OVN moves between nodes. */
import { batch, type Cell, type Scheduler, sourceCell, sourceTable, type Table } from '@kube-ovn/dataflow';
import { southboundTables } from '@kube-ovn/ovn-model';
import type { Replica, Row, RowOf, TableSelection } from '@kube-ovn/ovsdb';
import { steady } from './steady.ts';

/** What is replicated: of all ports those that are bound to a group of chassis. @source ovn-sb(5) Port_Binding type chassisredirect */
export const southboundSelection: TableSelection = {
  Chassis: Object.keys(southboundTables.chassis.columns),
  Port_Binding: { columns: Object.keys(southboundTables.portBinding.columns), where: [['type', '==', 'chassisredirect']] },
};

export interface SouthboundCells extends Disposable {
  /** Name of the chassis by the name of the router port; a port that is nowhere is not in it. */
  readonly gateways: Table<string>;
  /** The same, once it has been there for a while; empty while it is on its way. A node that comes back answers before it forwards. */
  readonly steadyGateways: Table<string>;
  /** For how long a port had been away from where it is now, in milliseconds. */
  readonly gatewayAbsences: Table<number>;
  /** Type of Open vSwitch's datapath by the name of the chassis, where ovn-controller tells it. @source ovn-controller(8) Chassis other_config:datapath-type */
  readonly datapaths: Table<string>;
  /** The replica equals the server's content, up to messages on the way. */
  readonly isLive: Cell<boolean>;
}

/** ovn-northd names such a port after the router port. @source ovn-northd(8) */
const PREFIX = 'cr-';

/**
 * Longer than ovn-controller takes to have its flows in an Open vSwitch that was started anew: it tries to connect after 1, 2, 4 and 8 s.
 * @source ovn-controller, lib/rconn.c in Open vSwitch: backoff of at most 8 s
 */
const HOLD_MS = 10_000;

/** Follow a replica; without one nothing is known. */
export function southboundCells(replica: Replica | undefined, scheduler: Scheduler): SouthboundCells {
  const gateways = sourceTable<string>('gateway chassis');
  const datapaths = sourceTable<string>('datapaths');
  const isLive = sourceCell(replica?.state.name === 'live');
  const held = steady(scheduler, HOLD_MS);
  const cells = { gateways, steadyGateways: held.table, gatewayAbsences: held.absences, datapaths, isLive };
  if (replica === undefined) return { ...cells, [Symbol.dispose]: () => undefined };
  const refresh = (): void => {
    if (replica.state.name !== 'live') return;
    const chassis = [...replica.rows('Chassis')].map(asChassis);
    const names = new Map(chassis.map(({ _uuid, name }) => [_uuid, name]));
    datapaths.replace(
      chassis.flatMap(({ name, other_config: config }) => {
        const type = config.get('datapath-type');
        return type === undefined ? [] : [[name, type] as const];
      }),
    );
    const places = new Map<string, string>();
    for (const row of replica.rows('Port_Binding')) {
      const { logical_port: port, chassis: place } = asBinding(row);
      if (port.startsWith(PREFIX)) places.set(port.slice(PREFIX.length), (place && names.get(place)) ?? '');
    }
    held.update(places);
    gateways.replace([...places].filter(([, chassis]) => chassis !== ''));
  };
  refresh();
  const stops = [
    replica.onChange(() => batch(refresh)),
    replica.onState(({ name }) =>
      batch(() => {
        if (name === 'live') refresh();
        isLive.set(name === 'live');
      }),
    ),
  ];
  return {
    ...cells,
    [Symbol.dispose]: () => {
      held[Symbol.dispose]();
      for (const stop of stops) stop();
    },
  };
}

function asBinding(row: Row): RowOf<typeof southboundTables.portBinding> {
  return row as Row & RowOf<typeof southboundTables.portBinding>;
}

function asChassis(row: Row): Row & RowOf<typeof southboundTables.chassis> {
  return row as Row & RowOf<typeof southboundTables.chassis>;
}
