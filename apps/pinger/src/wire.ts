/** The only place where things are made. */
import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { resources, type Node } from '@kube-ovn/api';
import { repeat } from '@kube-ovn/dataflow';
import { informer, kubeClient, systemScheduler } from '@kube-ovn/kube';
import { listenTelemetry } from '@kube-ovn/telemetry';
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { askDns, readSearchRules } from './dns.ts';
import { createMetrics } from './metrics.ts';
import { ping } from './ping.ts';
import { doRound, type Question } from './round.ts';
import { APP_LABEL, targetsOf, type Target } from './targets.ts';

/** A running pinger. */
export interface Pinger extends AsyncDisposable {
  readonly port: number;
}

const AT_ONCE = 16;
const ANSWER_WITHIN_MS = 3_000;
const DNS = { timeout: 1_000, tries: 2 };

/** Start. Resolves when it listens. */
export async function startPinger(config: Config, log: Logger): Promise<Pinger> {
  await using stack = new AsyncDisposableStack();
  const scheduler = systemScheduler();
  const client = kubeClient(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig });
  stack.defer(() => client.close());
  const nodes = stack.use(informer(client, resources.node, { trim: trimNode }));
  const pods = stack.use(informer(client, resources.pod, { namespace: config.namespace, labelSelector: `app=${APP_LABEL}` }));

  const metrics = createMetrics(config.nodeName);
  const problems = new Map<string, string>();
  const changed = (what: string, problem: string | undefined): void => {
    if (problems.get(what) === problem) return;
    if (problem === undefined) {
      problems.delete(what);
      log.info({ target: what }, 'answers again');
    } else {
      problems.set(what, problem);
      log.warn({ target: what }, `not reached: ${problem}`);
    }
  };
  const questions: readonly Question[] = [
    ['apiserver', config.nodeName],
    ...config.internalNames.map((name): Question => ['internal_dns', name]),
    ...config.externalNames.map((name): Question => ['external_dns', name]),
  ];
  const searchRules = readSearchRules(readFileSync('/etc/resolv.conf', 'utf8'));
  const ports = {
    ping,
    ask: (what: Question[0], name: string) =>
      within<unknown>(
        ANSWER_WITHIN_MS,
        what === 'apiserver' ? client.get(resources.node, name) : askDns(name, searchRules, new Resolver(DNS)),
      ),
    nowMs: () => performance.now(),
    changed,
    limit: pLimit(AT_ONCE),
  };
  const targets = (): readonly Target[] =>
    targetsOf({
      ...config,
      nodes: [...nodes.table.entries()].map(([, node]) => node),
      pods: [...pods.table.entries()].map(([, pod]) => pod),
    });
  let rounds = 0;
  stack.use(
    repeat(scheduler, config.intervalMs, {
      work: async () => {
        if (!nodes.synced.peek() || !pods.synced.peek()) return false;
        const since = performance.now();
        const now = targets();
        metrics.keep(now);
        await doRound({ targets: now, questions }, metrics, ports);
        metrics.round((performance.now() - since) / 1000);
        rounds++;
        log.debug({ targets: now.length, problems: problems.size }, 'round done');
        return true;
      },
      failed: (error) => log.error({ err: error }, 'a round failed'),
    }),
  );

  const server = await listenTelemetry({
    address: config.address,
    port: config.port,
    unready: () => (rounds === 0 ? ['no round is done yet'] : []),
    registry: metrics.registry,
  });
  stack.defer(() => void server.close());
  const running = stack.move();
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Names and addresses. */
function trimNode({ metadata: { name, uid, resourceVersion }, status }: Node): Node {
  const metadata = { name, ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) };
  return { apiVersion: 'v1', kind: 'Node', metadata, status: { addresses: status?.addresses ?? [] } };
}

async function within<T>(limitMs: number, answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
