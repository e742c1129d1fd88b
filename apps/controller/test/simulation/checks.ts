/** What must hold: at every moment, and once all is settled. */
import { allocatedProviders, machineOfPod, podAnnotations } from '@kube-ovn/api';
import type { FakeObject } from '@kube-ovn/kube/testing';
import type { Datum } from './memory-value.ts';
import type { World } from './world.ts';

interface Holder {
  readonly who: string;
  readonly address: string;
}

function isFinished(pod: FakeObject): boolean {
  return ['Succeeded', 'Failed'].includes(String((pod.status as { readonly phase?: string } | undefined)?.phase));
}

/** Addresses that pods, or the virtual machines in them, were told are theirs: of a machine with two pods once. */
export function toldAddresses(world: World): Holder[] {
  const pods = world.api.collection('pods');
  const told = pods.keys().flatMap((key) => {
    const pod = pods.get(key) as FakeObject;
    if (isFinished(pod)) return [];
    return allocatedProviders(pod).flatMap((provider) => {
      const text = pod.metadata.annotations?.[podAnnotations(provider).ip_address.key];
      return text === undefined ? [] : text.split(',').map((address) => ({ who: holderOf(key, pod), address }));
    });
  });
  return [...new Map(told.map((each) => [`${each.who} ${each.address}`, each])).values()];
}

function holderOf(key: string, pod: FakeObject): string {
  const machine = machineOfPod(pod);
  return machine === undefined ? key : `${pod.metadata.namespace}/${machine}`;
}

/** At every moment: no address belongs to two. @throws when it does */
export function checkNow(world: World): void {
  const owners = new Map<string, string>();
  for (const { who, address } of toldAddresses(world)) {
    const other = owners.get(address);
    if (other !== undefined) throw new Error(`address ${address} was given to ${other} and to ${who}`);
    owners.set(address, who);
  }
  const leading = [...world.controllers].filter(({ controller }) => controller.elector.isLeadingNow());
  if (leading.length > 1) throw new Error(`${leading.map(({ name }) => name).join(' and ')} lead at the same time`);
}

/** All that Kubernetes and OVN hold that a user can tell from outside; without versions, times and UUIDs. */
export function settledFacts(world: World): {
  readonly pods: readonly string[];
  readonly journal: readonly string[];
  readonly ports: readonly string[];
} {
  const pods = toldAddresses(world).map(({ who, address }) => `${who} ${address}`);
  const ips = world.api.collection('ips');
  const journal = ips.keys().flatMap((key) => {
    const { spec } = ips.get(key) as FakeObject;
    const { podName, namespace, v4IpAddress, v6IpAddress } = spec as Readonly<Record<string, string>>;
    // Nodes have ports of their own.
    return namespace === '' || namespace === undefined
      ? []
      : [v4IpAddress, v6IpAddress].flatMap((address) => (address ? [`${namespace}/${podName} ${address}`] : []));
  });
  const rows = [...(world.database.content.get('Logical_Switch_Port')?.values() ?? [])];
  const ports = rows.flatMap((row) => {
    const pod = textOf(row.get('external_ids')?.get('"pod"')?.[1]);
    return pod === '' ? [] : addressesOf(row.get('addresses')).map((address) => `${pod} ${address}`);
  });
  const sorted = (lines: readonly string[]): readonly string[] => lines.toSorted((a, b) => (a < b ? -1 : 1));
  return { pods: sorted(pods), journal: sorted(journal), ports: sorted(ports) };
}

function textOf(wire: unknown): string {
  return typeof wire === 'string' ? wire : '';
}

/** `MAC ADDRESS...` without the MAC. */
function addressesOf(column: Datum | undefined): readonly string[] {
  return [...(column?.values() ?? [])].flatMap(([text]) => textOf(text).split(' ').slice(1));
}

/** Pods that must have an address once all is settled, and have none. */
export function podsWithout(world: World): readonly string[] {
  const pods = world.api.collection('pods');
  const told = new Set(toldAddresses(world).map(({ who }) => who));
  return pods.keys().filter((key) => !isFinished(pods.get(key) as FakeObject) && !told.has(key));
}
