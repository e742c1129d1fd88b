/** The SB replica as cells: which node has the ports that OVN moves between nodes. */
import { batch, type Cell, sourceCell, sourceTable, type Table } from '@kube-ovn/dataflow';
import { southboundTables } from '@kube-ovn/ovn-model';
import type { Replica, Row, RowOf, TableSelection } from '@kube-ovn/ovsdb';

/** What is replicated: of all ports those that are bound to a group of chassis. @source ovn-sb(5) Port_Binding type chassisredirect */
export const southboundSelection: TableSelection = {
  Chassis: Object.keys(southboundTables.chassis.columns),
  Port_Binding: { columns: Object.keys(southboundTables.portBinding.columns), where: [['type', '==', 'chassisredirect']] },
};

export interface SouthboundCells extends Disposable {
  /** Name of the chassis by the name of the router port; a port that is nowhere is not in it. */
  readonly gateways: Table<string>;
  /** The replica equals the server's content, up to messages on the way. */
  readonly isLive: Cell<boolean>;
}

/** ovn-northd names such a port after the router port. @source ovn-northd(8) */
const PREFIX = 'cr-';

/** Follow a replica; without one nothing is known. */
export function southboundCells(replica: Replica | undefined): SouthboundCells {
  const gateways = sourceTable<string>('gateway chassis');
  const isLive = sourceCell(replica?.state.name === 'live');
  if (replica === undefined) return { gateways, isLive, [Symbol.dispose]: () => undefined };
  const refresh = (): void => {
    const names = new Map([...replica.rows('Chassis')].map((row) => [row._uuid, asChassis(row).name]));
    const now = [...replica.rows('Port_Binding')].flatMap((row): readonly [string, string][] => {
      const { logical_port: port, chassis } = asBinding(row);
      const name = chassis === undefined ? undefined : names.get(chassis);
      return name === undefined || !port.startsWith(PREFIX) ? [] : [[port.slice(PREFIX.length), name]];
    });
    gateways.replace(now);
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
    gateways,
    isLive,
    [Symbol.dispose]: () => {
      for (const stop of stops) stop();
    },
  };
}

function asBinding(row: Row): RowOf<typeof southboundTables.portBinding> {
  return row as Row & RowOf<typeof southboundTables.portBinding>;
}

function asChassis(row: Row): RowOf<typeof southboundTables.chassis> {
  return row as Row & RowOf<typeof southboundTables.chassis>;
}
