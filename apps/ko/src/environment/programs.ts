/** Programs and kernel of a node: are they there, do they answer, are their versions known to be at fault? Pure. */
import type { NodeEnvironment } from './facts.ts';
import type { EnvironmentFinding } from './finding.ts';
import { isBefore, printVersion, type Version, versionIn } from './version.ts';

/** The oldest OVN that the tables and options which are used exist in. @source packages/ovn-model/src/features.ts */
const OLDEST_OVN: Version = [23, 3, 0];
/** Of connections that the kernel follows, so many in use are near the end. */
const FULL_SHARE = 0.9;

interface Fault {
  readonly mended: Version;
  readonly what: string;
}

/** Of the userspace datapath; the daemon goes around both. @source apps/daemon/src/features/flow-cache, zero-snat */
const FAULTS: readonly Fault[] = [
  { mended: [3, 1, 2], what: 'changes of policies may miss cached flows' },
  { mended: [3, 3, 0], what: 'two packets of an expired connection without NAT may end ovs-vswitchd' },
];

export function programFindings(facts: NodeEnvironment, northd: string | undefined): readonly EnvironmentFinding[] {
  return [...answerFindings(facts), ...kernelFindings(facts), ...versionFindings(facts, northd), ...faultFindings(facts)];
}

function answerFindings({
  node,
  vswitchd,
  controller,
  hasDatapath,
  hasKernelModule,
  datapath,
  kernel,
}: NodeEnvironment): readonly EnvironmentFinding[] {
  const object = `node ${node}`;
  const found: EnvironmentFinding[] = [];
  if (vswitchd === undefined)
    found.push({
      severity: 'error',
      code: 'OVS_SILENT',
      object,
      message: 'ovs-vswitchd does not answer',
      fix: 'its log says why it ended or what it waits for; cached flows go on, nothing new is bound',
    });
  else if (!hasDatapath)
    found.push({
      severity: 'error',
      code: 'NO_DATAPATH',
      object,
      message: `ovs-vswitchd has no ${datapath} datapath for br-int${hasKernelModule === false ? `, and the kernel ${kernel} has no module openvswitch loaded` : ''}`,
      fix:
        datapath === 'system'
          ? 'modprobe openvswitch on the node; a kernel without it needs the userspace datapath (label ovn.kubernetes.io/ovs_dp_type: userspace)'
          : 'ovn-controller makes br-int: look at its log, and at that of ovs-vswitchd',
    });
  if (controller === undefined)
    found.push({
      severity: 'error',
      code: 'OVN_CONTROLLER_SILENT',
      object,
      message: 'ovn-controller does not answer',
      fix: 'its log says why; flows stay as they are, and pods that start get none',
    });
  return found;
}

function kernelFindings({ node, nft, tc, forwardsIpv4, connections }: NodeEnvironment): readonly EnvironmentFinding[] {
  const object = `node ${node}`;
  const found: EnvironmentFinding[] = [];
  if (!nft.works)
    found.push({
      severity: 'error',
      code: 'NO_NFTABLES',
      object,
      message: `nft can not read the kernel's tables: ${nft.reason}`,
      fix: 'install nftables, and a kernel with nf_tables: services at nodes and NAT of pods need them',
    });
  if (!tc.works)
    found.push({
      severity: 'warning',
      code: 'NO_TRAFFIC_CONTROL',
      object,
      message: `tc can not read the kernel's queues: ${tc.reason}`,
      fix: 'install iproute2, and a kernel with NET_SCHED: rates of pods need them',
    });
  if (forwardsIpv4 === false)
    found.push({
      severity: 'error',
      code: 'NO_FORWARDING',
      object,
      message: 'net.ipv4.ip_forward is 0: packets of pods do not leave by this node',
      fix: 'the daemon sets it when it starts: find what takes it back (sysctl.d, a firewall), or restart the daemon',
    });
  if (connections !== undefined && connections.used > connections.max * FULL_SHARE)
    found.push({
      severity: 'warning',
      code: 'CONNECTIONS_FULL',
      object,
      message: `the kernel follows ${connections.used} connections of at most ${connections.max}; new ones will be dropped`,
      fix: 'raise net.netfilter.nf_conntrack_max, or find who opens them: conntrack -S',
    });
  return found;
}

function versionFindings(
  { node, controller, mustMatchNorthd }: NodeEnvironment,
  northd: string | undefined,
): readonly EnvironmentFinding[] {
  const object = `node ${node}`;
  const [own, central] = [versionIn(controller), versionIn(northd)];
  const found: EnvironmentFinding[] = [];
  if (own !== undefined && isBefore(own, OLDEST_OVN))
    found.push({
      severity: 'error',
      code: 'OLD_OVN',
      object,
      message: `ovn-controller ${printVersion(own)} is older than ${printVersion(OLDEST_OVN)}, the oldest that is worked with`,
      fix: 'replace the image or packages of OVN on the node',
    });
  if (own !== undefined && central !== undefined && printVersion(own) !== printVersion(central))
    found.push({
      severity: mustMatchNorthd ? 'error' : 'note',
      code: 'VERSION_DIFFERS',
      object,
      message: `ovn-controller is ${printVersion(own)}, and ovn-northd ${printVersion(central)}${mustMatchNorthd ? '; it is told to take nothing from another version (ovn-match-northd-version)' : ''}`,
      fix: 'let the upgrade come to its end: nodes first, then the databases',
    });
  return found;
}

function faultFindings({ node, vswitchd, datapath }: NodeEnvironment): readonly EnvironmentFinding[] {
  const version = versionIn(vswitchd);
  if (version === undefined || datapath !== 'netdev') return [];
  return FAULTS.filter(({ mended }) => isBefore(version, mended)).map(({ mended, what }) => ({
    severity: 'note',
    code: 'KNOWN_FAULT',
    object: `node ${node}`,
    message: `Open vSwitch ${printVersion(version)} with the userspace datapath: ${what}`,
    fix: `Open vSwitch ${printVersion(mended)} does not; until then the daemon goes around it by itself`,
  }));
}
