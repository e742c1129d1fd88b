/** Questions of pods to whatever runs `netexec`. */
import { join } from 'node:path';
import type { KubeObject } from '@kube-ovn/api';
import { runTool } from '../../src/infra/tool.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { netnsOf } from './support.ts';

const CLIENT = join(import.meta.dirname, '../fixtures/service-client.ts');

export interface Question {
  readonly address: string;
  /** Default: that of netexec for the protocol. */
  readonly port?: number;
  readonly protocol?: 'http' | 'udp';
  /** Default: 4. */
  readonly times?: number;
  /** Default: the name of who answers. `clientip`: whom it sees, without the port. */
  readonly ask?: 'hostname' | 'clientip';
}

/** All different answers, or what went wrong, sorted, separated by commas. */
export function askFrom(lab: Lab, pod: KubeObject, question: Question): Promise<string> {
  return askInNamespace(netnsOf(lab, pod), question);
}

/** @param netns path of the network namespace that asks */
export async function askInNamespace(
  netns: string,
  { address, protocol = 'http', port, times = 4, ask = 'hostname' }: Question,
): Promise<string> {
  const node = [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
  const argv = [...node, CLIENT, protocol, address, String(port ?? (protocol === 'http' ? 8080 : 8081)), String(times), '2', '2000', ask];
  const { stdout } = await runTool(['nsenter', `--net=${netns}`, '--', ...argv], { timeoutMs: 120_000 });
  const told = Object.keys(JSON.parse(stdout) as Record<string, number>);
  const shown = ask === 'clientip' ? told.map((each) => each.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '')) : told;
  return [...new Set(shown)].toSorted((a, b) => (a < b ? -1 : 1)).join();
}
