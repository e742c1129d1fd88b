/** Everything that `ko check` compares, as it is now. */
import type { ClusterFacts } from '../check/facts.ts';
import type { Context } from '../cli/context.ts';
import { KoError } from '../errors.ts';
import { readKubernetes } from './kubernetes.ts';
import { readNode } from './node.ts';
import { readNorthbound } from './northbound.ts';

/** @throws {KoError} KO_USAGE when the address of OVN Northbound is not known */
export async function readClusterFacts({ site, client }: Pick<Context, 'site' | 'client'>): Promise<ClusterFacts> {
  const { northbound } = site;
  if (northbound === undefined)
    throw new KoError('KO_USAGE', 'the address of OVN Northbound is not known: give --ovn-nb-addr, or --site with a file that has it');
  const nodes = Object.entries(site.nodes ?? {}).flatMap(([node, { openvswitch }]) =>
    openvswitch === undefined ? [] : [[node, openvswitch] as const],
  );
  const [kubernetes, ports, interfaces] = await Promise.all([
    readKubernetes(client),
    readNorthbound(northbound),
    Promise.all(nodes.map(([node, remote]) => readNode(node, remote))),
  ]);
  return { ...kubernetes, ports, interfaces: nodes.length === 0 ? undefined : interfaces.flat() };
}
