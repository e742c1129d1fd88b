/** `nbctl`, `sbctl`, `vsctl`, `ofctl`, `dpctl`, `appctl`: the programs of OVN and Open vSwitch, where they belong. */
import type { Command } from 'commander';
import type { Context } from '../cli/context.ts';
import { vsctl } from '../ovn/openvswitch.ts';
import type { NodePlaces } from '../site/cluster.ts';
import type { Argv, Place } from '../site/place.ts';
import type { DatabaseKind } from '../site/site.ts';

export function toolCommands(program: Command, context: () => Context): void {
  for (const kind of ['nb', 'sb'] as const) databaseTool(program, context, kind);
  nodeTool(program, context, {
    name: 'vsctl',
    summary: 'ovs-vsctl on a node',
    argv: vsctl,
  });
  nodeTool(program, context, { name: 'ofctl', summary: 'ovs-ofctl on a node', argv: (_node, args) => ['ovs-ofctl', ...args] });
  nodeTool(program, context, {
    name: 'dpctl',
    summary: 'the datapath of a node, as ovs-vswitchd has it: dpctl/show, dpctl/dump-flows ...',
    argv: (node, [verb = 'show', ...args]) => ['ovs-appctl', '-t', node.control('ovs-vswitchd'), `dpctl/${verb}`, ...args],
  });
  nodeTool(program, context, {
    name: 'appctl',
    summary: 'ovs-appctl on a node; -t ovn-controller asks that one',
    argv: (node, args) =>
      args[0] === '-t' && args.length > 1 ? targeted(node, args) : ['ovs-appctl', '-t', node.control('ovs-vswitchd'), ...args],
  });
}

function databaseTool(program: Command, context: () => Context, kind: DatabaseKind): void {
  passThrough(program.command(`${kind}ctl`), `ovn-${kind}ctl at the server that takes writes`)
    .argument('[args...]')
    .action(async (args: readonly string[]) => {
      const { place, remote } = await context().cluster.leader(kind);
      // a server that is known by its socket alone may be any member; it answers for all
      await handOver(context(), place, [`ovn-${kind}ctl`, `--db=${remote}`, '--no-leader-only', ...args]);
    });
}

interface NodeTool {
  readonly name: string;
  readonly summary: string;
  readonly argv: (node: NodePlaces, args: readonly string[]) => Argv;
}

function nodeTool(program: Command, context: () => Context, { name, summary, argv }: NodeTool): void {
  passThrough(program.command(name), summary)
    .argument('<node>')
    .argument('[args...]')
    .action(async (node: string, args: readonly string[]) => {
      const places = await context().cluster.node(node);
      await handOver(context(), places.place, argv(places, args));
    });
}

/** The names of our programs become the sockets that they listen on. */
function targeted(node: NodePlaces, [, target = '', ...args]: readonly string[]): Argv {
  const isOvn = target === 'ovn-controller';
  const control = isOvn || target === 'ovs-vswitchd' ? node.control(target) : target;
  return [isOvn ? 'ovn-appctl' : 'ovs-appctl', '-t', control, ...args];
}

/** What comes after the name is the program's own business, `--help` included. */
function passThrough(command: Command, summary: string): Command {
  return command.description(summary).allowUnknownOption().passThroughOptions().helpOption(false);
}

/** The program has our streams, and its exit code is ours. */
export async function handOver(context: Context, place: Place, argv: Argv): Promise<void> {
  context.exitWith(await place.run(argv, context.terminal));
}
