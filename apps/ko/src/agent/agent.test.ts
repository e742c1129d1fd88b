/** The agent on loopback, in this process and as the text that travels. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { carryOut, type Measures, type Order, type Probe, probe, serve } from './agent.ts';
import { AGENT_VARIABLE, agentArgv, agentSource } from './source.ts';

let port: number;
let stop: () => Promise<void>;

beforeAll(async () => {
  port = await freePort();
  stop = await serve(port, 'me');
});
afterAll(() => stop());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const question = (more: Partial<Probe>): Probe => ({
  protocol: 'tcp',
  address: '127.0.0.1',
  port,
  family: 4,
  expected: ['me'],
  timeoutMs: 10_000,
  ...more,
});

/** Run the text in a Node of its own, as a container does. */
async function carriedOut(order: Order): Promise<unknown> {
  const [program = '', ...args] = agentArgv(order);
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], [AGENT_VARIABLE]: agentSource() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'close');
  return JSON.parse(text);
}

describe('an agent', () => {
  it.each([
    ['tcp', '127.0.0.1', 4],
    ['udp', '127.0.0.1', 4],
    ['tcp', '::1', 6],
    ['udp', '::1', 6],
    ['tcp', 'localhost', 4],
  ] as const)('says its name over %s to %s', async (protocol, address, family) => {
    expect(await probe(question({ protocol, address, family }))).toEqual({ isAsExpected: true, answer: 'me', attempts: 1 });
  });

  it('is a connection to those who ask for no more', async () => {
    expect(await probe(question({ protocol: 'connect', expected: ['a connection'] }))).toMatchObject({ isAsExpected: true });
  });

  it.each(['tcp', 'udp'] as const)('that is not there is nobody over %s', async (protocol) => {
    const free = await freePort();
    expect(await probe(question({ protocol, port: free, expected: [] }))).toMatchObject({
      isAsExpected: true,
      attempts: 1,
      error: expect.any(String),
    });
  });

  it('is asked again until it is as expected, and no longer than it may take', async () => {
    const late = await freePort();
    const asked = probe(question({ port: late, expected: ['late'] }));
    await sleep(300);
    const end = await serve(late, 'late');
    const found = await asked;
    await end();
    expect(found).toMatchObject({ isAsExpected: true, answer: 'late' });
    expect(found.attempts).toBeGreaterThan(1);
    expect(await probe(question({ expected: ['another'], timeoutMs: 0 }))).toMatchObject({ isAsExpected: false, answer: 'me' });
  });

  it('is a text without what Kubernetes would expand in a variable', () => {
    expect(agentSource()).not.toContain('$(');
  });

  it('asks many at once, when it is text', async () => {
    const found = await carriedOut({ do: 'probe', probes: [question({}), question({ protocol: 'udp' })] });
    expect(found).toEqual([
      { isAsExpected: true, answer: 'me', attempts: 1 },
      { isAsExpected: true, answer: 'me', attempts: 1 },
    ]);
  });

  it('measures throughput as the receiver counts it, and round trips', async () => {
    const course = { address: '127.0.0.1', port, ms: 200 };
    const { tcp, udp, latency } = (await carryOut({ do: 'measure', course, bytes: 1400 })) as Measures;
    expect(tcp.bitsPerSecond).toBeGreaterThan(1e6);
    expect(udp.bitsPerSecond).toBeGreaterThan(1e5);
    expect(udp.packetsReceived).toBeLessThanOrEqual(udp.packetsSent ?? 0);
    expect(latency.roundTrips).toBeGreaterThan(1);
    expect(latency.min).toBeLessThanOrEqual(latency.median);
    expect(latency.median).toBeLessThanOrEqual(latency.p99);
  });
});
