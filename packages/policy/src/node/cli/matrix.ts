/** Who may reach whom, on which port. */
import { partyOf, podName } from '../../verdict/flow.ts';
import { type ClusterObjects, type Flow, type FlowEnd, verdict } from '../../verdict/index.ts';
import { formatPort, type PortArgument } from './arguments.ts';

/** By `namespace/pod>namespace/pod`, by `TCP/80`. */
export type Matrix = Readonly<Record<string, Readonly<Record<string, 'allow' | 'deny'>>>>;

/** One matrix per family in which some two pods have addresses. */
export type Matrices = Readonly<Partial<Record<'IPv4' | 'IPv6', Matrix>>>;

/** Judge every pair of pods on every port. @complexity pods² × ports × rules */
export function matricesOf(objects: ClusterObjects, ports: readonly PortArgument[] = portsNamedIn(objects)): Matrices {
  const matrices: Partial<Record<'IPv4' | 'IPv6', Matrix>> = {};
  for (const family of [4, 6] as const) {
    const names = objects.pods.map(podName).filter((name) => partyOf(objects, { pod: name }, family) !== undefined);
    const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to })));
    const rows = pairs.map(
      ({ from, to }) => [`${from}>${to}`, rowOf(objects, { from: { pod: from }, to: { pod: to }, family }, ports)] as const,
    );
    if (rows.length > 0) matrices[family === 4 ? 'IPv4' : 'IPv6'] = Object.fromEntries(rows);
  }
  return matrices;
}

function rowOf(objects: ClusterObjects, ends: Pick<Flow, 'from' | 'to' | 'family'>, ports: readonly PortArgument[]): Matrix[string] {
  return Object.fromEntries(ports.map((port) => [formatPort(port), verdict(objects, { ...ends, ...port })?.action ?? 'deny']));
}

/** Lines for people: for each pod, port and family, who may come and who may not. */
export function matrixLines(matrices: Matrices): readonly string[] {
  const lines: string[] = [];
  for (const [family, matrix] of Object.entries(matrices)) {
    const byTarget = new Map<string, { readonly allow: string[]; readonly deny: string[] }>();
    for (const [pair, ports] of Object.entries(matrix)) {
      const [from = '', to = ''] = pair.split('>');
      for (const [port, action] of Object.entries(ports)) {
        const key = `${to} ${port} ${family}`;
        const entry = byTarget.get(key) ?? { allow: [], deny: [] };
        entry[action].push(from);
        byTarget.set(key, entry);
      }
    }
    for (const [target, { allow, deny }] of byTarget) {
      lines.push(target, `  allow ${allow.join(' ') || '-'}`, `  deny  ${deny.join(' ') || '-'}`);
    }
  }
  return lines;
}

/** Ports by number that containers or rules name, ends of ranges included; TCP/80 when there are none. */
function portsNamedIn(objects: ClusterObjects): readonly PortArgument[] {
  const found = new Map<string, PortArgument>();
  const add = (protocol: string | undefined, ...numbers: readonly (number | string | undefined)[]): void => {
    for (const port of numbers) {
      if (typeof port !== 'number') continue;
      const argument = { protocol: (protocol ?? 'TCP') as Flow['protocol'], port };
      found.set(formatPort(argument), argument);
    }
  };
  for (const { spec } of objects.pods) {
    const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
    for (const { ports = [] } of containers) for (const { protocol, containerPort } of ports) add(protocol, containerPort);
  }
  for (const { spec } of objects.networkPolicies) {
    for (const { ports = [] } of [...(spec?.ingress ?? []), ...(spec?.egress ?? [])]) {
      for (const { protocol, port, endPort } of ports) add(protocol, port, endPort);
    }
  }
  const admin = [...objects.adminNetworkPolicies, ...objects.baselineAdminNetworkPolicies, ...objects.clusterNetworkPolicies];
  for (const { ports = [], protocols = [] } of admin.flatMap(({ spec }) => [...(spec.ingress ?? []), ...(spec.egress ?? [])])) {
    for (const { portNumber, portRange } of ports) {
      add(portNumber?.protocol, portNumber?.port);
      add(portRange?.protocol, portRange?.start, portRange?.end);
    }
    for (const one of protocols) {
      for (const protocol of ['tcp', 'udp', 'sctp'] as const) {
        const { number, range } = one[protocol]?.destinationPort ?? {};
        add(protocol.toUpperCase(), number, range?.start, range?.end);
      }
    }
  }
  const order = ({ protocol, port = 0 }: PortArgument): string => `${protocol}/${String(port).padStart(5, '0')}`;
  const sorted = [...found.values()].toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  return sorted.length === 0 ? [{ protocol: 'TCP', port: 80 }] : sorted;
}

/** Families in which both ends have an address. */
export function commonFamilies(objects: ClusterObjects, from: FlowEnd, to: FlowEnd): readonly (4 | 6)[] {
  return ([4, 6] as const).filter((family) => partyOf(objects, from, family) !== undefined && partyOf(objects, to, family) !== undefined);
}
