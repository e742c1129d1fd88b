/**
 * The look at nodes: do they have what the network needs?
 *
 * Pure: it judges what was gathered. The consistency of what is on them is the business of `ko check`.
 */
import type { EnvironmentFacts, NodeEnvironment } from './facts.ts';
import type { EnvironmentFinding, Severity } from './finding.ts';
import { programFindings } from './programs.ts';
import { tunnelFindings } from './tunnels.ts';

/** Events and certificates are hard to compare from here on. */
const CLOCK_TOLERANCE_MS = 2000;

/** Every finding, errors first; of one severity in the order of the nodes. */
export function checkEnvironment(facts: EnvironmentFacts): readonly EnvironmentFinding[] {
  const found = [
    ...facts.unseen.map(unseen),
    ...facts.nodes.flatMap((node) => [...programFindings(node, facts.northd), ...dpdkFindings(node)]),
    ...tunnelFindings(facts),
    ...clockFindings(facts.nodes),
  ];
  return found.toSorted((a, b) => rank(a.severity) - rank(b.severity));
}

function rank(severity: Severity): number {
  return (['error', 'warning', 'note'] as const).indexOf(severity);
}

function unseen({ node, reason }: { readonly node: string; readonly reason: string }): EnvironmentFinding {
  return {
    severity: 'error',
    code: 'NODE_UNSEEN',
    object: `node ${node}`,
    message: `it could not be looked at: ${reason}`,
    fix: 'see that its pod of Open vSwitch runs, or name the node in the site file',
  };
}

/** @source ovs-vswitchd.conf.db(5) Open_vSwitch.other_config:dpdk-init, dpdk_initialized */
function dpdkFindings({ node, dpdk, hugepages }: NodeEnvironment): readonly EnvironmentFinding[] {
  if (dpdk.wanted !== 'true' && dpdk.wanted !== 'try') return [];
  const object = `node ${node}`;
  const found: EnvironmentFinding[] = [];
  if (hugepages.total === 0)
    found.push({
      severity: 'error',
      code: 'NO_HUGEPAGES',
      object,
      message: 'DPDK shall be used, and the node has no hugepages',
      fix: 'set vm.nr_hugepages, or the kernel arguments default_hugepagesz and hugepages, then restart ovs-vswitchd',
    });
  if (!dpdk.isInitialized)
    found.push({
      severity: dpdk.wanted === 'true' ? 'error' : 'warning',
      code: 'NO_DPDK',
      object,
      message: `other_config:dpdk-init is ${dpdk.wanted}, and ovs-vswitchd has not initialized DPDK`,
      fix: 'run the build with DPDK (ovs-vswitchd-dpdk); its log has what EAL says',
    });
  return found;
}

/** Against the middle one: a single clock that is wrong is named, not all others. */
function clockFindings(nodes: readonly NodeEnvironment[]): readonly EnvironmentFinding[] {
  const clocks = nodes.flatMap(({ node, clock }) => (clock === undefined ? [] : [{ node, ...clock }]));
  const sorted = clocks.toSorted((a, b) => a.aheadMs - b.aheadMs);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) return [];
  return clocks.flatMap(({ node, aheadMs, doubtMs }): readonly EnvironmentFinding[] => {
    const difference = aheadMs - middle.aheadMs;
    if (Math.abs(difference) - doubtMs - middle.doubtMs <= CLOCK_TOLERANCE_MS) return [];
    return [
      {
        severity: 'warning',
        code: 'CLOCK_DIFFERS',
        object: `node ${node}`,
        message: `its clock is ${(Math.abs(difference) / 1000).toFixed(1)} s ${difference > 0 ? 'ahead of' : 'behind'} that of ${middle.node}`,
        fix: 'let a time service run on it (chrony, systemd-timesyncd): certificates, leases and logs go by the clock',
      },
    ];
  });
}
