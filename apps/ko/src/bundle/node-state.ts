/** What is asked of each node, and by which program. Pure. */
import type { NodePlaces } from '../site/cluster.ts';
import type { Argv } from '../site/place.ts';

export interface NodeQuestion {
  readonly file: string;
  readonly what: string;
  readonly argv: Argv;
}

const BRIDGE = 'br-int';

export function nodeQuestions(places: NodePlaces): readonly NodeQuestion[] {
  const { openvswitch } = places;
  const vsctl = (...args: readonly string[]): Argv => [
    'ovs-vsctl',
    '--timeout=10',
    '--no-wait',
    ...(openvswitch === undefined ? [] : [`--db=${openvswitch}`]),
    ...args,
  ];
  const vswitchd = (...args: readonly string[]): Argv => ['ovs-appctl', '-T', '10', '-t', places.control('ovs-vswitchd'), ...args];
  const controller = (...args: readonly string[]): Argv => ['ovn-appctl', '-T', '10', '-t', places.control('ovn-controller'), ...args];
  const questions: readonly (readonly [file: string, what: string, argv: Argv])[] = [
    ['ovs-show.txt', 'bridges, ports and errors of Open vSwitch', vsctl('show')],
    ['ovs-settings.txt', 'settings of Open vSwitch', vsctl('list', 'Open_vSwitch')],
    ['ovs-interfaces.txt', 'interfaces with their counters', vsctl('list', 'Interface')],
    ['flows.txt', `flows of ${BRIDGE}`, ['ovs-ofctl', 'dump-flows', BRIDGE]],
    ['groups.txt', `groups of ${BRIDGE}`, ['ovs-ofctl', 'dump-groups', BRIDGE]],
    ['meters.txt', `meters of ${BRIDGE}`, ['ovs-ofctl', '-O', 'OpenFlow15', 'dump-meters', BRIDGE]],
    ['datapath.txt', 'the datapath', vswitchd('dpctl/show')],
    ['datapath-flows.txt', 'flows of the datapath', vswitchd('dpctl/dump-flows')],
    ['conntrack.txt', 'number of connections', vswitchd('dpctl/ct-stats-show')],
    ['vswitchd-version.txt', 'version of ovs-vswitchd', vswitchd('version')],
    ['vswitchd-counters.txt', 'counters of ovs-vswitchd', vswitchd('coverage/show')],
    ['vswitchd-memory.txt', 'memory of ovs-vswitchd', vswitchd('memory/show')],
    ['tunnel-neighbours.txt', 'neighbours on the way of tunnels', vswitchd('tnl/neigh/show')],
    ['vswitchd-routes.txt', 'routes that Open vSwitch sees', vswitchd('ovs/route/show')],
    ['bfd.txt', 'BFD of tunnels', vswitchd('bfd/show')],
    ['controller-connection.txt', 'ovn-controller and its database', controller('connection-status')],
    ['controller-counters.txt', 'counters of ovn-controller', controller('coverage/show')],
    ['links.txt', 'network interfaces of the node', ['ip', '-d', '-s', 'link']],
    ['addresses.txt', 'addresses of the node', ['ip', 'address']],
    ['routes.txt', 'routes, IPv4', ['ip', 'route', 'show', 'table', 'all']],
    ['routes6.txt', 'routes, IPv6', ['ip', '-6', 'route', 'show', 'table', 'all']],
    ['rules.txt', 'rules for routes, IPv4', ['ip', 'rule']],
    ['rules6.txt', 'rules for routes, IPv6', ['ip', '-6', 'rule']],
    ['neighbours.txt', 'neighbours', ['ip', 'neighbour']],
    ['nftables.txt', 'rules of nftables', ['nft', 'list', 'ruleset']],
    ['kernel.txt', 'kernel', ['uname', '-a']],
    ['memory.txt', 'memory', ['cat', '/proc/meminfo']],
    ['load.txt', 'load', ['cat', '/proc/loadavg']],
  ];
  return questions.map(([file, what, argv]) => ({ file, what, argv }));
}
