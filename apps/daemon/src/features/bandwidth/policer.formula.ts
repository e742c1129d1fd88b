/**
 * Rates of an interface over vhost-user → columns of its rows in Open vSwitch, which drops what is beyond them itself: such a port has no
 * network device in the kernel on which something could wait.
 *
 * @source Open_vSwitch QoS.type=egress-policer (towards the pod), Interface.ingress_policing_rate (from the pod), both by netdev-dpdk
 * @source docs/adr/0012-what-limits.md, "Interfaces over vhost-user"
 */
import type { Rate } from '@kube-ovn/api';
import { vswitchTables } from '@kube-ovn/ovn-model';
import { rowRef, wantedRow, type RowOf, type RowRef, type WantedRow } from '@kube-ovn/ovsdb';

/** What passes a port in one direction. */
export interface Policer {
  readonly mbit: number;
  readonly burstBytes: number;
}

/** Of a port, as the pod sees directions. */
export interface Policers {
  readonly ingress?: Policer | undefined;
  readonly egress?: Policer | undefined;
}

const BYTES_OF_MBIT = 125_000;
const KBIT_OF_MBIT = 1000;
const BITS_OF_BYTE = 8;
/** Dropping needs more than queueing: with less TCP stays below its rate. @source docs/adr/0012-what-limits.md */
const BURST_S = 0.2;
/** Two packets of the largest MTU in use. */
const MIN_BURST_BYTES = 20_000;

/** The policer for a rate; undefined: no limit. */
export function policerOf(rate: Rate | undefined): Policer | undefined {
  if (rate === undefined || rate.mbit === 0) return undefined;
  const burstMbit = rate.burstMbit ?? rate.mbit * BURST_S;
  return { mbit: rate.mbit, burstBytes: Math.round(Math.max(burstMbit * BYTES_OF_MBIT, MIN_BURST_BYTES)) };
}

const EGRESS_POLICER = 'egress-policer';

/** What the rows of a port say. */
export interface PolicerColumns {
  readonly rows: readonly WantedRow[];
  readonly qos: RowRef<'QoS'> | undefined;
  readonly interfaceColumns: { readonly ingress_policing_rate: number; readonly ingress_policing_burst: number };
}

/** Policers → rows. What a switch sends is what its pod receives. */
export function policerColumns(link: string, { ingress, egress }: Policers): PolicerColumns {
  const key = `${link}/policer`;
  return {
    rows: ingress === undefined ? [] : [wantedRow(vswitchTables.qos, key, { type: EGRESS_POLICER, other_config: qosSettings(ingress) })],
    qos: ingress === undefined ? undefined : rowRef('QoS', key),
    interfaceColumns: {
      ingress_policing_rate: Math.round((egress?.mbit ?? 0) * KBIT_OF_MBIT),
      ingress_policing_burst: Math.round(((egress?.burstBytes ?? 0) * BITS_OF_BYTE) / KBIT_OF_MBIT),
    },
  };
}

/** @source Open_vSwitch QoS.other_config:cir, cbs: bytes a second, bytes */
function qosSettings({ mbit, burstBytes }: Policer): Readonly<Record<string, string>> {
  return { cir: String(Math.round(mbit * BYTES_OF_MBIT)), cbs: String(burstBytes) };
}

/** The rows of a port → policers. */
export function readPolicers(
  row: Pick<RowOf<typeof vswitchTables.networkInterface>, 'ingress_policing_rate' | 'ingress_policing_burst'>,
  qos: Pick<RowOf<typeof vswitchTables.qos>, 'type' | 'other_config'> | undefined,
): Policers {
  const cir = qos?.type === EGRESS_POLICER ? Number(qos.other_config.get('cir') ?? 0) : 0;
  const ingress = cir > 0 ? { mbit: cir / BYTES_OF_MBIT, burstBytes: Number(qos?.other_config.get('cbs') ?? 0) } : undefined;
  const rate = Number(row.ingress_policing_rate) / KBIT_OF_MBIT;
  const egress = rate > 0 ? { mbit: rate, burstBytes: (Number(row.ingress_policing_burst) * KBIT_OF_MBIT) / BITS_OF_BYTE } : undefined;
  return { ...(ingress === undefined ? {} : { ingress }), ...(egress === undefined ? {} : { egress }) };
}

/** Whether ovs-vswitchd goes by a policer towards the pod. @param shown answer to its command `qos/show` */
export function isPolicing(shown: string, policer: Policer | undefined): boolean {
  const cir = /^cir: (?<cir>\d+)/m.exec(shown)?.groups?.['cir'];
  return policer === undefined ? cir === undefined : cir === qosSettings(policer)['cir'];
}
