/** OVN's witness: logical switch ports of workloads to facts. */
import { canonicalAddress } from '@kube-ovn/ipam';
import { owner, tables } from '@kube-ovn/ovn-model';
import { type Replica, rowsOf, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import type { PortFact } from '../check/facts.ts';

const SYNC_TIMEOUT_MS = 15_000;

/**
 * Read the ports that the controller owns.
 *
 * @param remotes `unix:/path`, `tcp:host:port`...
 * @throws {OvsdbError} when no remote answers in time
 */
export async function readNorthbound(remotes: readonly string[]): Promise<readonly PortFact[]> {
  const selection = selectionOf([tables.logicalSwitch, tables.logicalSwitchPort]);
  await using client = openDatabase({ remotes, database: 'OVN_Northbound', tables: selection });
  await client.replica.waitFor((replica) => replica.state.name === 'live', SYNC_TIMEOUT_MS);
  return portFacts(client.replica);
}

/** The ports of workloads: ours, with fixed addresses, of no special type; not those that answer for a Vip. */
function portFacts(replica: Replica): readonly PortFact[] {
  const switchOf = new Map<string, string>();
  for (const row of rowsOf(replica, tables.logicalSwitch)) for (const port of row.ports) switchOf.set(port, row.name);
  return [...rowsOf(replica, tables.logicalSwitchPort)]
    .filter(
      (port) => port.external_ids.get('vendor') === owner && !port.external_ids.has('vip') && port.type === '' && port.addresses.length > 0,
    )
    .map((port) => ({ name: port.name, logicalSwitch: switchOf.get(port._uuid) ?? '', ...readAddresses(port.addresses[0] ?? '') }));
}

/** `"<mac> <ip4> <ip6>"` @source OVN_Northbound Logical_Switch_Port.addresses */
export function readAddresses(text: string): { mac?: string; v4?: string; v6?: string } {
  const [mac, ...addresses] = text.split(' ').filter((word) => word !== '' && word !== 'unknown');
  const v4 = addresses.find((address) => !address.includes(':'));
  const v6 = addresses.find((address) => address.includes(':'));
  return {
    ...(mac === undefined ? {} : { mac: mac.toLowerCase() }),
    ...(v4 === undefined ? {} : { v4: canonicalAddress(v4) ?? v4 }),
    ...(v6 === undefined ? {} : { v6: canonicalAddress(v6) ?? v6 }),
  };
}
