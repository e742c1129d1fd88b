/** What logical flows are made for. */
import type { FlowOwner } from '../drops/sampled.ts';
import { mapIn, rowsById, textIn } from '../ovn/rows.ts';
import type { Cluster } from '../site/cluster.ts';
import { eachNode } from '../site/each-node.ts';

/** @param flows first eight digits of their UUIDs; what is gone is left out */
export async function flowOwners(cluster: Cluster, flows: readonly string[]): Promise<ReadonlyMap<string, FlowOwner>> {
  const [northbound, southbound] = await Promise.all([cluster.leader('nb'), cluster.leader('sb')]);
  const owners = await eachNode(flows, async (id): Promise<readonly (readonly [string, FlowOwner])[]> => {
    const [flow] = await rowsById(southbound, { kind: 'sb', table: 'Logical_Flow', columns: ['external_ids'], id });
    if (flow === undefined) return [];
    const ids = mapIn(flow['external_ids']);
    const [stage, hint] = [ids.get('stage-name') ?? '', ids.get('stage-hint')];
    if (hint === undefined || !/^ls_(?:in|out)_acl/.test(stage)) return [[id, { stage }]];
    const [acl] = await rowsById(northbound, { kind: 'nb', table: 'ACL', columns: ['name', 'external_ids'], id: hint });
    const subnet = mapIn(acl?.['external_ids']).get('subnet');
    const name = textIn(acl?.['name']);
    return [[id, { stage, acl: name === '' && subnet !== undefined ? `subnet/${subnet}/acls` : name }]];
  });
  return new Map(owners.flat());
}
