/**
 * Runs inside a network namespace: asks for a host name by a new connection each time, at one of some addresses after the other.
 * `node connection-program.ts ADDRESS[,ADDRESS...] PORT MILLISECONDS AT_ONCE`; prints `{"answered": ..., "failed": ..., "ms": ...}`.
 */
import { dial } from '../src/netexec/dial.ts';

const [, , list = '', port = '', period = '', atOnce = ''] = process.argv;
const addresses = list.split(',');
const counts = { answered: 0, failed: 0 };
let next = 0;
let start = 0;

async function ask(untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    const host = addresses[next++ % addresses.length] ?? '';
    const { ok } = await dial({ protocol: 'http', host, port: Number(port), ask: 'hostname', timeoutMs: 2000 });
    counts[ok ? 'answered' : 'failed'] += 1;
  }
}

const all = (ms: number): Promise<unknown> => Promise.all(Array.from({ length: Number(atOnce) }, () => ask(performance.now() + ms)));
// The program itself warms up first.
await all(500);
Object.assign(counts, { answered: 0, failed: 0 });
start = performance.now();
await all(Number(period));
process.stdout.write(JSON.stringify({ ...counts, ms: performance.now() - start }));
