/**
 * The datapath's row in the node's database, as far as NAT of nothing is concerned: ovs-vswitchd says there that the datapath can do
 * it, ovn-controller reads it there, and whoever wants connections without it says otherwise there.
 */
import { vswitchTables } from '@kube-ovn/ovn-model';
import { rowsOf, type DatabaseClient, type Mutation, type Replica, type RowOf } from '@kube-ovn/ovsdb';

/**
 * How it stands with the userspace datapath: `offered` to ovn-controller; `withdrawn`, while connections that were committed with it may
 * be there still; `gone`.
 */
export type ZeroSnat = 'offered' | 'withdrawn' | 'gone';

/** @source Open_vSwitch Datapath.capabilities:ct_zero_snat */
const CAPABILITY = 'ct_zero_snat';
/** Ours, in external_ids: connections are to be forgotten. */
const FORGET = 'kube-ovn-forget-connections';
/** Every other one is a userspace datapath. */
const KERNEL = 'system';

export function readZeroSnat(replica: Replica): ZeroSnat {
  const row = userspaceDatapath(replica);
  if (row?.capabilities.get(CAPABILITY) === 'true') return 'offered';
  return row?.external_ids.has(FORGET) === true ? 'withdrawn' : 'gone';
}

/**
 * From `offered` to `withdrawn`. ovs-vswitchd offers it again whenever it starts.
 * @source RFC 7047 §5.1: "insert" leaves a key as it is that is there already, hence "delete" first
 */
export function denyZeroSnat(client: DatabaseClient): Promise<void> {
  return mutate(client, [
    ['capabilities', 'delete', [CAPABILITY]],
    ['capabilities', 'insert', new Map([[CAPABILITY, 'false']])],
    ['external_ids', 'insert', new Map([[FORGET, 'true']])],
  ]);
}

/** From `withdrawn` to `gone`. */
export function connectionsForgotten(client: DatabaseClient): Promise<void> {
  return mutate(client, [['external_ids', 'delete', [FORGET]]]);
}

function userspaceDatapath(replica: Replica): RowOf<typeof vswitchTables.datapath> | undefined {
  const [root] = rowsOf(replica, vswitchTables.openVswitch);
  const uuids = new Set([...(root?.datapaths ?? [])].filter(([type]) => type !== KERNEL).map(([, uuid]) => uuid));
  return [...rowsOf(replica, vswitchTables.datapath)].find(({ _uuid }) => uuids.has(_uuid));
}

async function mutate(client: DatabaseClient, mutations: readonly Mutation[]): Promise<void> {
  const row = userspaceDatapath(client.replica);
  if (row === undefined) return;
  await client.transact([{ op: 'mutate', table: vswitchTables.datapath.name, where: [['_uuid', '==', row._uuid]], mutations }]);
}
