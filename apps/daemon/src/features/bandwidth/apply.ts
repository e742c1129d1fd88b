/** Carry limits out on the links of this machine, and tell what is in force afterwards. */
import {
  applyTrafficControl,
  HostError,
  isHostError,
  openNetns,
  readQdiscs,
  readRedirects,
  rtnl,
  writeSysctl,
  type Netns,
  type Qdisc,
} from '@kube-ovn/host';
import type { LimitedEnd, Limits } from './limits.formula.ts';
import type { Outcome } from './outcome.formula.ts';
import { disturbanceLines, rateInForce, rateLines, type ShapedLink } from './shape.formula.ts';

/** What one look at an interface found and did. */
export interface Outcomes {
  readonly ingress: Outcome;
  readonly egress: Outcome;
}

/**
 * Make the limits be in force; what is in force already is not touched.
 *
 * @param nodeQdiscs of the node's namespace, read once for all interfaces of a round
 * @returns undefined when a link or its namespace is gone, and nothing is left to be limited
 */
export async function applyLimits(limits: Limits, nodeQdiscs: readonly Qdisc[]): Promise<Outcomes | undefined> {
  try {
    return { ingress: await applyEnd(limits.ingress, nodeQdiscs), egress: await applyEnd(limits.egress, nodeQdiscs) };
  } catch (error) {
    if (isHostError(error, 'HOST_NOT_FOUND') || isHostError(error, 'HOST_INVALID')) return undefined;
    throw error;
  }
}

async function applyEnd(end: LimitedEnd, nodeQdiscs: readonly Qdisc[]): Promise<Outcome> {
  if (end.netns === undefined) return shapeLink(end, { ns: undefined, qdiscs: nodeQdiscs });
  using ns = openNetns(end.netns);
  return shapeLink(end, { ns, qdiscs: await readQdiscs(ns) });
}

interface Found {
  readonly ns: Netns | undefined;
  readonly qdiscs: readonly Qdisc[];
}

async function shapeLink(end: LimitedEnd, { ns, qdiscs }: Found): Promise<Outcome> {
  const { link, isOurs, shape } = end;
  const on: ShapedLink = { link, qdiscs, isOurs };
  const present = rateInForce(on);
  if (end.isKept && present !== undefined) return { state: 'kept', mbit: present };
  try {
    if (end.redirectedFrom !== undefined) await redirect(end, end.redirectedFrom, { ns, qdiscs });
    const gone = end.redirectedFrom !== undefined && shape === undefined;
    await run(gone ? [] : rateLines(on, shape), ns);
  } catch (error) {
    return { state: 'refused', reason: reasonOf(error) };
  }
  if (shape === undefined) return { state: 'none' };
  try {
    await run(disturbanceLines(on, shape), ns);
  } catch (error) {
    return { state: 'in force', disturbance: { isRefused: true, reason: reasonOf(error) } };
  }
  return { state: 'in force', ...(shape.disturbance === undefined ? {} : { disturbance: { isRefused: false } }) };
}

async function run(lines: readonly string[], ns: Netns | undefined): Promise<void> {
  if (lines.length > 0) await applyTrafficControl(lines, ns);
}

/** Lead what arrives on `from` through a link that is there for it, or no more. */
async function redirect({ link, shape }: LimitedEnd, from: string, { ns, qdiscs }: Found): Promise<void> {
  using links = rtnl(ns);
  const isThere = (await links.link(link)) !== undefined;
  const hasHook = qdiscs.some((each) => each.link === from && each.kind === 'clsact');
  if (shape === undefined) {
    if (hasHook && isThere) await applyTrafficControl([`qdisc del dev ${from} clsact`], ns);
    if (isThere) await links.deleteLink(link);
    return;
  }
  if (!isThere) {
    await links.addLink({ name: link, kind: 'ifb' });
    silence(link, ns);
    await links.changeLink(link, { up: true });
  }
  if (hasHook && (await readRedirects(from, ns)).includes(link)) return;
  const match = 'u32 match u32 0 0 action mirred egress redirect';
  await applyTrafficControl([`qdisc replace dev ${from} clsact`, `filter add dev ${from} ingress protocol all ${match} dev ${link}`], ns);
}

/** Nothing is to be sent by a link that only delays. */
function silence(link: string, ns: Netns | undefined): void {
  try {
    writeSysctl(ns, `net/ipv6/conf/${link}/disable_ipv6`, 1);
  } catch (error) {
    if (!isHostError(error, 'HOST_NOT_FOUND')) throw error; // a kernel without IPv6
  }
}

/** A link that is gone is no refusal. */
function reasonOf(error: unknown): string {
  if (error instanceof HostError && error.code === 'HOST_UNSUPPORTED')
    return `this node's kernel can not do it (${error.message}); load the module or use another node`;
  if (error instanceof HostError && error.code === 'HOST_REFUSED') return error.message;
  throw error;
}
