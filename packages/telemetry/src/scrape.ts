/** Metrics in the format that is asked for. */
import type { Registry } from 'prom-client';
import { prefersOpenMetrics } from './accept.ts';
import { formatOpenMetrics, OPEN_METRICS } from './open-metrics.ts';

/** An answer to a request for metrics. */
export interface Scrape {
  readonly type: string;
  readonly text: string;
}

/** @param accept header of the request */
export async function scrape(registry: Registry, accept: string | undefined): Promise<Scrape> {
  return prefersOpenMetrics(accept)
    ? { type: OPEN_METRICS, text: formatOpenMetrics(await registry.getMetricsAsJSON()) }
    : { type: registry.contentType, text: await registry.metrics() };
}
