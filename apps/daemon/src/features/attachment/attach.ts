/**
 * Carry out an AttachPlan: link, port, addresses, routes. Every step has its undoing; on a failure they run in reverse, so that
 * nothing is left of half an interface.
 */
import {
  isHostError,
  openNetns,
  openProbe,
  rtnl,
  writeSysctl,
  writeTxChecksumOffload,
  type LinkProbe,
  type Netns,
  type Patience,
  type Rtnl,
} from '@kube-ovn/host';
import { cniErrorCodes } from '@kube-ovn/api';
import { CniFailure, tryAgainLater } from '../../errors.ts';
import { refuseDuplicates } from './duplicates.ts';
import type { AttachPlan } from './plan.ts';
import { releaseVolume, shareVolume } from '../vhost-user/volumes.ts';
import type { VhostUser } from './record.ts';

/** What attaching needs beside the kernel. */
export interface AttachPorts {
  /** State the port in the node's database; the returned function takes it back. */
  readonly bind: (plan: AttachPlan) => () => void;
  /** Another interface has its socket in the same volume. */
  readonly isShared: (vhostUser: VhostUser) => boolean;
  /** Resolves when ovn-controller has installed the port's flows; throws when that takes too long or cannot be. */
  readonly installed: (plan: AttachPlan) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
  /** The pod is being deleted, so waiting has no point. */
  readonly cancelled: () => boolean;
  /** Told when a phase is over; for metrics. */
  readonly phase: (name: AttachPhase) => void;
}

/** Parts of ADD, in the order in which they end. */
export type AttachPhase = 'link' | 'port' | 'addresses' | 'gateway';

const GATEWAY_INTERVAL_MS = 100;
/** Kubernetes repeats the call afterwards. */
const GATEWAY_TIMEOUT_MS = 20_000;
const TX_QUEUE_LENGTH = 1000;

/**
 * Give a pod its interface.
 * @throws {CniFailure} with the specification's code; by then everything is undone
 */
export async function attach(plan: AttachPlan, ports: AttachPorts): Promise<void> {
  const { attachment } = plan;
  if (attachment.vhostUser !== undefined) return attachVhostUser(plan, { ports, vhostUser: attachment.vhostUser });
  using ns = openPodNetns(attachment.netns);
  using node = rtnl();
  using inside = rtnl(ns);
  await using undo = new AsyncDisposableStack();
  await removeLeftovers(plan, node, inside);
  undo.defer(async () => void (await node.deleteLink(attachment.hostLink)));
  await node.addVeth({
    name: attachment.hostLink,
    mtuBytes: plan.mtuBytes,
    txQueueLength: TX_QUEUE_LENGTH,
    up: false,
    peer: { name: attachment.ifName, mac: attachment.mac, mtuBytes: plan.mtuBytes, ns },
  });
  silenceHostLink(attachment.hostLink);
  await node.changeLink(attachment.hostLink, { up: true });
  undo.defer(ports.bind(plan));
  prepareLink(plan, ns);
  await inside.changeLink('lo', { up: true });
  await inside.changeLink(attachment.ifName, { up: true });
  ports.phase('link');
  await ports.installed(plan);
  ports.phase('port');
  using probe = await openProbe({ ns, link: attachment.ifName, mac: attachment.mac });
  await claimAddresses(plan, { probe, inside, ports });
  ports.phase('addresses');
  await checkGateways(plan, probe, ports);
  ports.phase('gateway');
  undo.move();
}

/** Nothing is to be done in the pod: what runs there makes the socket, and Open vSwitch connects as soon as it is there. */
async function attachVhostUser(
  plan: AttachPlan,
  { ports, vhostUser }: { readonly ports: AttachPorts; readonly vhostUser: VhostUser },
): Promise<void> {
  await using undo = new AsyncDisposableStack();
  // at once: a folder that no attachment names is swept away
  shareVolume(vhostUser, `pod ${plan.attachment.namespace}/${plan.attachment.pod}`);
  const unbind = ports.bind(plan);
  undo.defer(() => {
    unbind();
    if (!ports.isShared(vhostUser)) releaseVolume(vhostUser);
  });
  ports.phase('link');
  await ports.installed(plan);
  ports.phase('port');
  undo.move();
}

/** The namespace of this process; `self`, since worker threads share it. */
const NODE_NETNS = '/proc/self/ns/net';

/**
 * Open the namespace of a pod.
 * @throws {CniFailure} 4 when there is none, or it is the node's own
 * @source CNI specification 1.1.0, "Parameters": CNI_NETNS is the container's own namespace
 */
export function openPodNetns(path: string): Netns {
  let ns: Netns;
  try {
    ns = openNetns(path);
  } catch (error) {
    throw new CniFailure(
      cniErrorCodes.invalidEnvironment,
      `CNI_NETNS cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  using own = openNetns(NODE_NETNS);
  if (own.inode !== ns.inode) return ns;
  ns[Symbol.dispose]();
  throw new CniFailure(cniErrorCodes.invalidEnvironment, `CNI_NETNS ${path} is the namespace of the node itself`, {
    details: 'a pod on the host network gets no interface',
  });
}

/** An ADD that was cut off may have left a pair of links; deleting the node's end takes the pod's end with it. */
async function removeLeftovers({ attachment }: AttachPlan, node: Rtnl, inside: Rtnl): Promise<void> {
  await node.deleteLink(attachment.hostLink);
  if ((await inside.link(attachment.ifName)) !== undefined) {
    throw new CniFailure(
      cniErrorCodes.invalidEnvironment,
      `the network namespace ${attachment.netns} has an interface ${attachment.ifName} that is not ours`,
      {
        details: 'another CNI plugin made it; give one of the two another CNI_IFNAME',
      },
    );
  }
}

/**
 * The node's end is a port of the switch, and the node has no business on it: with IPv6 its kernel would send router solicitations and
 * multicast reports into the pod, and keep three routes for each pod, all of which ovs-vswitchd reads anew whenever any link changes.
 */
function silenceHostLink(hostLink: string): void {
  try {
    writeSysctl(undefined, `net/ipv6/conf/${hostLink}/disable_ipv6`, 1);
  } catch (error) {
    if (!isHostError(error, 'HOST_NOT_FOUND')) throw error; // a kernel without IPv6
  }
}

/** Settings that must be there before the link is up. */
function prepareLink(plan: AttachPlan, ns: Netns): void {
  const { ifName } = plan.attachment;
  const hasIpv6 = plan.addresses.some(({ isIpv6 }) => isIpv6);
  const ipv6 = (key: string, value: number): void => {
    try {
      writeSysctl(ns, `net/ipv6/conf/${ifName}/${key}`, value);
    } catch (error) {
      // a kernel without IPv6 has no such key, and nothing to protect
      if (hasIpv6 || !isHostError(error, 'HOST_NOT_FOUND')) throw error;
    }
  };
  if (hasIpv6) ipv6('disable_ipv6', 0);
  // a neighbour must not be able to become the pod's router (CVE-2020-10749)
  ipv6('accept_ra', 0);
  // detection runs for about 2 s; ours, on the overlay, is over in milliseconds
  ipv6('accept_dad', 0);
  if (plan.checksumInPod) writeTxChecksumOffload(ifName, false, ns);
}

async function claimAddresses(
  plan: AttachPlan,
  context: { readonly probe: LinkProbe; readonly inside: Rtnl; readonly ports: AttachPorts },
): Promise<void> {
  const { probe, inside, ports } = context;
  const { ifName } = plan.attachment;
  await refuseDuplicates(plan, { probe, sleep: ports.sleep });
  // one after the other: they share a netlink socket anyhow
  for (const { prefix, isIpv6 } of plan.addresses) await inside.addAddress(ifName, prefix, isIpv6 ? { noDad: true } : {});
  for (const { dst, via } of plan.routes) await inside.replaceRoute({ dst, link: ifName, ...(via === undefined ? {} : { via }) });
  for (const { address } of plan.addresses) probe.announceAddress(address);
}

async function checkGateways(plan: AttachPlan, probe: LinkProbe, ports: AttachPorts): Promise<void> {
  const patience: Patience = {
    intervalMs: GATEWAY_INTERVAL_MS,
    timeoutMs: GATEWAY_TIMEOUT_MS,
    sleep: ports.sleep,
    cancelled: ports.cancelled,
  };
  const answers = await Promise.all(
    plan.gateways.map(async ({ own, gateway }) => ({ gateway, mac: await probe.resolveNeighbour({ own, target: gateway }, patience) })),
  );
  const silent = answers.find(({ mac }) => mac === undefined);
  if (silent === undefined) return;
  if (ports.cancelled()) throw tryAgainLater('the pod was deleted while its interface was being made');
  throw tryAgainLater(
    `gateway ${silent.gateway} did not answer within ${GATEWAY_TIMEOUT_MS / 1000} s`,
    'is the gateway of the subnet right? spec.disableGatewayCheck of the Subnet skips this test',
  );
}

/**
 * Take a pod's interface away. What is gone already is no error: runtimes repeat DEL, and the kernel removes a link together with
 * its namespace.
 */
export async function removeLink(hostLink: string): Promise<boolean> {
  using node = rtnl();
  return await node.deleteLink(hostLink);
}
