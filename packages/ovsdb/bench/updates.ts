/** How fast a follower takes in what another client writes. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { table } from '@kube-ovn/tools/benchmark-section';
import { startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { bareTransactions } from './bare-transactions.ts';
import { fill } from './fill.ts';
import { fastest, IDLE_MS, log, nodeChild, sample, whole } from './measure.ts';
import type { Command } from './measure.ts';
import { connected, socketOf, wholeNorthbound } from './servers.ts';

const PORTS = 20_000;
const ROUNDS = 3;
const IN_FLIGHT = 16;
const PER_TRANSACTION = [1, 100];

interface Follow {
  /** From the first transaction of the writer to the last change at the follower. */
  readonly ms: number;
  /** Of the follower, in that time. */
  readonly cpuMs: number;
}

type Child = ChildProcessByStdio<null, Readable, null>;

/** Resolves when the output holds a text. */
function output(child: Child, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = '';
    const look = (bytes: Buffer): void => {
      rest += bytes.toString('latin1');
      if (rest.includes(text)) {
        child.stdout.off('data', look);
        resolve();
      }
      rest = rest.slice(-text.length);
    };
    child.stdout.on('data', look);
    child.once('exit', (code) => reject(new Error(`a follower ended with ${code}`)));
  });
}

/** Resolves when there was output, and then none for a while. */
function silence(child: Child): Promise<void> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        child.stdout.off('data', heard);
        resolve();
      }, IDLE_MS);
    };
    child.stdout.on('data', heard);
  });
}

interface Follower {
  readonly command: Command;
  readonly ready: (child: Child) => Promise<void>;
  /** Appears in its output after the last change. */
  readonly last: string;
}

async function follow({ command, ready, last }: Follower, write: () => Promise<unknown>): Promise<Follow> {
  const child = spawn(command.program, [...command.args], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await ready(child);
    const cpuMs = (): number => (child.pid === undefined ? undefined : sample(child.pid))?.cpuMs ?? NaN;
    const before = cpuMs();
    const start = performance.now();
    await Promise.all([output(child, last), write()]);
    return { ms: performance.now() - start, cpuMs: cpuMs() - before };
  } finally {
    child.kill('SIGKILL');
  }
}

async function measure(server: TestServer, uuids: readonly string[], perTransaction: number): Promise<string[][]> {
  let tag = 0;
  const write = (end: string) => () => {
    tag++;
    return bareTransactions(socketOf(server), {
      inFlight: IN_FLIGHT,
      params: (n) => {
        const rows = uuids.slice(n * perTransaction, (n + 1) * perTransaction);
        if (rows.length > 0)
          return [
            'OVN_Northbound',
            ...rows.map((uuid) => ({
              op: 'update',
              table: 'Logical_Switch_Port',
              where: [['_uuid', '==', ['uuid', uuid]]],
              row: { options: ['map', [['requested-chassis', `host-${perTransaction}-${tag}`]]] },
            })),
          ];
        // One change more, which a reader of text can see.
        return n === uuids.length / perTransaction
          ? ['OVN_Northbound', { op: 'insert', table: 'Address_Set', row: { name: `${end}-${perTransaction}-${tag}` } }]
          : undefined;
      },
    });
  };
  const changes = String(uuids.length + 1);
  const ready = (child: Child): Promise<void> => output(child, '"rows":');
  const done = '"done":true';
  const { remote } = server;
  const costs = await fastest(
    {
      'this package': () => follow({ command: nodeChild('our-child.ts', remote, changes), ready, last: done }, write('ours')),
      'bare Node socket and `JSON.parse`, no replica': () =>
        follow({ command: nodeChild('bare-child.ts', remote, changes, wholeNorthbound()), ready, last: done }, write('bare')),
      '`ovsdb-client monitor ALL`': () =>
        follow(
          {
            command: { program: 'ovsdb-client', args: ['-vconsole:err', 'monitor', remote, 'OVN_Northbound', 'ALL'] },
            ready: silence,
            last: `client-${perTransaction}-${tag + 1}`,
          },
          write('client'),
        ),
    },
    {
      rounds: ROUNDS,
      timeOf: ({ cpuMs }) => cpuMs,
      say: (name, { ms, cpuMs }) => log(`${perTransaction} a transaction, ${name}: ${Math.round(ms)} ms, CPU ${cpuMs} ms`),
    },
  );
  return Object.entries(costs).map(([name, { ms, cpuMs }]) => [
    name,
    String(perTransaction),
    whole((uuids.length / ms) * 1000),
    ((cpuMs / uuids.length) * 1000).toFixed(1),
  ]);
}

/** Changes a second, and what each costs. */
export async function updates(): Promise<string> {
  await using server = await startTestServer();
  await using client = await connected(server);
  await fill(client, { switches: 100, ports: PORTS, acls: 0, addressSets: 0 });
  const [selected] = await client.transact([{ op: 'select', table: 'Logical_Switch_Port', where: [], columns: ['_uuid'] }]);
  const uuids = (selected?.rows ?? []).map((row) => String(row['_uuid']));
  const rows: string[][] = [];
  for (const perTransaction of PER_TRANSACTION) rows.push(...(await measure(server, uuids, perTransaction)));
  return `Updates of rows that a follower takes in while another client changes one column of each of ${whole(PORTS)} ports, ${IN_FLIGHT} transactions in flight; the one of ${ROUNDS} that cost the follower least. The rate is bounded by the server, which carries the transactions out; what is the follower's own is its CPU time:

${table(['follower', 'updates in a transaction', 'updates a second', 'CPU time an update, µs'], rows)}`;
}
