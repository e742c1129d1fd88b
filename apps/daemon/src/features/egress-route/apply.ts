/** Bring rules and tables to what is wanted; only differences are written. */
import { type KernelRoute, type Netns, type Route, type Rule, rtnl } from '@kube-ovn/host';
import type { EgressRouting, EgressRule, EgressTableRoute } from './egress-route.formula.ts';

/** By this we know our routes, and by these our tables, after a restart too. @source linux/rtnetlink.h: RTPROT_* that the kernel leaves to us */
const PROTOCOL = 75;

/**
 * Apply. Routes come before the rules that lead to them, and go after them: a crash leaves no rule without its table.
 * @param ns default: the namespace of this process
 * @returns whether anything was written
 * @throws {HostError} HOST_UNREACHABLE — a next hop that is on no link of the node; everything else has been written then
 */
export async function applyEgressRouting(wanted: EgressRouting, ns?: Netns): Promise<boolean> {
  using node = rtnl(ns);
  const present = (await node.routes('all')).filter(({ protocol }) => protocol === PROTOCOL);
  const ours = new Set([...present, ...wanted.routes].map(({ table }) => table));
  const rules = (await node.rules()).filter((rule) => ours.has(rule.table) && rule.from !== undefined && rule.to === undefined);
  const surplusRules = rules.filter((rule) => !wanted.rules.some((want) => isSameRule(want, rule)));
  const missingRules = wanted.rules.filter((want) => !rules.some((rule) => isSameRule(want, rule)));
  const surplus = present.filter((route) => !wanted.routes.some((want) => isSameRoute(want, route)));
  const missing = wanted.routes.filter((want) => !present.some((route) => isSameRoute(want, route)));
  let failure: Error | undefined;
  for (const rule of surplusRules) await node.deleteRule(rule);
  // what refuses goes ahead of what leads out
  for (const route of missing.toSorted((a, b) => Number(a.type === 'unicast') - Number(b.type === 'unicast')))
    try {
      await node.replaceRoute({ ...route, protocol: PROTOCOL });
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
    }
  for (const rule of missingRules) await node.addRule(rule);
  for (const route of surplus) await node.deleteRoute(asRoute(route));
  if (failure !== undefined) throw failure;
  return [surplusRules, missingRules, surplus, missing].some((changes) => changes.length > 0);
}

function isSameRule(want: EgressRule, rule: Rule): boolean {
  return want.from === rule.from && want.priority === rule.priority && want.table === rule.table;
}

function isSameRoute(want: EgressTableRoute, route: KernelRoute): boolean {
  return (
    want.dst === route.dst &&
    want.type === route.type &&
    want.via === route.via &&
    want.metric === route.metric &&
    want.table === route.table
  );
}

function asRoute({ dst, type, via, metric, table }: KernelRoute): Route {
  return { dst, type, metric, table, protocol: PROTOCOL, ...(via === undefined ? {} : { via }) };
}
