import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenTelemetry } from '../src/index.ts';
import { parseOpenMetrics } from './parse.ts';

/** What Prometheus 2 and 3 send. */
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

function exampleRegistry(): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ node_name: 'node1' });
  collectDefaultMetrics({ register: registry });
  const register = { registers: [registry] };
  new Counter({ name: 'calls_total', help: 'with "quotes", a \\ and\na second line', labelNames: ['verb'], ...register }).inc(
    { verb: 'a"\\\n' },
    3,
  );
  new Gauge({ name: 'warmth', help: 'of the room', ...register }).set(-0.5);
  new Gauge({ name: 'limit', help: 'none', ...register }).set(Infinity);
  const waits = new Histogram({ name: 'wait_seconds', help: 'of callers', buckets: [0.5, 1, 5], ...register });
  for (const wait of [0.1, 0.7, 30]) waits.observe(wait);
  return registry;
}

describe('listenTelemetry', () => {
  let server: Awaited<ReturnType<typeof listenTelemetry>>;
  let reasons: readonly string[] = [];
  beforeEach(async () => {
    reasons = [];
    server = await listenTelemetry({ address: '127.0.0.1', port: 0, unready: () => reasons, registry: exampleRegistry() });
  });
  afterEach(() => void server.close());

  const ask = (path: string, accept?: string): Promise<{ status: number; type: string; text: string }> =>
    new Promise((resolve, reject) => {
      const headers = accept === undefined ? {} : { accept };
      get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', path, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }));
      }).on('error', reject);
    });

  it('OpenMetrics to who prefers it: parsed by a strict reader, it is what was counted', async () => {
    const { type, text } = await ask('/metrics', PROMETHEUS);
    expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const families = parseOpenMetrics(text);
    expect(families.get('calls')).toEqual({
      type: 'counter',
      help: 'with "quotes", a \\ and\na second line',
      samples: [{ name: 'calls_total', labels: { verb: 'a"\\\n', node_name: 'node1' }, value: 3 }],
    });
    expect(families.get('warmth')).toMatchObject({ type: 'gauge', samples: [{ value: -0.5 }] });
    expect(families.get('limit')?.samples[0]?.value).toBe(Infinity);
    expect(families.get('wait_seconds')?.samples.map(({ name, labels: { le }, value }) => [name, le, value])).toEqual([
      ['wait_seconds_bucket', '0.5', 1],
      ['wait_seconds_bucket', '1.0', 2],
      ['wait_seconds_bucket', '5.0', 2],
      ['wait_seconds_bucket', '+Inf', 3],
      ['wait_seconds_sum', undefined, 30.8],
      ['wait_seconds_count', undefined, 3],
    ]);
    expect(families.get('process_cpu_user_seconds')?.type).toBe('counter');
  });

  it('plain text to all others, also after OpenMetrics, with the same names', async () => {
    await ask('/metrics', PROMETHEUS);
    for (const accept of [
      undefined,
      '*/*',
      'text/plain',
      'application/openmetrics-text;version=9.0.0',
      'application/openmetrics-text;q=0.1,text/plain',
    ]) {
      const { type, text } = await ask('/metrics', accept);
      expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(text).toContain('# TYPE calls_total counter');
      expect(text).not.toContain('# EOF');
    }
  });

  it('says why it is not ready, and what is served', async () => {
    expect(await ask('/readyz')).toMatchObject({ status: 200, text: 'ok\n' });
    reasons = ['the database is away', 'no Node'];
    expect(await ask('/readyz')).toMatchObject({ status: 503, text: 'the database is away\nno Node\n' });
    expect(await ask('/livez?verbose')).toMatchObject({ status: 200 });
    expect(await ask('/other')).toMatchObject({ status: 404, text: 'served here: /livez, /readyz, /metrics\n' });
  });
});
