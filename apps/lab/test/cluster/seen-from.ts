/** As whom the outside sees pods. */
import { join } from 'node:path';
import type { Pod } from '@kube-ovn/api';
import type { Lab } from '../../src/lab/lab.ts';
import { runTool } from '../../src/infra/tool.ts';
import { netnsOf } from './support.ts';

const CLIENT = join(import.meta.dirname, '../fixtures/service-client.ts');

export interface Asking {
  readonly protocol?: 'http' | 'udp';
  readonly times?: number;
  readonly atOnce?: number;
}

/** By which address a host outside sees a pod, and how often, or what went wrong. */
export async function seenFrom(
  lab: Lab,
  pod: Pod,
  outside: string,
  { protocol = 'http', times = 6, atOnce = 2 }: Asking = {},
): Promise<Readonly<Record<string, number>>> {
  const node = [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
  const port = protocol === 'http' ? '8080' : '8081';
  const argv = [...node, CLIENT, protocol, outside, port, String(times), String(atOnce), '2000', 'clientip'];
  const { stdout } = await runTool(['nsenter', `--net=${netnsOf(lab, pod)}`, '--', ...argv], { timeoutMs: 120_000 });
  const counts: Record<string, number> = {};
  for (const [told, count] of Object.entries(JSON.parse(stdout) as Record<string, number>)) {
    const who = told.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '');
    counts[who] = (counts[who] ?? 0) + count;
  }
  return counts;
}
