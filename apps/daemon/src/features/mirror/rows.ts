/** Rows of what copies traffic: bridge `br-mirror` beside br-int, ports between and on them, Mirrors of br-int. */
import { createHash } from 'node:crypto';
import type { MirrorTunnel } from '@kube-ovn/api';
import { vswitchTables } from '@kube-ovn/ovn-model';
import { rowRef, wantedRow, type WantedRow } from '@kube-ovn/ovsdb';
import { INTEGRATION_BRIDGE } from '../join/join.formula.ts';

/** Copies leave br-int for this bridge, whose rules lead them on. */
export const MIRROR_BRIDGE = 'br-mirror';
/** Key of `external_ids` of all these rows: a daemon that starts knows them by it, and keeps them until it knows better. */
export const MIRROR_KEY = 'kube-ovn-mirror';
/** More than any pod's: a copy is never too long for the interface that it goes to. */
const MTU_BYTES = 9216;
/** Of a link's name, beside a letter for what it is. */
const HASH_DIGITS = 12;

/** Where copies of a Mirror go, with the address of a pod that gets them. */
export type Sink = { readonly link: string } | { readonly address: string; readonly tunnel: MirrorTunnel };

/** What of br-int is copied. */
export interface Selection {
  readonly all?: boolean;
  /** Ports that send. */
  readonly from?: readonly string[];
  /** Ports that receive. */
  readonly to?: readonly string[];
}

/** The bridge. It has no controller: what the daemon writes into it counts, and nothing else passes. @source Open_vSwitch Bridge.fail_mode */
export function bridgeRows(datapathType: string): readonly WantedRow[] {
  const row = wantedRow(
    vswitchTables.bridge,
    MIRROR_BRIDGE,
    {
      datapath_type: datapathType,
      fail_mode: 'secure',
      other_config: { 'disable-in-band': 'true' },
      external_ids: { [MIRROR_KEY]: 'bridge' },
    },
    { table: 'Open_vSwitch', key: '.', column: 'bridges' },
  );
  return [row, ...portRows(MIRROR_BRIDGE, MIRROR_BRIDGE, { type: 'internal' })];
}

/** The two ends of the way that copies of one kind take, on br-int and on the bridge. */
export function wayOf(row: string): { readonly near: string; readonly far: string } {
  return { near: `m${hashOf(row)}`, far: `w${hashOf(row)}` };
}

/** A Mirror of br-int, and the way by which its copies leave. @source Open_vSwitch Mirror; Interface.type=patch */
export function mirrorRows(row: string, { all = false, from = [], to = [] }: Selection): readonly WantedRow[] {
  const { near, far } = wayOf(row);
  const ports = (names: readonly string[]) => names.map((name) => rowRef('Port', name));
  return [
    ...portRows(near, INTEGRATION_BRIDGE, { type: 'patch', options: { peer: far } }),
    ...portRows(far, MIRROR_BRIDGE, { type: 'patch', options: { peer: near } }),
    wantedRow(
      vswitchTables.mirror,
      row,
      { select_all: all, select_src_port: ports(from), select_dst_port: ports(to), output_port: rowRef('Port', near) },
      { table: 'Bridge', key: INTEGRATION_BRIDGE, column: 'mirrors' },
    ),
  ];
}

/** Name of the port by which copies reach their place; Mirrors with the same place share it. */
export function sinkPort(sink: Sink): string {
  if ('link' in sink) return sink.link;
  const { encapsulation, key } = sink.tunnel;
  return `s${hashOf(`${encapsulation} ${sink.address} ${key ?? ''}`)}`;
}

/** That port. @source Open_vSwitch Interface.type internal, gre, erspan */
export function sinkRows(sink: Sink): readonly WantedRow[] {
  const name = sinkPort(sink);
  if ('link' in sink) return portRows(name, MIRROR_BRIDGE, { type: 'internal', mtu_request: MTU_BYTES });
  const { encapsulation, key } = sink.tunnel;
  const options =
    encapsulation === 'erspan'
      ? { remote_ip: sink.address, key: String(key ?? 0), erspan_ver: '1', erspan_idx: '0' }
      : { remote_ip: sink.address, ...(key === undefined ? {} : { key: String(key) }) };
  return portRows(name, MIRROR_BRIDGE, { type: encapsulation, options });
}

interface InterfaceColumns {
  readonly type: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly mtu_request?: number;
}

function portRows(name: string, bridge: string, columns: InterfaceColumns): readonly WantedRow[] {
  return [
    wantedRow(vswitchTables.port, name, { interfaces: [rowRef('Interface', name)] }, { table: 'Bridge', key: bridge, column: 'ports' }),
    wantedRow(vswitchTables.networkInterface, name, { ...columns, external_ids: { [MIRROR_KEY]: columns.type } }),
  ];
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
}
