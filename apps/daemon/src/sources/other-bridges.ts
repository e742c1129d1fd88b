/**
 * What is written with the planner is in br-int and the bridge for copies alone. An earlier Kube-OVN marks the uplinks of its provider bridges as it
 * marks what is there; they may be the node's own way to the network, and are no orphans of ours.
 */
import { ovsIdentities, vswitchTables } from '@kube-ovn/ovn-model';
import { type Replica, rowsOf, type TableIdentity, type Uuid } from '@kube-ovn/ovsdb';
import { INTEGRATION_BRIDGE } from '../features/join/join.formula.ts';
import { MIRROR_BRIDGE } from '../features/mirror/rows.ts';

type Held = { readonly _uuid: Uuid };

const { bridge: BRIDGE, port: PORT, networkInterface: INTERFACE } = vswitchTables;

/** Nobody else puts ports there. */
const OWN_BRIDGES: readonly unknown[] = [INTEGRATION_BRIDGE, MIRROR_BRIDGE];

/** Identities of the rows that the daemon owns; ports of other bridges, and their interfaces, stay whatever mark they bear. */
export const nodeIdentities: Readonly<Record<string, TableIdentity>> = {
  ...ovsIdentities,
  [PORT.name]: sparing(PORT.name, (port, holders) => holders(PORT.name, port._uuid).some(isOther)),
  [INTERFACE.name]: sparing(INTERFACE.name, (link, holders) =>
    holders(INTERFACE.name, link._uuid).some((port) => holders(PORT.name, port._uuid).some(isOther)),
  ),
};

/** Whether a port is in another bridge than ours. */
export function isHeldElsewhere(replica: Replica, { _uuid }: Held): boolean {
  return [...rowsOf(replica, BRIDGE)].some((bridge) => isOther(bridge) && bridge.ports.includes(_uuid));
}

/** Whether an interface is. */
export function isInOtherBridge(replica: Replica, { _uuid }: Held): boolean {
  return [...rowsOf(replica, PORT)].some((port) => port.interfaces.includes(_uuid) && isHeldElsewhere(replica, port));
}

function isOther(bridge: { readonly [column: string]: unknown }): boolean {
  return !OWN_BRIDGES.includes(bridge['name']);
}

function sparing(table: string, spares: NonNullable<TableIdentity['spares']>): TableIdentity {
  const identity = ovsIdentities[table];
  if (identity === undefined) throw new Error(`bug: rows of ${table} have no identity`);
  return { ...identity, spares };
}
