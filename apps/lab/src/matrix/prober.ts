/**
 * Measures from inside a pod's network namespace: a program that reads checks as JSON and writes observations.
 * It is started there by `measure.ts`; each check is a real packet and its answer, tried a few times.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { dial } from '../netexec/dial.ts';
import type { Check, Observation } from './checks.ts';

const CONCURRENCY = 12;
const PATIENCE = { tries: 3, timeoutMs: 2000 };

async function observe(check: Check): Promise<Observation> {
  let error = '';
  const { tries, timeoutMs } = check.patience ?? PATIENCE;
  for (let i = 0; i < tries; i += 1) {
    const startedAt = performance.now();
    const result =
      check.protocol === 'icmp'
        ? await ping(check.address, timeoutMs)
        : await dial({
            protocol: check.protocol === 'tcp' ? 'http' : 'udp',
            host: check.address,
            port: check.port,
            ask: check.ask,
            timeoutMs,
          });
    if (result.ok) return { id: check.id, ok: true, answer: result.answer, ms: Math.round((performance.now() - startedAt) * 10) / 10 };
    error = result.error;
  }
  return { id: check.id, ok: false, error };
}

async function ping(address: string, timeoutMs: number): Promise<{ ok: true; answer: string } | { ok: false; error: string }> {
  const { promise, resolve } = Promise.withResolvers<{ ok: true; answer: string } | { ok: false; error: string }>();
  const child = spawn('ping', ['-n', '-q', '-c1', `-W${timeoutMs / 1000}`, address], { stdio: 'ignore' });
  child.once('error', (error) => resolve({ ok: false, error: error.message }));
  child.once('exit', (code) => resolve(code === 0 ? { ok: true, answer: '' } : { ok: false, error: 'no answer to ping' }));
  return promise;
}

const checks = JSON.parse(await text(process.stdin)) as readonly Check[];
const waiting = [...checks];
const observations: Observation[] = [];
await Promise.all(
  Array.from({ length: CONCURRENCY }, async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) observations.push(await observe(check));
  }),
);
process.stdout.write(JSON.stringify(observations));
