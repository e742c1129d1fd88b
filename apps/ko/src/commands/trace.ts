/** `ko trace`: the way of one packet, by OVN's own rules and by the flows of the node. */
import { canonicalAddress, parseAddress, parsePrefix, prefixContains } from '@kube-ovn/ipam';
import { resources } from '@kube-ovn/api';
import { routerPortName } from '@kube-ovn/ovn-model';
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { KoError } from '../errors.ts';
import { arpFlow, bridgeFlow, type Entry, microflow, type Packet, type Protocol } from '../ovn/flow.ts';
import { interfaceColumn } from '../ovn/openvswitch.ts';
import { findWorkload, type Workload } from '../ovn/workload.ts';
import { capture } from '../site/place.ts';

const EXAMPLES = `
examples:
  ko trace shop/web-0 10.16.0.9 icmp
  ko trace shop/web-0 10.96.0.10 udp 53       a service: the trace takes one of its endpoints
  ko trace node//node1 10.16.0.9 tcp 80       from a node
  ko trace shop/web-0 shop/db-0 tcp 5432      a pod in place of an address
  ko trace shop/web-0 10.16.0.1 arp request`;

export function traceCommand(program: Command, context: () => Context): void {
  program
    .command('trace')
    .alias('ovn-trace')
    .description('the way of one packet: through OVN (ovn-trace), and through the flows of its node (ofproto/trace)')
    .argument('<from>', 'NAMESPACE/POD or node//NAME')
    .argument('<to>', 'address, NAMESPACE/POD or node//NAME')
    .addArgument(new Argument('<protocol>', 'what is sent').choices(['icmp', 'tcp', 'udp', 'arp']))
    .argument('[port]', 'of TCP and UDP (default 80); "request" or "reply" for arp')
    .option('--ovn-only', 'leave the flows of the node out')
    .addHelpText('after', EXAMPLES)
    .action(function (this: Command, from: string, to: string, protocol: Protocol | 'arp') {
      const { ovnOnly = false } = this.opts<{ readonly ovnOnly?: boolean }>();
      return trace(context(), { from, to, protocol, port: this.args[3], ovnOnly });
    });
}

interface Question {
  readonly from: string;
  readonly to: string;
  readonly protocol: Protocol | 'arp';
  readonly port: string | undefined;
  readonly ovnOnly: boolean;
}

async function trace(context: Context, { from, to, protocol, port, ovnOnly }: Question): Promise<void> {
  const source = await findWorkload(context.client, from);
  const target = await addressOf(context, source, to);
  const entry = source.entries[target.includes(':') ? 6 : 4];
  if (entry === undefined) throw new KoError('KO_USAGE', `${source.name} has no address of the family of ${target}`);
  if (protocol === 'arp') return traceOvn(context, entry, arpFlow(entry, target, arpKind(port, target)));
  const packet: Packet = { to: target, nextHopMac: await nextHopMac(context, { source, entry, target }), protocol, port: portNumber(port) };
  await traceOvn(context, entry, microflow(entry, packet));
  if (!ovnOnly) await traceNode(context, { source, entry, packet });
}

async function addressOf({ client }: Context, source: Workload, to: string): Promise<string> {
  const address = canonicalAddress(to);
  if (address !== undefined) return address;
  const { entries, name } = await findWorkload(client, to);
  const entry = (source.entries[4] && entries[4]) ?? (source.entries[6] && entries[6]);
  if (entry === undefined) throw new KoError('KO_USAGE', `${source.name} and ${name} have no address family in common`);
  return entry.address;
}

/** @source OVN_Northbound Logical_Router_Port.mac: what is not in the Subnet goes to its router */
async function nextHopMac(
  context: Context,
  { source, entry, target }: { readonly source: Workload; readonly entry: Entry; readonly target: string },
): Promise<string> {
  if (source.blocks.some((block) => prefixContains(parsePrefix(block), parseAddress(target)))) {
    const { items } = await context.client.list(resources.ip);
    const owner = items.find(
      ({ spec }) => spec.subnet === entry.logicalSwitch && (spec.v4IpAddress === target || spec.v6IpAddress === target),
    );
    const mac = owner?.spec.macAddress;
    if (mac !== undefined && mac !== '') return mac.toLowerCase();
  }
  const { place, remote } = await context.cluster.leader('nb');
  const name = routerPortName(source.router, entry.logicalSwitch);
  const text = await capture(place, ['ovn-nbctl', `--db=${remote}`, '--no-leader-only', 'get', 'Logical_Router_Port', name, 'mac']);
  return text.trim().replaceAll('"', '');
}

async function traceOvn(context: Context, { logicalSwitch }: Entry, flow: string): Promise<void> {
  const { place, remote } = await context.cluster.leader('sb');
  say(context, `# ovn-trace ${logicalSwitch} '${flow}'`);
  const argv = ['ovn-trace', `--db=${remote}`, '--no-leader-only', '--ct=new', logicalSwitch, flow] as const;
  context.exitWith(await place.run(argv, context.terminal));
}

/** @source ovs-vswitchd(8) ofproto/trace */
async function traceNode(
  context: Context,
  { source, entry, packet }: { readonly source: Workload; readonly entry: Entry; readonly packet: Packet },
): Promise<void> {
  const node = await context.cluster.node(source.node);
  const inPort = await interfaceColumn(node, entry.port, 'ofport');
  const flow = bridgeFlow(entry, packet, inPort);
  say(context, `\n# ofproto/trace br-int ${flow} (node ${source.node})`);
  await node.place.run(['ovs-appctl', '-t', node.control('ovs-vswitchd'), 'ofproto/trace', 'br-int', flow], context.terminal);
}

function arpKind(text: string | undefined, target: string): 'request' | 'reply' {
  if (target.includes(':')) throw new KoError('KO_USAGE', 'arp is of IPv4; IPv6 asks for neighbours by ICMP');
  if (text === undefined || text === 'request') return 'request';
  if (text === 'reply') return 'reply';
  throw new KoError('KO_USAGE', `arp "${text}": want request or reply`);
}

function portNumber(text = '80'): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw new InvalidArgumentError(`port "${text}": want 1 to 65535`);
  return port;
}
