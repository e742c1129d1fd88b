/**
 * Can this node give pods an interface now? Everything that ADD depends on, asked one by one.
 */
import type { Node } from '@kube-ovn/api';
import { formula, isSamePlainData, type Cell } from '@kube-ovn/dataflow';
import type { Informer } from '@kube-ovn/kube';
import type { Features } from './features/index.ts';
import type { NodeDatabase } from './sources/vswitch.ts';

/** What readiness depends on. */
export interface ReadinessInputs {
  readonly features: Features;
  readonly database: NodeDatabase;
  readonly silentGateways: Cell<readonly string[] | undefined>;
  readonly nodeName: string;
  readonly nodes: Informer<Node>;
  /** By what they watch. */
  readonly watches: Readonly<Record<string, Pick<Informer<unknown>, 'state' | 'problem'>>>;
}

/** Longest time that a change may wait for the database, in milliseconds; ovs-vswitchd needs some ten. */
const MAX_PENDING_MS = 10_000;

/** Reasons that are a matter of time, to be added when somebody asks. */
export function overdue({ synchronizer }: NodeDatabase): readonly string[] {
  const { brakeEngaged, oldestPendingMs, pendingOwners } = synchronizer.stats;
  return [
    ...(brakeEngaged ? ['more of our ports than is plausible would have to be deleted at once, so nothing is deleted'] : []),
    ...(oldestPendingMs > MAX_PENDING_MS
      ? [`${pendingOwners} changes wait for the Open_vSwitch database, the oldest since ${Math.round(oldestPendingMs / 1000)} s`]
      : []),
  ];
}

/** The reasons why not; none means ready. */
export function readiness(inputs: ReadinessInputs): Cell<readonly string[]> {
  const { features, database, silentGateways, nodes, watches, nodeName } = inputs;
  return formula(
    () => [
      ...Object.entries(watches).flatMap(([what, { state, problem }]) =>
        state.value === 'live'
          ? []
          : [`${what}: the watch is ${state.value}${problem.value === undefined ? '' : ` (${problem.value.message})`}`],
      ),
      ...(nodes.synced.value && !nodes.table.has(nodeName) ? [`there is no Node ${nodeName}; does --node-name name it?`] : []),
      ...(database.isLive.value ? [] : ['the Open_vSwitch database is not connected']),
      ...(database.isLive.value && !database.facts.value.hasIntegrationBridge
        ? ['there is no bridge br-int; ovn-controller makes it once it runs']
        : []),
      ...(features.nodeProblem.value === undefined ? [] : [features.nodeProblem.value.message]),
      ...(features.encap.value === undefined
        ? ['no address for tunnels is known: the Node has no InternalIP on a link here, and neither --encap-ip nor --iface is given']
        : []),
      ...joinReasons(features, silentGateways),
    ],
    { equals: isSamePlainData },
  );
}

function joinReasons(features: Features, silentGateways: Cell<readonly string[] | undefined>): readonly string[] {
  if (features.joinHost.value === undefined)
    return ['the node has no address in the join subnet yet; the controller writes it to the annotations of the Node'];
  if (silentGateways.value === undefined) return ['the gateway of the join subnet has not been asked yet'];
  return silentGateways.value.map((gateway) => `the gateway ${gateway} of the join subnet does not answer`);
}
