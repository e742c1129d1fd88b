/**
 * Interface of a pod → the mark of its packets.
 *
 * Reads: annotation `dscp` of the pod, its Namespace and Subnet. Wants: one QoS row on the lease's switch, for IP packets that come from the
 * interface's port. Rates are the nodes' matter (docs/adr/0012-what-limits.md).
 */
import { type Fragment, wantedRow } from '@kube-ovn/ovsdb';
import { and, eq, port, printMatch, symbol, tables } from '@kube-ovn/ovn-model';

/** Nobody else's rules are on the switch but those that its author made by hand; these may go before ours. */
const priority = 1000;

/** The rows of an interface that is marked. */
export function markFragment(name: string, { subnet, dscp }: { readonly subnet: string; readonly dscp: number }): Fragment {
  const match = printMatch(and(eq('inport', port(name)), symbol('ip')));
  const columns = { priority, direction: 'from-lport', match, action: { dscp } } as const;
  return {
    rows: [wantedRow(tables.qos, `${name}/dscp`, columns, { table: 'Logical_Switch', key: subnet, column: 'qos_rules' })],
    members: [],
  };
}
