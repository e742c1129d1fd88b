/** `ko reload`: start the programs of the network anew, part by part. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, type Command } from 'commander';
import { type Pod, resources, type Workload } from '@kube-ovn/api';
import { KubeError } from '@kube-ovn/kube';
import { type Context, say } from '../cli/context.ts';
import { secondsFlag } from '../cli/flags.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { KoError } from '../errors.ts';
import { isReplacedByHand, reloadables, remaining, restartPatch, rolloutGap, type WorkloadKind } from '../reload/rollout.ts';

interface ReloadFlags {
  readonly timeout: number;
  readonly output: Output;
}

interface Found {
  readonly part: string;
  readonly kind: WorkloadKind;
  readonly key: string;
}

const LOOK_AGAIN_MS = 500;
const NOTES = `
As "kubectl rollout restart" does, one part after the other, each when the one before is available: ${reloadables.map(({ part }) => part).join(', ')}.
Pods keep their interfaces. While Open vSwitch of a node starts anew, its pods' packets wait or are lost for about a second.
examples:
  ko reload
  ko reload controller daemon`;

export function reloadCommand(program: Command, context: () => Context): void {
  program
    .command('reload')
    .description('start the programs of the network anew, part by part')
    .addArgument(new Argument('[parts...]', 'only these').choices(reloadables.map(({ part }) => part)))
    .option('--timeout <seconds>', 'longest wait for one of them', secondsFlag, secondsFlag('600'))
    .addOption(outputOption())
    .addHelpText('after', NOTES)
    .action((parts: readonly string[], flags: ReloadFlags) => reload(context(), parts, flags));
}

async function reload(context: Context, parts: readonly string[], { timeout, output }: ReloadFlags): Promise<void> {
  const { systemNamespace } = context;
  const found = await findWorkloads(context, parts);
  if (found.length === 0) {
    const wanted = parts.length === 0 ? 'no Deployment, DaemonSet or StatefulSet of Kube-OVN' : `none of ${parts.join(', ')}`;
    throw new KoError(
      'KO_NOT_FOUND',
      `there is ${wanted} in namespace ${systemNamespace}: give --system-namespace; programs that do not run in pods are started anew by whoever started them`,
    );
  }
  for (const workload of found) {
    await restart(context, workload, timeout);
    if (output === 'text') say(context, `${workload.part}: ${workload.kind} ${workload.key} runs anew`);
  }
  if (output !== 'text')
    say(
      context,
      inForm(output, { reloaded: found }, () => ''),
    );
}

async function findWorkloads({ client, systemNamespace }: Context, parts: readonly string[]): Promise<readonly Found[]> {
  const candidates = reloadables
    .filter(({ part }) => parts.length === 0 || parts.includes(part))
    .flatMap(({ part, workloads }) => workloads.map(({ kind, name }) => ({ part, kind, key: `${systemNamespace}/${name}` })));
  const there = await Promise.all(
    candidates.map(({ kind, key }) =>
      client.get(resources[kind], key).then(
        () => true,
        (error: unknown) => {
          if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return false;
          throw error;
        },
      ),
    ),
  );
  return candidates.filter((_, i) => there[i] === true);
}

/** @throws {KoError} KO_UNREACHABLE when it is not available again in time */
async function restart(context: Context, { kind, key }: Found, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const patched = await context.client.patch<Workload>(resources[kind], key, restartPatch(new Date()));
  if (isReplacedByHand(patched)) await replacePods(context, { kind, key }, deadline);
  await until(context, deadline, `${kind} ${key}`, async () => rolloutGap(kind, await context.client.get<Workload>(resources[kind], key)));
}

/** With the strategy OnDelete: one pod after the other, so that one node at a time is without. */
async function replacePods(context: Context, { kind, key }: Pick<Found, 'kind' | 'key'>, deadline: number): Promise<void> {
  const before = await podsOf(context, { kind, key });
  for (const pod of before) {
    await context.client.delete(resources.pod, `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`);
    const where = `pod ${pod.metadata.name}${pod.spec?.nodeName === undefined ? '' : ` of node ${pod.spec.nodeName}`}`;
    await until(context, deadline, where, async () => {
      const now = await podsOf(context, { kind, key });
      if (remaining([pod], now) > 0) return 'it has not ended';
      return now.length < before.length || !now.every(isReady) ? 'its successor is not ready' : undefined;
    });
  }
}

async function podsOf({ client, systemNamespace }: Context, { kind, key }: Pick<Found, 'kind' | 'key'>): Promise<readonly Pod[]> {
  const { spec } = await client.get<Workload>(resources[kind], key);
  const labelSelector = Object.entries(spec?.selector?.matchLabels ?? {})
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
  return (await client.list(resources.pod, { namespace: systemNamespace, labelSelector })).items;
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}

async function until({ terminal }: Context, deadline: number, what: string, gap: () => Promise<string | undefined>): Promise<void> {
  for (;;) {
    const missing = await gap();
    if (missing === undefined) return;
    if (terminal.signal.aborted) throw new KoError('KO_UNREACHABLE', `${what}: stopped while ${missing}`);
    if (Date.now() > deadline) throw new KoError('KO_UNREACHABLE', `${what}: not available in time: ${missing}`);
    await sleep(LOOK_AGAIN_MS);
  }
}
