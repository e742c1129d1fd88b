/** Do Kubernetes and OVN tell the same story? Every contradiction is one line; an empty list means that they do. */
import { type IP, type Pod, podAnnotations, resources } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import type { Cluster } from './cluster.ts';

const annotations = podAnnotations('ovn');

export async function contradictions(cluster: Cluster): Promise<string[]> {
  const [{ items: pods }, { items: ips }] = await Promise.all([cluster.kube.list(resources.pod), cluster.kube.list(resources.ip)]);
  const ports = new Map([...rowsOf(cluster.northbound.replica, tables.logicalSwitchPort)].map((port) => [port.name, port]));
  const podPorts = [...ports.values()].filter((port) => port.external_ids.has('pod'));
  const names = new Set(pods.map((pod) => `${pod.metadata.name}.${pod.metadata.namespace}`));
  return [
    ...pods.flatMap((pod) => podContradictions(pod, ips, ports.get(`${pod.metadata.name}.${pod.metadata.namespace}`)?.addresses)),
    ...podPorts.filter((port) => !names.has(port.name)).map((port) => `port ${port.name} has no pod`),
    ...ips.filter((ip) => ip.spec.namespace !== '' && !names.has(ip.metadata.name)).map((ip) => `IP object ${ip.metadata.name} has no pod`),
    ...duplicates(
      ips
        .flatMap((ip) =>
          [ip.spec.v4IpAddress, ip.spec.v6IpAddress].map((address) => [`${ip.spec.subnet} ${address}`, ip.metadata.name] as const),
        )
        .filter(([key]) => !key.endsWith(' ')),
    ),
    ...duplicates(
      podPorts.flatMap((port) =>
        port.addresses.flatMap((text) =>
          text
            .split(' ')
            .slice(1)
            .map((address) => [address, port.name] as const),
        ),
      ),
    ),
  ];
}

function podContradictions(pod: Pod, ips: readonly IP[], portAddresses: readonly string[] | undefined): string[] {
  const name = `${pod.metadata.name}.${pod.metadata.namespace}`;
  const [address, mac] = [annotations.ip_address.read(pod), annotations.mac_address.read(pod)];
  if (!address.ok || !mac.ok || address.value === undefined) return [`pod ${name} has no address`];
  const texts = [address.value.v4, address.value.v6].filter((text) => text !== undefined);
  const ip = ips.find((candidate) => candidate.metadata.name === name);
  return [
    ...(ip?.spec.ipAddress === texts.join(',')
      ? []
      : [`pod ${name} says ${texts.join(',')}, its IP object ${ip?.spec.ipAddress ?? 'is missing'}`]),
    ...(portAddresses?.[0] === [mac.value, ...texts].join(' ')
      ? []
      : [`pod ${name} says ${texts.join(',')}, its port ${portAddresses?.[0] ?? 'is missing'}`]),
  ];
}

function duplicates(pairs: readonly (readonly [string, string])[]): string[] {
  const holders = new Map<string, string[]>();
  for (const [key, holder] of pairs) holders.set(key, [...(holders.get(key) ?? []), holder]);
  return [...holders].filter(([, all]) => all.length > 1).map(([key, all]) => `${key} is held by ${all.join(' and ')}`);
}
