/** No address has two owners: not among the journals, not among the ports of OVN, not on the devices. */
import type { Addresses, ClusterFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import { unlentVips } from './holders.ts';

interface Holder extends Addresses {
  readonly object: string;
  /** Of two with one identity only one carries traffic: a virtual machine that is being moved has two pods. */
  readonly identity?: string;
  /** Addresses are unique within it. */
  readonly scope: string;
}

/** Two holders of one address or MAC address in one subnet. */
export function findDuplicates(facts: ClusterFacts): readonly Finding[] {
  const ofMachines = new Set(facts.ips.filter(({ podType }) => podType === 'VirtualMachine').map(({ name }) => name));
  const switchOf = new Map(facts.ports.map((port) => [port.name, port.logicalSwitch]));
  return [
    ...among([
      ...facts.ips.map((ip) => ({ ...ip, object: `IP ${ip.name}`, scope: ip.subnet })),
      ...unlentVips(facts).map((vip) => ({ ...vip, object: `Vip ${vip.name}`, scope: vip.subnet })),
    ]),
    ...among(facts.ports.map((port) => ({ ...port, object: `logical switch port ${port.name}`, scope: port.logicalSwitch }))),
    ...among(
      facts.pods.flatMap((pod) =>
        pod.nics.map((nic) => ({
          ...nic,
          object: `pod ${pod.namespace}/${pod.name} (${nic.port})`,
          scope: nic.subnet ?? '',
          ...(pod.machine === undefined ? {} : { identity: nic.port }),
        })),
      ),
    ),
    ...among(
      (facts.interfaces ?? []).flatMap(({ node, name, port, device }) =>
        device === undefined
          ? []
          : [
              {
                ...device,
                object: `interface ${name} on node ${node}`,
                scope: switchOf.get(port) ?? `unknown port ${port}`,
                ...(ofMachines.has(port) ? { identity: port } : {}),
              },
            ],
      ),
    ),
  ];
}

function among(holders: readonly Holder[]): readonly Finding[] {
  const seen = new Map<string, Holder>();
  const findings: Finding[] = [];
  for (const holder of holders) {
    for (const value of [holder.v4, holder.v6, holder.mac]) {
      if (value === undefined) continue;
      const key = `${holder.scope} ${value}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, holder);
      else if (holder.identity === undefined || first.identity !== holder.identity) findings.push(duplicate(first, holder, value));
    }
  }
  return findings;
}

function duplicate(first: Holder, second: Holder, value: string): Finding {
  const isMac = value === second.mac;
  return {
    code: isMac ? 'DUPLICATE_MAC' : 'DUPLICATE_ADDRESS',
    object: second.object,
    message: `${value} in subnet ${second.scope} is held by ${first.object} and by ${second.object}`,
    fix: 'delete the younger pod, so that it is given another address',
  };
}
