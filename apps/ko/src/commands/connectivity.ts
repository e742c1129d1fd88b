/** `ko connectivity test`: does everything reach what it shall, and nothing else? */
import { type Command, InvalidArgumentError } from 'commander';
import { type Node, resources, type Service } from '@kube-ovn/api';
import { KubeError } from '@kube-ovn/kube';
import type { ProbeResult } from '../agent/agent.ts';
import { type Bed, withBed } from '../bed/bed.ts';
import { choosePair } from '../bed/nodes.ts';
import { addressesOf } from '../bed/pods.ts';
import { type Context, say } from '../cli/context.ts';
import { secondsFlag } from '../cli/flags.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { type MatrixFacts, openQuestions, policyQuestions, type Question } from '../connectivity/matrix.ts';
import { bedPods, openService, policies } from '../connectivity/objects.ts';
import { type Check, checkOf, printConnectivity } from '../connectivity/report.ts';

interface ConnectivityFlags {
  readonly image?: string;
  readonly external: MatrixFacts['external'];
  readonly clusterDomain: string;
  readonly timeout: number;
  readonly output: Output;
}

const NOTES = `
Pods, a service and two NetworkPolicies are made in a namespace of its own, and taken away at the end, also after Ctrl-C. What is
left of a run that was killed: kubectl delete namespace -l app.kubernetes.io/managed-by=ko
exit code: 1 when something is not as expected
examples:
  ko connectivity test
  ko connectivity test node1 node2 --external 203.0.113.10:443
  ko connectivity test --image docker.io/library/node:24-slim -o json`;

export function connectivityCommand(program: Command, context: () => Context): void {
  const connectivity = program.command('connectivity').description('does everything reach what it shall, and nothing else?');
  connectivity
    .command('test')
    .description('pods, services, ports of nodes, the outside and policies, from pods and a node, asked in every family')
    .argument('[nodes...]', 'one or two to be on; default: two that take pods')
    .option('--external <host:port>', 'something outside that takes TCP connections; may be repeated', external, [])
    .option('--image <image>', 'for the pods, with node and sh; default: that of the daemon')
    .option('--cluster-domain <domain>', 'of names of services', 'cluster.local')
    .option('--timeout <seconds>', 'longest wait for an answer to become as expected', secondsFlag, secondsFlag('15'))
    .addOption(outputOption())
    .addHelpText('after', NOTES)
    .action((nodes: readonly string[], flags: ConnectivityFlags) => test(context(), nodes, flags));
}

function external(text: string, before: MatrixFacts['external']): MatrixFacts['external'] {
  const found = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
  const port = Number(found?.['port'] ?? 0);
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('Want HOST:PORT, or [HOST]:PORT for IPv6.');
  return [...before, { host: found?.['v6'] ?? found?.['host'] ?? '', port }];
}

async function test(context: Context, named: readonly string[], { image, output, ...flags }: ConnectivityFlags): Promise<void> {
  const { client } = context;
  const [{ items }, hasDns] = await Promise.all([client.list(resources.node), servesNames(context)]);
  const pair = choosePair(items, named);
  const names = [pair.here, ...(pair.there === undefined ? [] : [pair.there])];
  const nodes = names.flatMap((name) => items.filter(({ metadata }) => metadata.name === name));
  const pods = bedPods(pair);
  const checks = await withBed(context, { purpose: 'connectivity', image, pods }, async (bed) => {
    const service = await client.create(resources.service, openService(bed.namespace));
    const facts: MatrixFacts = {
      namespace: bed.namespace,
      pods: new Map(pods.filter(({ isOnHost }) => isOnHost !== true).map(({ name }) => [name, addressesOf(bed.pod(name))])),
      service,
      nodes,
      hasDns,
      clusterDomain: flags.clusterDomain,
      external: flags.external,
      timeoutMs: flags.timeout,
    };
    const open = await askAll(bed, openQuestions(facts));
    await Promise.all(policies(bed.namespace).map((policy) => client.create(resources.networkPolicy, policy)));
    return [...open, ...(await askAll(bed, policyQuestions(facts)))];
  });
  const report = { ok: checks.every(({ ok }) => ok), nodes: names, checks, left: leftOut({ nodes, hasDns, external: flags.external }) };
  say(
    context,
    inForm(output, report, () => printConnectivity(report)),
  );
  context.exitWith(report.ok ? 0 : 1);
}

/** Each pod asks all its questions at the same time. */
async function askAll(bed: Bed, questions: readonly Question[]): Promise<readonly Check[]> {
  const checks = new Map<Question, Check>();
  await Promise.all(
    [...new Set(questions.map(({ from }) => from))].map(async (from) => {
      const own = questions.filter((question) => question.from === from);
      const results = await bed.order<readonly ProbeResult[]>(from, { do: 'probe', probes: own.map(({ probe }) => probe) });
      own.forEach((question, i) =>
        checks.set(question, checkOf(question, results[i] ?? { isAsExpected: false, error: 'no result', attempts: 0 })),
      );
    }),
  );
  return questions.flatMap((question) => checks.get(question) ?? []);
}

/** Where the cluster's DNS is by custom. @source Kubernetes "DNS for Services and Pods"; CoreDNS's and kube-dns' manifests */
async function servesNames({ client }: Context): Promise<boolean> {
  try {
    await client.get<Service>(resources.service, 'kube-system/kube-dns');
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return false;
    throw error;
  }
}

function leftOut({
  nodes,
  hasDns,
  external: outside,
}: {
  readonly nodes: readonly Node[];
  readonly hasDns: boolean;
  readonly external: MatrixFacts['external'];
}): readonly string[] {
  return [
    ...(nodes.length < 2 ? ['another node: there is one alone that takes pods'] : []),
    ...(hasDns ? [] : ['names of services: there is no Service kube-system/kube-dns']),
    ...(outside.length > 0 ? [] : ['the outside: give --external HOST:PORT']),
  ];
}
