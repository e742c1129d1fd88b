/** Counting packets where they are seen. */
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { runTool } from '../../src/infra/tool.ts';
import { eventually } from './support.ts';

/** Where to listen. */
export interface Place {
  /** Path of a network namespace. */
  readonly netns: string;
  readonly link: string;
  /** In the language of tcpdump. */
  readonly filter?: string;
  /** Print the bytes of packets, from their network header on. */
  readonly isRaw?: boolean;
}

/** What was seen: a line of tcpdump's for each packet, or several where bytes are printed. */
export type Heard = () => Promise<readonly string[]>;

/** How long the last packets take from the program that sends them to the one that prints them. */
const SETTLE_MS = 500;

/** Listen from now on, until what was seen is asked for. */
export async function listen({ netns, link, filter = '', isRaw = false }: Place): Promise<Heard> {
  const [command, ...args] = [
    'nsenter',
    `--net=${netns}`,
    '--',
    'tcpdump',
    '-n',
    '-l',
    '--immediate-mode',
    ...(isRaw ? ['-x'] : []),
    '-i',
    link,
    ...filter.split(' ').filter(Boolean),
  ];
  const program = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => {
    program.once('close', () => resolve());
  });
  let seen = '';
  let told = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
  program.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
  await eventually(`tcpdump on ${link}`, () => {
    if (program.exitCode !== null) throw new Error(`tcpdump on ${link}: ${told}`);
    return told.includes('listening on');
  });
  return async () => {
    await pause(SETTLE_MS);
    program.kill('SIGINT');
    await ended;
    return seen.split('\n').filter((line) => isRaw || /^\d\d:/.test(line));
  };
}

/** Send a number of echo requests from a namespace; how many were answered. */
export async function ping(netns: string, address: string, count: number): Promise<number> {
  const { stdout } = await runTool(['nsenter', `--net=${netns}`, '--', 'ping', '-q', '-i0.05', '-W2', `-c${count}`, address], {
    accept: [0, 1],
  });
  return Number(/(\d+) received/.exec(stdout)?.[1] ?? 0);
}

/** How many echo requests and replies between two addresses are among the lines. */
export function echoes(lines: readonly string[], from: string, to: string): { readonly requests: number; readonly replies: number } {
  const count = (a: string, b: string, what: string): number =>
    lines.filter((line) => ['ICMP', 'ICMP6,'].some((protocol) => line.includes(` ${a} > ${b}: ${protocol} echo ${what}`))).length;
  return { requests: count(from, to, 'request'), replies: count(to, from, 'reply') };
}
