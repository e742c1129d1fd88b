/** `ko perf`: how much goes between pods and nodes, and how fast it comes back. */
import { type Command, InvalidArgumentError } from 'commander';
import { resources } from '@kube-ovn/api';
import type { Measures } from '../agent/agent.ts';
import { withBed } from '../bed/bed.ts';
import { choosePair } from '../bed/nodes.ts';
import { addressesOf, AGENT_PORT } from '../bed/pods.ts';
import { type Context, say } from '../cli/context.ts';
import { secondsFlag } from '../cli/flags.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { bedPods, type Measured, measured, printPerf, waysOf } from '../perf/perf.ts';

interface PerfFlags {
  readonly image?: string;
  readonly duration: number;
  readonly datagram: number;
  readonly output: Output;
}

const NOTES = `
Pods are made in a namespace of its own, and taken away at the end, also after Ctrl-C. The sender is one process of Node with one stream:
where the network is faster than that, what is measured is the sender.
examples:
  ko perf
  ko perf node1 node2 --duration 10 --datagram 64
  ko perf --image docker.io/library/node:24-slim -o json`;

export function perfCommand(program: Command, context: () => Context): void {
  program
    .command('perf')
    .description('throughput of TCP and UDP and round trips: pod to pod and node to pod, on one node and across')
    .argument('[nodes...]', 'one or two to be on; default: two that take pods')
    .option('--duration <seconds>', 'of each measure', secondsFlag, secondsFlag('3'))
    .option('--datagram <bytes>', 'size of datagrams', datagram, 1400)
    .option('--image <image>', 'for the pods, with node and sh; default: that of the daemon')
    .addOption(outputOption())
    .addHelpText('after', NOTES)
    .action((nodes: readonly string[], flags: PerfFlags) => perf(context(), nodes, flags));
}

/** From what an agent marks its datagrams with, to what UDP can carry. */
function datagram(text: string): number {
  const bytes = Number(text);
  if (!/^\d+$/.test(text) || bytes < 16 || bytes > 65_000) throw new InvalidArgumentError('Want bytes, 16 to 65000.');
  return bytes;
}

async function perf(context: Context, named: readonly string[], { image, duration, datagram: bytes, output }: PerfFlags): Promise<void> {
  const pair = choosePair((await context.client.list(resources.node)).items, named);
  const pods = bedPods(pair);
  const ways = await withBed(context, { purpose: 'perf', image, pods }, async (bed) => {
    const addresses = new Map(pods.filter(({ isOnHost }) => isOnHost !== true).map(({ name }) => [name, addressesOf(bed.pod(name))]));
    const found: Measured[] = [];
    // one after the other: two at once would measure each other
    for (const way of waysOf(addresses)) {
      const course = { address: way.address, port: AGENT_PORT, ms: duration };
      found.push(measured(way, await bed.order<Measures>(way.from, { do: 'measure', course, bytes })));
    }
    return found;
  });
  const nodes = [pair.here, ...(pair.there === undefined ? [] : [pair.there])];
  const report = { nodes, seconds: duration / 1000, datagramBytes: bytes, ways };
  say(
    context,
    inForm(output, report, () => printPerf(report)),
  );
}
