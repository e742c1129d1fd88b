/** Asking services with packets, from inside a network namespace. */
import { join } from 'node:path';
import { runTool } from '../../src/infra/tool.ts';

const CLIENT = join(import.meta.dirname, '../fixtures/service-client.ts');
/** A machine under load takes its time. */
const PATIENCE_MS = 3_000;

export interface Question {
  readonly protocol?: 'http' | 'udp';
  /** Default: 80. */
  readonly port?: number;
  /** Connections; default: 30. */
  readonly times?: number;
  /** What netexec is asked for. */
  readonly what?: 'hostname' | 'clientip';
  readonly patienceMs?: number;
}

/** Who answered, or what went wrong, and how often. */
export async function ask(
  netns: string,
  address: string,
  { protocol = 'http', port = 80, times = 30, what = 'hostname', patienceMs = PATIENCE_MS }: Question = {},
): Promise<Readonly<Record<string, number>>> {
  const node = [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
  const argv = [...node, CLIENT, protocol, address, String(port), String(times), '5', String(patienceMs), what];
  const { stdout } = await runTool(['nsenter', `--net=${netns}`, '--', ...argv], { timeoutMs: 120_000 });
  return JSON.parse(stdout) as Record<string, number>;
}

/** The same without the counts, sorted. */
export async function answerersOf(...question: Parameters<typeof ask>): Promise<readonly string[]> {
  return Object.keys(await ask(...question)).toSorted();
}
