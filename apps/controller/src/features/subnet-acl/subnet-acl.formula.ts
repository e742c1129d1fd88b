/**
 * Subnet → rules of its author on the logical switch.
 *
 * Reads: Subnet.spec.acls, spec.allowEWTraffic. Wants: one ACL per rule on the switch; with allowEWTraffic, ahead of common
 * priorities, one per family and direction that lets traffic inside the Subnet pass.
 *
 * A row's key is its content, so rules in another order are the same rows, and a rule that is written twice is one.
 */
import { type Fragment, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { and, eq, printMatch, tables } from '@kube-ovn/ovn-model';
import type { SubnetAcl } from '../../inputs/subnet-acls.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';

/** @source Kube-OVN, priority of the rules that allowEWTraffic adds */
const insidePriority = 1900;

/** Rows of one Subnet; none when it has no rules. */
export function subnetAclFragment(
  subnet: Pick<SubnetInput, 'name' | 'isOvn' | 'blocks' | 'acls' | 'allowEWTraffic'>,
): Fragment | undefined {
  if (!subnet.isOvn || subnet.acls.length === 0) return undefined;
  const rules = [...subnet.acls, ...(subnet.allowEWTraffic ? insideRules(subnet) : [])];
  const rows = new Map(rules.map((rule) => [keyOf(subnet.name, rule), rule]));
  return { rows: [...rows].map(([key, rule]) => aclRow(subnet.name, key, rule)), members: [] };
}

function insideRules({ blocks }: Pick<SubnetInput, 'blocks'>): SubnetAcl[] {
  return blocks.flatMap(({ cidr, prefix: { family } }) =>
    (['from-lport', 'to-lport'] as const).map((direction): SubnetAcl => ({
      direction,
      priority: insidePriority,
      match: printMatch(and(eq(`ip${family}.src`, cidr), eq(`ip${family}.dst`, cidr))),
      action: 'allow',
    })),
  );
}

function keyOf(subnet: string, { direction, priority, action, match }: SubnetAcl): string {
  return `${subnet}/acl/${direction}/${priority}/${action}/${match}`;
}

function aclRow(subnet: string, key: string, { direction, priority, match, action }: SubnetAcl): WantedRow {
  const columns = { direction, priority, match, action, external_ids: { subnet } };
  return wantedRow(tables.acl, key, columns, { table: 'Logical_Switch', key: subnet, column: 'acls' });
}
