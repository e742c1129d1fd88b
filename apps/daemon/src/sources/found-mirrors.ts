/** What copies traffic in the node's database. */
import { owner, vswitchTables } from '@kube-ovn/ovn-model';
import { rowRef, rowsOf, wantedRow, type DatabaseClient, type Fragment, type Operation, type Replica, type Uuid } from '@kube-ovn/ovsdb';
import { ANNOTATED_MIRROR } from '../features/mirror/orders.formula.ts';
import type { PortFacts } from '../features/mirror/reports.formula.ts';
import { MIRROR_KEY } from '../features/mirror/rows.ts';

/** Rows of ours, as they are: they stay until it is known what is wanted. */
export function mirrorsAsFound(replica: Replica): Fragment {
  const { bridge, mirror, networkInterface, port } = vswitchTables;
  const bridges = [...rowsOf(replica, bridge)];
  const ours = bridges.flatMap(({ name, external_ids: ids }) =>
    ids.has(MIRROR_KEY) ? [wantedRow(bridge, name, {}, { table: 'Open_vSwitch', key: '.', column: 'bridges' })] : [],
  );
  const links = new Set(
    [...rowsOf(replica, networkInterface)].flatMap(({ name, external_ids: ids }) => (isOurs(ids) && ids.has(MIRROR_KEY) ? [name] : [])),
  );
  const ports = [...rowsOf(replica, port)].flatMap(({ _uuid, name }) => {
    const parent = bridges.find((each) => links.has(name) && each.ports.includes(_uuid));
    if (parent === undefined) return [];
    const at = { table: 'Bridge', key: parent.name, column: 'ports' };
    return [wantedRow(port, name, { interfaces: [rowRef('Interface', name)] }, at), wantedRow(networkInterface, name, {})];
  });
  const mirrors = [...rowsOf(replica, mirror)].flatMap(({ _uuid, name, external_ids: ids }) => {
    const parent = bridges.find((each) => isOurs(ids) && each.mirrors.includes(_uuid));
    return parent === undefined ? [] : [wantedRow(mirror, name, {}, { table: 'Bridge', key: parent.name, column: 'mirrors' })];
  });
  return { rows: [...ours, ...ports, ...mirrors], members: [] };
}

/** Ports of ours for copies, as Open vSwitch has them. @source Open_vSwitch Interface.ofport: -1 when it could not be made */
export function readMirrorPorts(replica: Replica): ReadonlyMap<string, PortFacts> {
  return new Map(
    [...rowsOf(replica, vswitchTables.networkInterface)].flatMap(({ name, ofport, error, external_ids: ids }) => {
      if (!isOurs(ids) || !ids.has(MIRROR_KEY)) return [];
      const number = Number(ofport ?? -1);
      return [[name, { number: number > 0 ? number : undefined, error: error ?? '' }] as const];
    }),
  );
}

/** How many ports our Mirror rows select. */
export function readMirrorRows(replica: Replica): ReadonlyMap<string, number> {
  const ours = [...rowsOf(replica, vswitchTables.mirror)].filter(({ external_ids: ids }) => isOurs(ids));
  return new Map(ours.map((row) => [row.name, new Set([...row.select_src_port, ...row.select_dst_port]).size]));
}

/** Kube-OVN leaves its mirror and the interface of it without a mark. They are marked once, and go on as ours. */
export async function markMirror(client: DatabaseClient, link: string): Promise<void> {
  const { replica } = client;
  const { mirror, networkInterface, port } = vswitchTables;
  const itsPort = [...rowsOf(replica, port)].find(({ name }) => name === link);
  const its = [...rowsOf(replica, mirror)].find(({ name, output_port: output }) => name === ANNOTATED_MIRROR && output === itsPort?._uuid);
  const itsLink = [...rowsOf(replica, networkInterface)].find(({ name, type }) => name === link && type === 'internal');
  if (its === undefined || itsPort === undefined || itsLink === undefined || isOurs(its.external_ids)) return;
  await client.transact([
    marking(mirror.name, its._uuid),
    marking(port.name, itsPort._uuid),
    marking(networkInterface.name, itsLink._uuid, [[MIRROR_KEY, 'link']]),
  ]);
}

function isOurs(externalIds: ReadonlyMap<string, string>): boolean {
  return externalIds.get('vendor') === owner;
}

function marking(table: string, uuid: Uuid, more: readonly (readonly [string, string])[] = []): Operation {
  return {
    op: 'mutate',
    table,
    where: [['_uuid', '==', uuid]],
    mutations: [['external_ids', 'insert', new Map([['vendor', owner], ...more])]],
  };
}
