import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { ping, readPing, type Pinged } from './ping.ts';
import { doRound } from './round.ts';
import type { Target } from './targets.ts';

const labels = (name: string, address: string): Readonly<Record<string, string>> => ({
  src_node_name: 'node1',
  src_node_ip: '192.0.2.1',
  src_pod_ip: '10.16.0.4',
  target_node_name: name,
  target_node_ip: address,
});
const target = (name: string, address: string): Target => ({ kind: 'node', address, labels: labels(name, address) });
const near = target('node1', '192.0.2.1');
const far = target('node2', '192.0.2.2');

/** Samples of a metric, by the node that they are about. */
async function samples(metrics: ReturnType<typeof createMetrics>, name: string): Promise<Readonly<Record<string, number>>> {
  const found = await metrics.registry.getSingleMetric(name)?.get();
  return Object.fromEntries(
    (found?.values ?? []).map(({ labels: of, value }) => [String(of['target_node_name'] ?? of['nodeName']), value]),
  );
}

it('counts what is lost for exactly the pair that lost it, and forgets who is no more', async () => {
  const metrics = createMetrics('node1');
  const told: string[] = [];
  let nowMs = 0;
  const answers: Readonly<Record<string, Pinged>> = {
    '192.0.2.1': { sent: 3, received: 3, latencyMs: 0.1 },
    '192.0.2.2': { sent: 3, received: 1, latencyMs: 7 },
  };
  const ports = {
    ping: async (address: string) => answers[address] ?? { sent: 3, received: 0, latencyMs: undefined },
    ask: async (what: string) => {
      nowMs += 4;
      if (what === 'external_dns') throw new Error('ENOTFOUND');
    },
    nowMs: () => nowMs,
    changed: (what: string, problem: string | undefined) => void (problem !== undefined && told.push(`${what}: ${problem}`)),
    limit: <T>(work: () => Promise<T>) => work(),
  };
  const questions = [
    ['apiserver', 'node1'],
    ['external_dns', 'example.com'],
  ] as const;
  await doRound({ targets: [near, far, target('node3', '192.0.2.3')], questions }, metrics, ports);
  expect(await samples(metrics, 'pinger_node_ping_count_total')).toEqual({ node1: 3, node2: 3, node3: 3 });
  expect(await samples(metrics, 'pinger_node_ping_lost_total')).toEqual({ node1: 0, node2: 2, node3: 3 });
  expect(await samples(metrics, 'pinger_apiserver_healthy')).toEqual({ node1: 1 });
  expect(await samples(metrics, 'pinger_external_dns_healthy')).toEqual({ node1: 0 });
  expect(told.toSorted()).toEqual(['external_dns example.com: Error: ENOTFOUND', 'node node3 192.0.2.3: does not answer']);

  metrics.keep([near]);
  expect(await samples(metrics, 'pinger_node_ping_lost_total')).toEqual({ node1: 0 });
  expect(await metrics.registry.metrics()).not.toContain('node2');
});

it('reads what ping of iputils tells', () => {
  const head = 'PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n\n--- 192.0.2.1 ping statistics ---\n';
  expect(
    readPing(`${head}3 packets transmitted, 3 received, 0% packet loss, time 203ms\nrtt min/avg/max/mdev = 0.029/0.052/0.078/0.020 ms\n`),
  ).toEqual({
    sent: 3,
    received: 3,
    latencyMs: 0.052,
  });
  expect(readPing(`${head}3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 2041ms\npipe 3\n`)).toEqual({
    sent: 3,
    received: 0,
    latencyMs: undefined,
  });
  expect(readPing('ping: socket: Operation not permitted\n')).toBeUndefined();
});

it('pings for real', async () => {
  const result = await ping('127.0.0.1');
  expect(result).toMatchObject({ sent: 3, received: 3 });
  expect(result.latencyMs).toBeGreaterThan(0);
});
