/** The pinger's metrics. @source Kube-OVN pkg/pinger/metrics.go, for names and labels of what both measure */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Pinged } from './ping.ts';
import type { Target } from './targets.ts';

/** A name or server that is asked, not pinged. */
export type Asked = 'apiserver' | 'internal_dns' | 'external_dns';

export interface Metrics {
  readonly registry: Registry;
  pinged(target: Target, result: Pinged): void;
  /** @param latencyMs undefined: there was no good answer */
  asked(what: Asked, latencyMs: number | undefined): void;
  round(seconds: number): void;
  /** Forget the series of targets that are no more. */
  keep(targets: readonly Target[]): void;
}

const SOURCE = ['src_node_name', 'src_node_ip', 'src_pod_ip'] as const;
const KINDS = {
  node: { labelNames: [...SOURCE, 'target_node_name', 'target_node_ip'], what: 'nodes' },
  pod: { labelNames: [...SOURCE, 'target_node_name', 'target_node_ip', 'target_pod_ip'], what: 'pingers on nodes' },
  external: { labelNames: [...SOURCE, 'target_address'], what: 'addresses outside' },
} as const;
const NAMES = { apiserver: 'the API server', internal_dns: 'names inside the cluster', external_dns: 'names outside' } as const;
const PING_BUCKETS = [0.25, 0.5, 1, 2, 5, 10, 30, 100, 300];
const ASK_BUCKETS = [2, 5, 10, 20, 50, 100, 300, 1000, 3000];

export function createMetrics(nodeName: string): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const pings = mapValues(KINDS, (kind, { labelNames, what }) => ({
    latency: new Histogram({
      name: `pinger_${kind}_ping_latency_ms`,
      help: `mean round trip to ${what} of each round`,
      labelNames,
      buckets: PING_BUCKETS,
      registers,
    }),
    sent: new Counter({ name: `pinger_${kind}_ping_count_total`, help: `echo requests to ${what}`, labelNames, registers }),
    lost: new Counter({
      name: `pinger_${kind}_ping_lost_total`,
      help: `echo requests to ${what} without an answer`,
      labelNames,
      registers,
    }),
  }));
  const questions = mapValues(NAMES, (asked, what) => ({
    healthy: new Gauge({
      name: `pinger_${asked}_healthy`,
      help: `1 while ${what} answered in the last round`,
      labelNames: ['nodeName'],
      registers,
    }),
    latency: new Histogram({
      name: `pinger_${asked}_latency_ms`,
      help: `time until ${what} answered`,
      labelNames: ['nodeName'],
      buckets: ASK_BUCKETS,
      registers,
    }),
    failed: new Counter({
      name: `pinger_${asked}_failed_total`,
      help: `questions to ${what} without a good answer`,
      labelNames: ['nodeName'],
      registers,
    }),
  }));
  const rounds = new Counter({ name: 'pinger_rounds_total', help: 'rounds that were done', labelNames: ['nodeName'], registers });
  const duration = new Gauge({ name: 'pinger_round_seconds', help: 'duration of the last round', labelNames: ['nodeName'], registers });
  const known = new Map<string, Target>();
  return {
    registry,
    pinged: (target, { sent, received, latencyMs }) => {
      const { labels, kind } = target;
      known.set(keyOf(target), target);
      pings[kind].sent.inc(labels, sent);
      // the series is there before anything is lost, so that a rate can be taken of it
      pings[kind].lost.inc(labels, Math.max(0, sent - received));
      if (latencyMs !== undefined) pings[kind].latency.observe(labels, latencyMs);
    },
    asked: (what, latencyMs) => {
      const { healthy, latency, failed } = questions[what];
      healthy.set({ nodeName }, Number(latencyMs !== undefined));
      failed.inc({ nodeName }, Number(latencyMs === undefined));
      if (latencyMs !== undefined) latency.observe({ nodeName }, latencyMs);
    },
    round: (seconds) => {
      rounds.inc({ nodeName });
      duration.set({ nodeName }, seconds);
    },
    keep: (targets) => {
      const wanted = new Set(targets.map(keyOf));
      for (const [key, { kind, labels }] of known) {
        if (wanted.has(key)) continue;
        for (const metric of Object.values(pings[kind])) metric.remove(labels);
        known.delete(key);
      }
    },
  };
}

function keyOf({ kind, labels }: Target): string {
  return JSON.stringify([kind, labels]);
}

function mapValues<K extends string, A, B>(of: Readonly<Record<K, A>>, make: (key: K, value: A) => B): Readonly<Record<K, B>> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, make(key as K, value as A)])) as Readonly<Record<K, B>>;
}
