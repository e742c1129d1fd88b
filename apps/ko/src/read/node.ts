/** A node's witness: what its Open vSwitch binds, and what is on the devices in the pods' namespaces. */
import { openNetns, rtnl } from '@kube-ovn/host';
import { canonicalAddress } from '@kube-ovn/ipam';
import { vswitchTables } from '@kube-ovn/ovn-model';
import { rowsOf, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import type { Addresses, InterfaceFact } from '../check/facts.ts';

const SYNC_TIMEOUT_MS = 15_000;
/** `RT_SCOPE_UNIVERSE`: link-local addresses are the kernel's own. */
const GLOBAL_SCOPE = 0;

/**
 * Read the interfaces that a node binds to logical switch ports.
 *
 * Devices are looked at where their namespace can be opened from here; on another machine they stay unknown.
 *
 * @param remote conf.db of the node, `unix:/path`
 * @throws {OvsdbError} when the database does not answer in time
 */
export async function readNode(node: string, remote: string): Promise<readonly InterfaceFact[]> {
  const selection = selectionOf([vswitchTables.networkInterface]);
  await using client = openDatabase({ remotes: [remote], database: 'Open_vSwitch', tables: selection });
  await client.replica.waitFor((replica) => replica.state.name === 'live', SYNC_TIMEOUT_MS);
  const facts: InterfaceFact[] = [];
  for (const row of rowsOf(client.replica, vswitchTables.networkInterface)) {
    const port = row.external_ids.get('iface-id');
    if (port === undefined) continue;
    const netns = row.external_ids.get('pod_netns');
    const device = netns === undefined ? undefined : await readDevice(netns, row.external_ids.get('if_name') ?? 'eth0');
    facts.push({ node, name: row.name, port, device });
  }
  return facts;
}

/** Global addresses and MAC of a device; undefined when the namespace or the device is not there. */
async function readDevice(netns: string, name: string): Promise<Addresses | undefined> {
  try {
    using ns = openNetns(netns);
    using links = rtnl(ns);
    const link = await links.link(name);
    if (link === undefined) return undefined;
    const addresses = (await links.addresses(name))
      .filter(({ scope }) => scope === GLOBAL_SCOPE)
      .map(({ prefix }) => prefix.split('/')[0] ?? '');
    const v4 = addresses.find((address) => !address.includes(':'));
    const v6 = addresses.find((address) => address.includes(':'));
    return { mac: link.mac, v4, v6: v6 === undefined ? undefined : (canonicalAddress(v6) ?? v6) };
  } catch (error) {
    if (error instanceof Error && error.name === 'HostError') return undefined;
    throw error;
  }
}
