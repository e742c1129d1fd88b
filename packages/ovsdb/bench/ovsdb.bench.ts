/**
 * `npm run bench -- ovsdb`: replicas, updates and transactions, ours beside the C and Python clients and bare sockets on the same
 * server in the same run. Writes its section of docs/benchmarks.md.
 */
import { cpus, loadavg, totalmem } from 'node:os';
import { writeSection } from '@kube-ovn/tools/benchmark-section';
import { log } from './measure.ts';
import { largeSync, mediumSync } from './sync.ts';
import { transactions } from './transactions.ts';
import { updates } from './updates.ts';

const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}`;
const load = (loadavg()[0] ?? NaN).toFixed(1);
const parts: string[] = [];
for (const part of [largeSync, mediumSync, updates, transactions]) parts.push(await part());
const body = `## ovsdb

\`npm run bench -- ovsdb\` on ${machine}, ${new Date().toISOString().slice(0, 10)}; other work had the machine at a load of ${load} when it began. ovsdb-server shares the machine with the clients.

${parts.join('\n\n')}
`;
writeSection(new URL('../../../docs/benchmarks.md', import.meta.url), 'ovsdb', body);
log(body);
