/** Echo requests by `ping` of iputils. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What became of the requests of one run. */
export interface Pinged {
  readonly sent: number;
  readonly received: number;
  /** Mean round trip; undefined when none came back. */
  readonly latencyMs: number | undefined;
}

const COUNT = 3;
const GAP_S = '0.1';
const WAIT_S = '1';

/**
 * Three requests, a tenth of a second apart; an answer may take a second.
 * @throws when ping can not be run at all, or sends nothing
 */
export async function ping(address: string): Promise<Pinged> {
  const child = spawn('ping', ['-n', '-q', '-c', String(COUNT), '-i', GAP_S, '-W', WAIT_S, address], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  let told = '';
  let wrong = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (wrong += text));
  await once(child, 'close');
  const result = readPing(told);
  if (result !== undefined) return result;
  // an address that no route leads to is lost as well as one that does not answer
  if (/unreachable/i.test(wrong)) return { sent: COUNT, received: 0, latencyMs: undefined };
  throw new Error(`ping ${address}: ${wrong.trim() || told.trim() || 'said nothing'}`);
}

/** Read the summary of `ping -q`; undefined when there is none. */
export function readPing(text: string): Pinged | undefined {
  const counts = /^(\d+) packets transmitted, (\d+) received/m.exec(text);
  if (counts === null) return undefined;
  const average = /^rtt min\/avg\/max\/mdev = [\d.]+\/([\d.]+)\//m.exec(text);
  return { sent: Number(counts[1]), received: Number(counts[2]), latencyMs: average === null ? undefined : Number(average[1]) };
}
