/** Reads Prometheus text from inside a network namespace. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inNetns, openNetns } from '@kube-ovn/host';

/** A reader of metrics, which lives in a namespace. */
export interface Scraper extends Disposable {
  /** Sample values by name with labels, e.g. `cni_add_phase_seconds_sum{phase="port"}`. */
  read(url: string): Promise<ReadonlyMap<string, number>>;
}

/**
 * Start a reader in the namespace at `netns`.
 *
 * It is a process of its own: a socket of this process is made after `inNetns` has returned, so it would be made outside.
 */
export function scraperIn(netns: string): Scraper {
  using ns = openNetns(netns);
  const program = fileURLToPath(new URL('./scraper.ts', import.meta.url));
  const child = inNetns(ns, () => spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] }));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    read: async (url) => {
      child.stdin.write(`${url}\n`);
      const answer = await answers.next();
      if (answer.done === true) throw new Error(`${url}: the reader in ${netns} ended`);
      return parse(JSON.parse(answer.value) as string);
    },
    [Symbol.dispose]: () => child.stdin.end(),
  };
}

function parse(text: string): ReadonlyMap<string, number> {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}
