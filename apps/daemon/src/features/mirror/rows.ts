import { vswitchTables } from '@kube-ovn/ovn-model';
import { rowRef, wantedRow, type RowRef, type WantedRow } from '@kube-ovn/ovsdb';
import { INTEGRATION_BRIDGE } from '../join/join.formula.ts';

type PortRef = RowRef<'Port'>;

/** Key of `external_ids` of what takes part in copying: a daemon that starts knows it by this key, and keeps it until it knows better. */
export const MIRROR_KEY = 'kube-ovn-mirror';
/** More than any pod's: a copy is never too long for the interface that it goes to. */
const MTU_BYTES = 9216;

/** An interface of the node that gets copies, on a bridge. @source Open_vSwitch Interface.type=internal */
export function mirrorLink(link: string, bridge: string): readonly WantedRow[] {
  return [
    wantedRow(vswitchTables.port, link, { interfaces: [rowRef('Interface', link)] }, { table: 'Bridge', key: bridge, column: 'ports' }),
    wantedRow(vswitchTables.networkInterface, link, {
      type: 'internal',
      mtu_request: MTU_BYTES,
      external_ids: { [MIRROR_KEY]: 'link' },
    }),
  ];
}

/** What of br-int is copied, and to which port of it. */
export interface Selection {
  readonly all?: boolean;
  /** Ports that send. */
  readonly from?: readonly PortRef[];
  /** Ports that receive. */
  readonly to?: readonly PortRef[];
  readonly output: PortRef;
}

/** A Mirror of br-int. @source Open_vSwitch Mirror */
export function mirrorRow(name: string, { all = false, from = [], to = [], output }: Selection): WantedRow {
  return wantedRow(
    vswitchTables.mirror,
    name,
    { select_all: all, select_src_port: from, select_dst_port: to, output_port: output },
    { table: 'Bridge', key: INTEGRATION_BRIDGE, column: 'mirrors' },
  );
}
