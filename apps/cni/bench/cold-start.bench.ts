/**
 * What one CNI call costs before the daemon has done anything: start of the process, one exchange over the unix socket, end.
 *
 * Prints a table: wall time from spawn to exit, and the peak of resident memory when the daemon reads the request.
 */
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { buildPlugin } from '../build/plugin.ts';

const ROUNDS = 60;
const directory = await mkdtemp(join(tmpdir(), 'ko-cni-bench-'));
const socket = join(directory, 'daemon.sock');
const { program, script } = await buildPlugin(directory);
const answer = JSON.stringify({ ips: [{ protocol: 'IPv4', ip: '10.16.0.5', cidr: '10.16.0.0/16' }] });

let caller: number | undefined;
let peakKilobytes = 0;
const server = createServer((request, response) => {
  const status = readFileSync(`/proc/${caller}/status`, 'utf8');
  peakKilobytes = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
  request.resume();
  response.end(answer);
});
await new Promise<void>((resolve) => server.listen(socket, resolve));

const environment = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'c',
  CNI_NETNS: '/run/netns/x',
  CNI_IFNAME: 'eth0',
  CNI_ARGS: 'K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0',
  PATH: '/usr/bin:/bin',
};
const stdin = JSON.stringify({ cniVersion: '1.0.0', name: 'n', type: 'kube-ovn', server_socket: socket });

async function once(command: readonly string[]): Promise<number> {
  const [executable = '', ...args] = command;
  const started = performance.now();
  const child = spawn(executable, args, { env: environment, stdio: ['pipe', 'ignore', 'inherit'], timeout: 30_000 });
  caller = child.pid;
  child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${executable} ended with ${code}`);
  return performance.now() - started;
}

const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
const forms = { 'kube-ovn (standalone)': [program], 'kube-ovn.js (this Node)': [process.execPath, script] };
process.stdout.write('| form | file MB | min ms | p50 ms | p99 ms | peak RSS MB |\n|---|---|---|---|---|---|\n');
try {
  for (const [name, command] of Object.entries(forms)) {
    const times: number[] = [];
    // one after the other: this is the cost of a single call
    for (let round = 0; round < ROUNDS; round++) times.push(await once(command));
    const sorted = times.toSorted((a, b) => a - b);
    const size = (statSync(command.at(-1) ?? '').size / 1e6).toFixed(2);
    process.stdout.write(
      `| ${name} | ${size} | ${at(sorted, 0)} | ${at(sorted, 0.5)} | ${at(sorted, 0.99)} | ${(peakKilobytes / 1024).toFixed(1)} |\n`,
    );
  }
} finally {
  server.close();
  await rm(directory, { recursive: true });
}
