/** Questions to the Open vSwitch of a node. */
import { KoError } from '../errors.ts';
import type { NodePlaces } from '../site/cluster.ts';
import { type Argv, capture } from '../site/place.ts';

export function vsctl({ openvswitch }: Pick<NodePlaces, 'openvswitch'>, args: readonly string[]): Argv {
  return openvswitch === undefined ? ['ovs-vsctl', ...args] : ['ovs-vsctl', `--db=${openvswitch}`, ...args];
}

/**
 * A column of the interface that a node binds to a logical switch port.
 *
 * @throws {KoError} KO_NOT_FOUND when it has none
 * @source ovs-vswitchd.conf.db(5) Interface.external_ids:iface-id
 */
export async function interfaceColumn(node: NodePlaces, port: string, column: 'name' | 'ofport'): Promise<string> {
  const find = vsctl(node, ['--bare', `--columns=${column}`, 'find', 'Interface', `external_ids:iface-id=${port}`]);
  const text = (await capture(node.place, find)).trim();
  if (text === '') throw new KoError('KO_NOT_FOUND', `${node.place.name} has no interface for the logical switch port ${port}`);
  return text;
}
