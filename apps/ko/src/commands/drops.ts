/** `ko drops`: which policy drops what, of which pods. */
import { type Pod, resources } from '@kube-ovn/api';
import type { Command } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { countFlag, secondsFlag } from '../cli/flags.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { readAclRecord } from '../drops/acl-log.ts';
import { decisions, printDecisions } from '../drops/drops.ts';
import { isolationBy } from '../drops/isolation.ts';
import { flowId, type Names, printSampledDrops, sampledDrops } from '../drops/sampled.ts';
import { sampleDrops } from '../drops/sampling.ts';
import { selectLogs } from '../log/select.ts';
import { flowOwners } from '../read/flow-owners.ts';
import { eachNode } from '../site/each-node.ts';
import { Kept } from '../site/place.ts';

interface DropsFlags {
  readonly node?: string;
  readonly lines: number;
  readonly allowed?: boolean;
  readonly sample?: number;
  readonly output: Output;
}

const NOTES = `
From logs: of policies with the annotation ovn.kubernetes.io/enable_log: "true" alone, and no more records than their meter lets through.
With --sample: of all policies, and of OVN itself, every packet that is dropped meanwhile, by IPFIX of Open vSwitch. OVN writes all its rules that
drop anew for that, before and after; nothing of it stays. Of groups and meters of others nothing is touched.
An address is named after who has it now.
exit code: 3 when the log of a node can not be read, or samples can not be taken
examples:
  ko drops
  ko drops --node node1 --allowed -o json
  ko drops --sample 10 --node node1`;

export function dropsCommand(program: Command, context: () => Context): void {
  program
    .command('drops')
    .description('what policies have dropped: by policy, rule and pods, from the logs of ovn-controller, or from samples')
    .option('--node <name>', 'of this node alone')
    .option('--lines <number>', 'of the last so many lines of each log', countFlag, 10_000)
    .option('--allowed', 'also what they have allowed and told')
    .option('--sample <seconds>', 'what is dropped in this time, by whatever rule, with a log or without', secondsFlag)
    .addOption(outputOption())
    .addHelpText('after', NOTES)
    .action((flags: DropsFlags) =>
      flags.sample === undefined ? drops(context(), flags) : sampled(context(), { ...flags, sample: flags.sample }),
    );
}

async function drops(context: Context, { node, lines, allowed = false, output }: DropsFlags): Promise<void> {
  const sources = selectLogs(await context.cluster.logs(), { parts: ['ovs-ovn'], node });
  const logs = await eachNode(
    sources.map((_, i) => String(i)),
    async (i) => {
      const text = new Kept();
      const source = sources[Number(i)];
      try {
        await source?.print(text, { lines, follow: false, previous: false });
        return { text: text.text(), failed: undefined };
      } catch (error) {
        return { text: '', failed: `${source?.name ?? ''}: ${error instanceof Error ? error.message : String(error)}` };
      }
    },
  );
  const records = logs
    .flatMap(({ text }) => text.split('\n'))
    .flatMap((line) => readAclRecord(line) ?? [])
    .filter(({ verdict }) => allowed || verdict !== 'allow');
  const found = decisions(records, (await addressNames(context)).nameOf);
  const unread = logs.flatMap(({ failed }) => failed ?? []);
  say(
    context,
    inForm(output, { decisions: found, unread }, () =>
      [printDecisions(found), ...unread.map((reason) => `not read: ${reason}`)].join('\n'),
    ),
  );
  if (unread.length > 0) context.exitWith(3);
}

async function sampled(context: Context, { node, sample, output }: DropsFlags & { readonly sample: number }): Promise<void> {
  const { cluster, terminal } = context;
  const nodes = node === undefined ? await cluster.nodes() : [node];
  const { items: policies } = await context.client.list(resources.networkPolicy);
  const { nameOf, podOf } = await addressNames(context);
  const isolation = isolationBy(policies);
  const isolatedBy: Names['isolatedBy'] = (address, direction) => {
    const pod = podOf(address);
    return pod === undefined ? undefined : isolation(pod, direction);
  };
  const options = { nodes, forMs: sample, signal: terminal.signal };
  const found = await sampleDrops(cluster, options, async (taken) => {
    const owners = await flowOwners(cluster, [...new Set(taken.flatMap(({ samples }) => samples.map(flowId)))]);
    return sampledDrops(taken, { ownerOf: (flow) => owners.get(flow), nameOf, isolatedBy });
  });
  say(
    context,
    inForm(output, { sampled: found }, () => printSampledDrops(found)),
  );
}

interface AddressNames {
  readonly nameOf: (address: string) => string;
  readonly podOf: (address: string) => Pod | undefined;
}

/** Whose an address is now. */
async function addressNames({ client }: Context): Promise<AddressNames> {
  const [pods, nodes] = await Promise.all([client.list(resources.pod), client.list(resources.node)]);
  const ofNodes = new Map(
    nodes.items.flatMap(({ metadata, status }) =>
      (status?.addresses ?? []).map(({ address }) => [address, `node ${metadata.name}`] as const),
    ),
  );
  const ofPods = new Map(
    pods.items
      .filter(({ status }) => status?.hostIP !== status?.podIP)
      .flatMap((pod) => (pod.status?.podIPs ?? []).map(({ ip }) => [ip, pod] as const)),
  );
  const podOf = (address: string): Pod | undefined => ofPods.get(address);
  const nameOf = (address: string): string => {
    const pod = podOf(address);
    return pod === undefined ? (ofNodes.get(address) ?? address) : `pod ${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
  };
  return { nameOf, podOf };
}
