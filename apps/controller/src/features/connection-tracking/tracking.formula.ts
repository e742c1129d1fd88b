/**
 * Subnet → a rule that matches nothing, so that connections are tracked from their first packet on.
 *
 * Reads: Subnet. Wants: one stateful ACL on its logical switch. OVN tracks the connections of a switch from the moment that it has such a
 * rule. Were that the first policy, what ran before it would be taken up in the midst, perhaps by a packet of the answering side, and
 * would pass for a connection in the other direction: a policy that forbids it would not cut it (docs/adr/0007).
 */
import { type Fragment, wantedRow } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import type { SubnetInput } from '../../inputs/subnet.ts';

/** Rows of one Subnet; none when it has no switch of ours. @source ovn-nb(5), Logical Flow expressions: the literal 0 is false */
export function trackingFragment({ name, isOvn }: Pick<SubnetInput, 'name' | 'isOvn'>): Fragment | undefined {
  if (!isOvn) return undefined;
  const columns = {
    name: 'connections are tracked',
    direction: 'to-lport',
    priority: 0,
    match: '0',
    action: 'allow-related',
    external_ids: { subnet: name },
  } as const;
  return { rows: [wantedRow(tables.acl, `${name}/tracked`, columns, { table: 'Logical_Switch', key: name, column: 'acls' })], members: [] };
}
