/** Run the measurements of all askers, each in its own namespace, a few at a time. */
import { fileURLToPath } from 'node:url';
import { runTool } from '../infra/tool.ts';
import { describeError } from '../errors.ts';
import { expectationsOf, judge, type Asker, type Check, type Endpoint, type Observation, type Verdict } from './checks.ts';

export interface MeasureInput {
  readonly askers: readonly Asker[];
  readonly endpoints: readonly Endpoint[];
  /** addresses of the nodes, by name */
  readonly nodeAddresses: ReadonlyMap<string, readonly string[]>;
}

const CONCURRENCY = 3;
const PROBER = fileURLToPath(new URL('./prober.ts', import.meta.url));

export async function measure({ askers, endpoints, nodeAddresses }: MeasureInput): Promise<readonly Verdict[]> {
  const waiting = [...askers];
  const verdicts: Verdict[] = [];
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (let asker = waiting.shift(); asker !== undefined; asker = waiting.shift()) {
        const expectations = expectationsOf(asker, endpoints, nodeAddresses);
        verdicts.push(
          ...judge(
            expectations,
            await observeFrom(
              asker,
              expectations.map(({ check }) => check),
            ),
          ),
        );
      }
    }),
  );
  return verdicts;
}

/** Make checks from inside a network namespace. */
export async function observeFrom({ netns }: Pick<Asker, 'netns'>, checks: readonly Check[]): Promise<readonly Observation[]> {
  const argv = [
    'nsenter',
    `--net=${netns}`,
    '--',
    process.execPath,
    '--conditions=@kube-ovn/source',
    '--disable-warning=ExperimentalWarning',
    PROBER,
  ];
  try {
    const { stdout } = await runTool(argv, { input: JSON.stringify(checks), timeoutMs: 120_000 });
    return JSON.parse(stdout) as readonly Observation[];
  } catch (error) {
    return checks.map(({ id }) => ({ id, ok: false, error: describeError(error) }));
  }
}
