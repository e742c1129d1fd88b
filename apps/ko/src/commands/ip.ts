/** `ko ip`: whose an address is, and was. */
import { canonicalAddress } from '@kube-ovn/ipam';
import { type Event, resources } from '@kube-ovn/api';
import type { Command } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { KoError } from '../errors.ts';
import { printHistory, releaseReason, whoHad } from '../ip/who-had.ts';
import { type AddressObjects, type Answer, whoHas } from '../ip/who-has.ts';

export function ipCommand(program: Command, context: () => Context): void {
  program
    .command('ip')
    .description('who has an address and who had it, why, and where it comes from')
    .argument('<address>')
    .addOption(outputOption())
    .addHelpText('after', '\nexit code: 1 when nobody has it\nexample: ko ip 10.16.0.9')
    .action((text: string, { output }: { readonly output: Output }) => ip(context(), text, output));
}

async function ip(context: Context, text: string, output: Output): Promise<void> {
  const address = canonicalAddress(text);
  if (address === undefined) throw new KoError('KO_USAGE', `"${text}" is no address`);
  const [objects, events] = await Promise.all([readObjects(context), readEvents(context)]);
  const answers = whoHas(address, objects);
  const history = whoHad(address, events);
  const isHeld = answers.some(({ isHolder }) => isHolder);
  const printed = (): string =>
    [...(isHeld ? [] : [`nobody has ${address}`]), ...answers.map(printAnswer), ...printHistory(history)].join('\n');
  say(context, inForm(output, { address, answers, history }, printed));
  context.exitWith(isHeld ? 0 : 1);
}

function printAnswer({ object, role, detail }: Answer): string {
  return `${object}: ${role}${detail === '' ? '' : ` (${detail})`}`;
}

async function readObjects({ client }: Context): Promise<AddressObjects> {
  const [ips, vips, pods, nodes, services, subnets] = await Promise.all([
    client.list(resources.ip),
    client.list(resources.vip),
    client.list(resources.pod),
    client.list(resources.node),
    client.list(resources.service),
    client.list(resources.subnet),
  ]);
  return { ips: ips.items, vips: vips.items, pods: pods.items, nodes: nodes.items, services: services.items, subnets: subnets.items };
}

/** They stand with objects of the cluster, in namespace `default`. @source kube-ovn-controller, Events of Subnets */
async function readEvents({ client }: Context): Promise<readonly Event[]> {
  return (await client.list(resources.event, { namespace: 'default', fieldSelector: `reason=${releaseReason}` })).items;
}
