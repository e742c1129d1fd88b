/**
 * What a formula costs: memory and time of 100,000 formulas of three dependencies each, and of one change among them.
 *
 * Keys that come and go are different ones, as names of pods are. V8 keeps the places of deleted entries of a Map until it grows, so
 * one key that comes and goes ten thousand times in a table of 100,000 is slow.
 */
import { deriveTable, groupTable, indexBy, observe, sourceTable } from '../src/index.ts';

const FORMULAS = 100_000;
const SOURCES = 30_000;
const WRITES = 20_000;

const collect = (globalThis as { gc?: () => void }).gc ?? ((): void => {});

function heapMegabytes(): number {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}

/** CPU time of this process: other work on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const source = (at: number): string => `node-${at % SOURCES}`;
const values = sourceTable<number>('values');
const inputs = sourceTable<number>('inputs');
values.replace(Array.from({ length: SOURCES }, (_, at) => [source(at), at]));
inputs.replace(Array.from({ length: FORMULAS }, (_, at) => [`ns/pod-${at}`, at]));

const heapBefore = heapMegabytes();
const builtFrom = cpuMs();
let runs = 0;
const sums = deriveTable('sums', inputs, (_, at) => {
  runs++;
  return (values.get(source(at * 7)) ?? 0) + (values.get(source(at * 7 + 10_007)) ?? 0) + (values.get(source(at * 7 + 20_014)) ?? 0);
});
const groups = groupTable(
  'groups',
  indexBy('by hundred', inputs, (at) => [String(at % 1000)]),
  (_, members) => members.size,
);
let told = 0;
observe(sums, () => told++);
observe(groups, () => told++);
const builtMs = cpuMs() - builtFrom;
const heap = heapMegabytes() - heapBefore;

runs = told = 0;
const wroteFrom = cpuMs();
for (let at = 0; at < WRITES; at++) values.set(source(at * 31), 1_000_000 + at);
const wroteMs = cpuMs() - wroteFrom;

const churnFrom = cpuMs();
for (let at = 0; at < WRITES; at++) {
  inputs.set(`ns/more-${at}`, at);
  inputs.delete(`ns/more-${at}`);
}
const churnMs = cpuMs() - churnFrom;

process.stdout.write(
  [
    `${FORMULAS} formulas of three dependencies, ${SOURCES} sources, an index of 1000 groups, two observers`,
    `built in ${builtMs.toFixed(0)} ms; heap ${heap.toFixed(0)} MB`,
    `${WRITES} writes, one at a time: ${runs} formulas run, ${((wroteMs * 1000) / runs).toFixed(2)} µs each, observers included`,
    `${WRITES} times an input came and went: ${((churnMs * 1000) / WRITES / 2).toFixed(2)} µs per change`,
    '',
  ].join('\n'),
);
