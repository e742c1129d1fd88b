/** A stream of numbered packets from a pod: which of them got no answer, and for how long. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a path was like in a time. */
export interface Outage {
  readonly lost: number;
  readonly sent: number;
  /** From the first packet without an answer to the next one that got one, of the longest such run; in milliseconds, 0 without any. */
  readonly longestMs: number;
}

export interface PacketStream {
  /** Between two times of `monotonicMs`; what was sent in the last half second is not judged yet. */
  outage(fromMs: number, toMs: number): Outage;
  stop(): Promise<void>;
}

const PERIOD_MS = 1;

/** Start one from a network namespace to a netexec. */
export function startPackets(netns: string, to: { readonly address: string; readonly udpPort: number }): PacketStream {
  const program = fileURLToPath(new URL('./probe-program.ts', import.meta.url));
  const inside = ['nsenter', `--net=${netns}`, process.execPath, program, to.address, String(to.udpPort), String(PERIOD_MS)];
  const [enter = '', ...argv] = inside;
  const child = spawn(enter, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const sent: number[] = [];
  const answered = new Set<number>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [kind, number, time] = line.split(' ');
    if (kind === 's') sent[Number(number)] = Number(time);
    if (kind === 'a') answered.add(Number(number));
  });
  return {
    outage: (fromMs, toMs) => {
      const numbers = [...sent.keys()].filter((number) => (sent[number] ?? 0) >= fromMs && (sent[number] ?? 0) < toMs);
      const lost = numbers.filter((number) => !answered.has(number));
      let longestMs = 0;
      let beganMs: number | undefined;
      for (const number of numbers) {
        const at = sent[number] ?? 0;
        if (!answered.has(number)) beganMs ??= at;
        else if (beganMs !== undefined) {
          longestMs = Math.max(longestMs, at - beganMs);
          beganMs = undefined;
        }
      }
      if (beganMs !== undefined) longestMs = Math.max(longestMs, toMs - beganMs);
      return { lost: lost.length, sent: numbers.length, longestMs };
    },
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'close');
    },
  };
}
