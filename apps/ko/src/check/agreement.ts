/** The witnesses tell the same: journal, annotations, OVN's port, and the device in the pod. */
import type { Addresses, ClusterFacts, PodFact, SubnetFact } from './facts.ts';
import type { Finding } from './finding.ts';

/** Missing, orphaned and contradicting ports and devices. */
export function findDisagreements(facts: ClusterFacts): readonly Finding[] {
  return [...journalAgainstPort(facts), ...journalAgainstAnnotations(facts), ...portsWithoutJournal(facts), ...againstDevices(facts)];
}

function journalAgainstPort({ ips, ports, subnets }: ClusterFacts): readonly Finding[] {
  const lent = lentSubnets(subnets);
  const byName = new Map(ports.map((port) => [port.name, port]));
  return ips.flatMap((ip): readonly Finding[] => {
    const port = byName.get(ip.name);
    if (lent.has(ip.subnet)) return port === undefined ? [] : [portOfOthers(port.name, ip.subnet)];
    const isIdle = ip.reserved || ip.terminating || ip.workload === '' || ip.podType !== '';
    if (port === undefined) {
      if (isIdle) return [];
      return [
        {
          code: 'NO_PORT',
          object: `IP ${ip.name}`,
          message: `logical switch ${ip.subnet} has no port ${ip.name}`,
          fix: 'the controller creates it; if it does not, look at its readiness and at events on the pod',
        },
      ];
    }
    return contradiction(`logical switch port ${port.name}`, port, { ...ip, told: `IP object ${ip.name}` });
  });
}

/** Subnets whose addresses another plugin puts on interfaces that it makes: OVN has no port for them, and Open vSwitch no interface. */
function lentSubnets(subnets: readonly SubnetFact[]): ReadonlySet<string> {
  return new Set(subnets.filter(({ isOvn }) => !isOvn).map(({ name }) => name));
}

function portOfOthers(port: string, subnet: string): Finding {
  return {
    code: 'ORPHANED_PORT',
    object: `logical switch port ${port}`,
    message: `stands in OVN, but the addresses of subnet ${subnet} are for interfaces of another plugin`,
    fix: `the controller removes it; by hand: ovn-nbctl lsp-del ${port}`,
  };
}

function journalAgainstAnnotations({ ips, pods, nodes }: ClusterFacts): readonly Finding[] {
  const byName = new Map(ips.map((ip) => [ip.name, ip]));
  const annotated = [
    ...pods.flatMap((pod) => pod.nics.map((nic) => ({ nic, object: `pod ${pod.namespace}/${pod.name}` }))),
    ...nodes.flatMap((node) => node.nics.map((nic) => ({ nic, object: `node ${node.name}` }))),
  ];
  return annotated.flatMap(({ nic, object }) => {
    const ip = byName.get(nic.port);
    return ip === undefined ? [] : contradiction(`${object} (annotations of ${nic.port})`, nic, { ...ip, told: `IP object ${ip.name}` });
  });
}

function portsWithoutJournal({ ips, ports }: ClusterFacts): readonly Finding[] {
  const journals = new Set(ips.map((ip) => ip.name));
  return ports
    .filter((port) => !journals.has(port.name))
    .map((port) => ({
      code: 'ORPHANED_PORT',
      object: `logical switch port ${port.name}`,
      message: `stands on logical switch ${port.logicalSwitch}, but no IP object asks for it`,
      fix: `the controller removes it; by hand: ovn-nbctl lsp-del ${port.name}`,
    }));
}

function againstDevices({ interfaces, ips, pods, subnets }: ClusterFacts): readonly Finding[] {
  if (interfaces === undefined) return [];
  const byPort = new Map(ips.map((ip) => [ip.name, ip]));
  const lent = lentSubnets(subnets);
  const bound = Map.groupBy(interfaces, ({ port }) => port);
  const findings = interfaces.flatMap((one): readonly Finding[] => {
    const ip = byPort.get(one.port);
    if (ip === undefined) {
      return [
        {
          code: 'ORPHANED_INTERFACE',
          object: `interface ${one.name} on node ${one.node}`,
          message: `is bound to port ${one.port}, for which there is no IP object`,
          fix: 'the daemon removes it with its sandbox; look at its log for that port',
        },
      ];
    }
    return one.device === undefined
      ? []
      : contradiction(`device behind ${one.name} on node ${one.node}`, one.device, { ...ip, told: `IP object ${ip.name}` });
  });
  return [...findings, ...pods.flatMap((pod) => unboundNics(pod, { bound, lent }))];
}

function unboundNics(
  pod: PodFact,
  { bound, lent }: { readonly bound: ReadonlyMap<string, readonly { readonly node: string }[]>; readonly lent: ReadonlySet<string> },
): readonly Finding[] {
  if (!pod.ready || pod.terminating) return [];
  return pod.nics.flatMap((nic): readonly Finding[] => {
    if (lent.has(nic.subnet ?? '')) return [];
    const found = bound.get(nic.port) ?? [];
    if (found.some(({ node }) => pod.node === undefined || node === pod.node)) return [];
    const where = found.length === 0 ? 'on no node' : `on node ${found.map(({ node }) => node).join(', ')}`;
    return [
      {
        code: 'NO_INTERFACE',
        object: `pod ${pod.namespace}/${pod.name}`,
        message: `is ready on node ${pod.node ?? '?'}, but port ${nic.port} is bound ${where}`,
        fix: 'restart the pod; if it comes back, look at the daemon of that node',
      },
    ];
  });
}

function contradiction(object: string, seen: Addresses, told: Addresses & { readonly told: string }): readonly Finding[] {
  const differing = (['v4', 'v6', 'mac'] as const).filter((part) => seen[part] !== told[part]);
  return differing.map((part) => ({
    code: 'DISAGREEMENT',
    object,
    message: `has ${part} ${seen[part] ?? 'none'}, but ${told.told} says ${told[part] ?? 'none'}`,
    fix: 'the IP object is what counts: the controller and the daemon follow it; restart the pod if its device is behind',
  }));
}
