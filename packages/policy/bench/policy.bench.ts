/** Speed, memory and economy of the compiler: `npm run bench -- policy` at the root, or `npm run bench` in the package. */
import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { table, writeSection } from '@kube-ovn/tools/benchmark-section';
import { fileURLToPath } from 'node:url';
import { measureJoin } from './join.ts';
import type { ShapeCost } from './run-shape.ts';
import { shapes } from './shapes.ts';

const targets = { compileS: 5, peakMb: 1024, eventUs: 1000 };
const script = fileURLToPath(new URL('run-shape.ts', import.meta.url));

function costOf(name: string): ShapeCost {
  const text = execFileSync(process.execPath, [...process.execArgv, script, name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(text) as ShapeCost;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const marked = (text: string, isMet: boolean): string => (isMet ? text : `${text} (missed)`);

const costs = Object.entries(shapes).map(([name, make]) => ({ name, cost: costOf(name), policies: make().policies }));
const rows = costs.map(({ name, cost: { compileMs, peakMb, rows: counts, memberships, podEventUs } }) => [
  name,
  marked(`${(compileMs / 1000).toFixed(2)} s`, compileMs / 1000 < targets.compileS),
  marked(`${whole(peakMb)} MB`, peakMb < targets.peakMb),
  `${whole(podEventUs.p50)} µs`,
  marked(`${whole(podEventUs.p99)} µs`, podEventUs.p99 < targets.eventUs),
  whole(counts['ACL'] ?? 0),
  whole(counts['Port_Group'] ?? 0),
  whole(counts['Address_Set'] ?? 0),
  whole(memberships),
]);
const economy = costs.map(({ name, cost, policies }) => {
  const rules = policies.flatMap(({ ingress }) => ingress);
  const naive = rules.reduce(
    (sum, { peers, ports }) => sum + 2 * Math.max(1, peers.length) * (ports === 'any' ? 1 : Math.max(1, ports.length)),
    0,
  );
  return [name, whole(rules.length), whole(cost.rows['ACL'] ?? 0), whole(naive)];
});
const join = await measureJoin();
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}`;

const body = `## policy

\`npm run bench -- policy\` on ${machine}, ${new Date().toISOString().slice(0, 10)}. Every shape is compiled from nothing in a process of its
own: CPU time of its thread, from the first statement to the fragments, and the most memory that the process had, its objects included.
An event is a pod whose labels become another's, and its flush: wall time, the best of three rounds of
${whole(5000)} events.
Targets: ${targets.compileS} s, ${whole(targets.peakMb)} MB, p99 of an event under ${whole(targets.eventUs)} µs.

${table(['shape', 'compile', 'peak memory', 'event, p50', 'p99', 'ACLs', 'port groups', 'address sets', 'memberships'], rows)}

Rules of policies and ACLs (default deny, discovery and what a node sends to its pods included), against one ACL for each rule, peer, port
and family:

${table(['shape', 'rules', 'ACLs', 'one by one'], economy)}

One pod that joins a group of 10,000, at a real ovsdb-server: ${join.operations} operations, ${whole(join.bytes)} bytes.
`;
writeSection(new URL('../../../docs/benchmarks.md', import.meta.url), 'policy', body);
process.stdout.write(body);
