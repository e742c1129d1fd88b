/** `ko tcpdump`: what a pod sends and gets, seen on its node. */
import type { Command } from 'commander';
import type { Context } from '../cli/context.ts';
import { interfaceColumn } from '../ovn/openvswitch.ts';
import { findWorkload } from '../ovn/workload.ts';
import { handOver } from './tools.ts';

export function tcpdumpCommand(program: Command, context: () => Context): void {
  program
    .command('tcpdump')
    .description('what a pod sends and gets: tcpdump at the node’s end of its interface')
    .argument('<pod>', 'NAMESPACE/POD or node//NAME')
    .argument('[args...]', 'of tcpdump')
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText('after', '\nexample: ko tcpdump shop/web-0 -c 10 tcp port 80')
    .action(async (pod: string, args: readonly string[]) => {
      const { node, entries } = await findWorkload(context().client, pod);
      const places = await context().cluster.node(node);
      const link = await interfaceColumn(places, (entries[4] ?? entries[6])?.port ?? '', 'name');
      await handOver(context(), places.place, ['tcpdump', '-nn', '-i', link, ...args]);
    });
}
