/** `ko events`: what the network's programs have said of objects. */
import { resources } from '@kube-ovn/api';
import type { Command } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { networkEvents, printEvents } from '../events/events.ts';

interface EventsFlags {
  readonly output: Output;
  readonly warnings: boolean;
  readonly namespace?: string;
}

export function eventsCommand(program: Command, context: () => Context): void {
  program
    .command('events')
    .description('what controller, daemons and speaker have said of objects, oldest first')
    .argument('[about]', 'only of objects with this in KIND/NAMESPACE/NAME')
    .option('--warnings', 'warnings alone', false)
    .option('-n, --namespace <name>', 'of objects of this namespace alone; those of the cluster are in "default"')
    .addOption(outputOption())
    .addHelpText('after', '\nexit code: 1 when there are warnings\nexamples:\n  ko events --warnings\n  ko events pod/shop/web-0')
    .action((about: string | undefined, flags: EventsFlags) => events(context(), about, flags));
}

async function events(context: Context, about: string | undefined, { output, warnings, namespace }: EventsFlags): Promise<void> {
  const { items } = await context.client.list(resources.event, namespace === undefined ? {} : { namespace });
  const found = networkEvents(items, { warningsOnly: warnings, about });
  say(
    context,
    inForm(output, found, () => printEvents(found)),
  );
  context.exitWith(found.some(({ type }) => type === 'Warning') ? 1 : 0);
}
