/** Joins the running controller to health and metrics. */
import { observe, type Scheduler } from '@kube-ovn/dataflow';
import type { KubeClient } from '@kube-ovn/kube';
import type { HealthFacts } from './health.ts';
import { createMetrics, type Metrics, type MetricSources } from './metrics.ts';
import { readPod } from './inputs/pod.ts';
import { PolicyRowCounter } from './policy-metrics.ts';
import type { Controller } from './wire.ts';

/** Facts for /readyz at this moment. */
export function healthFacts({ sources, northbound, leadership }: Controller): HealthFacts {
  const term = leadership.term.peek();
  return {
    isSynced: sources.synced.peek(),
    behind: sources.behind.peek(),
    isNorthboundLive: northbound.isLive.peek(),
    isLeader: term !== undefined,
    oldestPendingMs: term === undefined ? 0 : Math.max(term.northbound.synchronizer.stats.oldestPendingMs, term.kubernetes.oldestPendingMs),
    isBrakeEngaged: term?.northbound.synchronizer.stats.brakeEngaged ?? false,
  };
}

/** Metrics of a controller; follows pods to measure how long they wait. */
export function controllerMetrics(
  controller: Controller,
  kube: KubeClient,
  scheduler: Scheduler,
  certificates: MetricSources['certificates'] = () => [],
): Metrics & Disposable {
  const { leadership, cells, elector } = controller;
  const stats = (): { readonly operations: number; readonly transactions: number; readonly refused: number } => leadership.northboundTotals;
  const policyRows = new PolicyRowCounter(controller.wanted.fragments);
  const metrics = createMetrics({
    isLeader: () => elector.isLeader.peek(),
    ovnOperations: () => stats().operations,
    ovnOperationsOnResync: () => leadership.operationsOnResync,
    ovnTransactions: () => stats().transactions,
    ovnRefused: () => stats().refused,
    kubeWrites: () => kube.writes,
    oldestPendingMs: () => healthFacts(controller).oldestPendingMs,
    isBrakeEngaged: () => healthFacts(controller).isBrakeEngaged,
    databases: () => [
      { name: 'OVN_Northbound', isLive: controller.northbound.isLive.peek() },
      ...(controller.southbound === undefined ? [] : [{ name: 'OVN_Southbound', isLive: controller.southbound.isLive.peek() }]),
    ],
    certificates,
    leases: () => cells.leases.size,
    refusals: () => cells.refusals.size,
    policyRows: () => policyRows.rows(),
    policyCompiles: () => controller.policyCompiling.count,
    policyCompileSeconds: () => controller.policyCompiling.totalMs / 1000,
    gateways: function* () {
      for (const [subnet, { status }] of controller.graph.objects.subnets.entries())
        for (const node of (status?.activateGateway ?? '').split(',')) if (node !== '') yield { subnet, node };
    },
    subnets: function* () {
      for (const [subnet, { v4, v6 }] of cells.usage.entries()) {
        if (v4 !== undefined) yield { subnet, family: 'IPv4' as const, available: Number(v4.available), using: Number(v4.using) };
        if (v6 !== undefined) yield { subnet, family: 'IPv6' as const, available: Number(v6.available), using: Number(v6.using) };
      }
    },
  });
  const followers = [followPods(controller, metrics, scheduler), followPolicies(controller, metrics, scheduler), policyRows];
  return {
    ...metrics,
    [Symbol.dispose]: () => {
      for (const each of followers) each[Symbol.dispose]();
    },
  };
}

/** What is there when a term begins is no event. */
function followPolicies({ graph, leadership }: Controller, { policyEnforced }: Metrics, scheduler: Scheduler): Disposable {
  return observe(graph.policies, () => {
    const term = leadership.term.peek();
    if (term === undefined) return;
    const since = scheduler.now();
    // The formulas of this turn have yet to say what they want.
    void Promise.resolve()
      .then(() => term.northbound.synchronizer.settled())
      .then(() => policyEnforced.observe((scheduler.now() - since) / 1000));
  });
}

function followPods({ sources }: Controller, { podAllocated }: Metrics, scheduler: Scheduler): Disposable {
  const waitingSince = new Map<string, number>();
  return observe(sources.pods.table, (key, object) => {
    const pod = object === undefined ? undefined : readPod(object, () => undefined);
    const since = waitingSince.get(key);
    if (pod !== undefined && !pod.interfaces.some(({ isAllocated }) => isAllocated)) {
      if (since === undefined) waitingSince.set(key, scheduler.now());
      return;
    }
    waitingSince.delete(key);
    if (pod !== undefined && since !== undefined) podAllocated.observe((scheduler.now() - since) / 1000);
  });
}
