/** `ko graph`: the network as a picture. */
import { resources } from '@kube-ovn/api';
import { type Topology, topologyOf } from '@kube-ovn/insight';
import { instance } from '@viz-js/viz';
import { type Command, Option } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { inForm } from '../cli/output.ts';
import { toDot, toMermaid } from '../graph/draw.ts';

interface GraphFlags {
  readonly output: 'mermaid' | 'svg' | 'dot' | 'json' | 'yaml';
  readonly pods: boolean;
  readonly namespace?: string;
}

export function graphCommand(program: Command, context: () => Context): void {
  program
    .command('graph')
    .description('the network as a picture: Vpcs, Subnets, VLANs, ways out; with --pods also pods and the policies that select them')
    .addOption(
      new Option('-o, --output <format>', 'form of the picture').choices(['mermaid', 'svg', 'dot', 'json', 'yaml']).default('mermaid'),
    )
    .option('--pods', 'pods and NetworkPolicies too', false)
    .option('-n, --namespace <name>', 'pods and policies of this namespace alone')
    .addHelpText('after', '\nexamples:\n  ko graph -o svg > network.svg\n  ko graph --pods -n shop')
    .action((flags: GraphFlags) => graph(context(), flags));
}

async function graph(context: Context, { output, pods, namespace }: GraphFlags): Promise<void> {
  const { client } = context;
  const within = namespace === undefined ? {} : { namespace };
  const none = { items: [] };
  const [vpcs, subnets, vlans, podList, policies] = await Promise.all([
    client.list(resources.vpc),
    client.list(resources.subnet),
    client.list(resources.vlan),
    pods ? client.list(resources.pod, within) : none,
    pods ? client.list(resources.networkPolicy, within) : none,
  ]);
  const topology = topologyOf({
    vpcs: vpcs.items,
    subnets: subnets.items,
    vlans: vlans.items,
    pods: podList.items,
    policies: policies.items,
  });
  say(context, await drawn(topology, output));
}

async function drawn(topology: Topology, output: GraphFlags['output']): Promise<string> {
  switch (output) {
    case 'mermaid':
      return toMermaid(topology);
    case 'dot':
      return toDot(topology);
    case 'svg':
      return (await instance()).renderString(toDot(topology), { format: 'svg' });
    case 'json':
    case 'yaml':
      return inForm(output, topology, () => toMermaid(topology));
  }
}
