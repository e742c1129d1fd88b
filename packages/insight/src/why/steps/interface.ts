/** What is seen at the interfaces of pods and on nodes: links, listeners, sizes, limits, tunnels. Pure. */
import type { Listener } from '../evidence.ts';
import { doubtful, passed, type Step, stopped } from '../answer.ts';
import type { Connection } from '../connections.ts';
import type { Party } from '../ends.ts';
import type { SeenInterface, World } from '../world.ts';

/** Up to the first thing that is in the way, and what may be. */
export function interfaceSteps(connection: Connection, world: World): readonly Step[] {
  return [betweenNodes, sizes, ratesOfSender, ratesOfReceiver, listening].flatMap((look) => look(connection, world) ?? []);
}

function seen({ port }: Party, { evidence }: World): SeenInterface | undefined {
  return port === undefined ? undefined : evidence?.interfaces.get(port);
}

/** Whether both ends are on different nodes, and what goes between them takes a tunnel. */
function isTunnelled({ from, to }: Connection): boolean {
  const isOverlay = ({ subnet, pod }: Party): boolean => pod !== undefined && subnet !== undefined && (subnet.spec.vlan ?? '') === '';
  return from.node?.metadata.name !== to.node?.metadata.name && isOverlay(from) && isOverlay(to);
}

function betweenNodes(connection: Connection, { evidence }: World): Step | undefined {
  const [from, to] = [connection.from.node?.metadata.name, connection.to.node?.metadata.name];
  if (from === undefined || to === undefined || !isTunnelled(connection)) return undefined;
  const silent = evidence?.nodes.get(from)?.silent.find(({ node }) => node === to);
  if (silent === undefined) return undefined;
  return doubtful({
    code: 'NODE_NOT_REACHED',
    object: `Node ${to}`,
    message: `does not answer a ping of Node ${from} at ${silent.address}, the address of its tunnels`,
    fix: `look at the network between the nodes and at the link that has ${silent.address}; UDP port 6081 must pass in both directions`,
  });
}

function sizes(connection: Connection, world: World): Step | undefined {
  if (!isTunnelled(connection)) return undefined;
  const rooms = [connection.from, connection.to].flatMap(({ node }) => {
    const name = node?.metadata.name ?? '';
    const room = world.evidence?.nodes.get(name)?.room;
    return room === undefined ? [] : [{ name, room }];
  });
  const [narrow] = rooms.toSorted((a, b) => a.room - b.room);
  const [mtu, other] = [seen(connection.from, world)?.mtu, seen(connection.to, world)?.mtu];
  const subnet = connection.from.subnet?.metadata.name ?? '';
  // TCP takes what the smaller of both ends takes
  if (narrow === undefined || mtu === undefined || Math.min(mtu, other ?? mtu) <= narrow.room) return undefined;
  return doubtful({
    code: 'MTU_TOO_LARGE',
    object: `Subnet ${subnet}`,
    message: `gives ${connection.from.object} an MTU of ${mtu} bytes, and the tunnels of Node ${narrow.name} carry ${narrow.room}: larger packets are lost`,
    fix: `lower spec.mtu of the Subnet to ${narrow.room} and start the pods anew, or raise the MTU of the link that carries the tunnels`,
  });
}

function ratesOfSender({ from }: Connection, world: World): Step | undefined {
  return rates(from, world);
}

function ratesOfReceiver({ to }: Connection, world: World): Step | undefined {
  return rates(to, world);
}

/** @source annotation `bandwidth`: what the daemon says that limits */
function rates(party: Party, world: World): Step | undefined {
  const limits = party.pod?.metadata.annotations?.['ovn.kubernetes.io/bandwidth'];
  if (limits === undefined || party.port === undefined) return undefined;
  const dropped = seen(party, world)?.dropped ?? 0;
  if (dropped === 0) return passed(party.object, `its rates are limited: ${limits}`);
  return doubtful({
    code: 'RATE_DROPS',
    object: party.object,
    message: `has sent or got more than its limits let through: ${dropped} packets were dropped just now (${limits})`,
    fix: 'raise ingress_rate and egress_rate of the pod, of its Namespace or Subnet, or the QoSPolicy that it names',
  });
}

function listening({ to, family, protocol, port }: Connection, world: World): Step | undefined {
  if (port === undefined || (protocol !== 'TCP' && protocol !== 'UDP')) return undefined;
  const isOnNode = to.pod === undefined || to.pod.spec?.hostNetwork === true;
  const node = to.node?.metadata.name ?? '';
  const listeners = isOnNode ? world.evidence?.nodes.get(node)?.listeners : seen(to, world)?.listeners;
  if (listeners === undefined || (isOnNode && hasHostPort(node, port, world))) return undefined;
  const address = to.addresses[family] ?? '';
  const here = listeners.filter((one) => one.protocol === protocol && one.port === port);
  if (here.some((one) => hears(one, address))) return passed(to.object, `listens at ${protocol}/${port}`);
  const others = [...new Set(listeners.filter((one) => one.protocol === protocol && hears(one, address)).map((one) => one.port))];
  const [first] = here;
  const tell = to.pod === undefined ? doubtful : stopped;
  if (first !== undefined)
    return tell({
      code: 'LISTENED_ON_LOOPBACK',
      object: to.object,
      message: `listens at ${protocol}/${port} on ${first.address} alone, and not on ${address}`,
      fix: `let the program listen on ${family === 6 ? '::' : '0.0.0.0'}, or on the pod’s address`,
    });
  return tell({
    code: 'NOT_LISTENED',
    object: to.object,
    message: `nobody in it listens at ${protocol}/${port}; ${others.length === 0 ? 'it listens nowhere' : `it listens at ${others.toSorted((a, b) => a - b).join(', ')}`}`,
    fix: 'see the log of its containers; ask for the right port, or mend targetPort of the Service',
  });
}

/** A socket of IPv6 for all addresses takes IPv4 too. @source ipv6(7) IPV6_V6ONLY, whose default is off */
function hears({ address }: Listener, asked: string): boolean {
  return address === '::' || (address === '0.0.0.0' && !asked.includes(':')) || address === asked;
}

function hasHostPort(node: string, port: number, { pods }: World): boolean {
  return pods.some(
    ({ spec }) => spec?.nodeName === node && spec.containers?.some((one) => one.ports?.some(({ hostPort }) => hostPort === port)) === true,
  );
}
