/** Kubernetes' namespaces, pods and nodes → ours. */
import { canonicalAddress, parseAddress, prefixContains, readPrefix } from '@kube-ovn/ipam';
import type { ContainerPort, Namespace, Node, Pod, Protocol } from '../model.ts';
import { blocksOf } from './subnet.ts';
import type { ClusterObjects, NamespaceObject, NodeObject, PodObject } from '../verdict/index.ts';

/** Who lives in a cluster. */
export interface Inhabitants {
  readonly namespaces: readonly Namespace[];
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
}

/** Read all of them; a namespace that only its pods name is there too, with the label that the control plane would set. */
export function inhabitantsOf(objects: ClusterObjects): Inhabitants {
  const named = new Set(objects.namespaces.map(({ metadata }) => metadata.name));
  const implied = new Set(objects.pods.map(({ metadata }) => metadata.namespace ?? 'default').filter((name) => !named.has(name)));
  const namespaces: readonly NamespaceObject[] = [...objects.namespaces, ...[...implied].map((name) => ({ metadata: { name } }))];
  const blocks = objects.subnets.flatMap((subnet) =>
    blocksOf(subnet).flatMap((text) => {
      const prefix = readPrefix(text);
      return prefix === undefined ? [] : [{ name: subnet.metadata.name, prefix }];
    }),
  );
  const subnetOf = (address: string): string | undefined =>
    blocks.find(({ prefix }) => prefixContains(prefix, parseAddress(address)))?.name;
  return {
    namespaces: namespaces.map(({ metadata: { name, labels } }) => ({ name, labels: { ...labels, 'kubernetes.io/metadata.name': name } })),
    pods: objects.pods.map((pod) => podOf(pod, subnetOf)),
    nodes: objects.nodes.map(nodeOf),
  };
}

/** A pod with its first interface, whose port is named as Kube-OVN names it. */
function podOf({ metadata, spec, status }: PodObject, subnetOf: (address: string) => string | undefined): Pod {
  const namespace = metadata.namespace ?? 'default';
  const ips = status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP === undefined ? [] : [status.podIP]);
  const addresses = ips.flatMap((ip) => canonicalAddress(ip) ?? []);
  const [subnet] = addresses.flatMap((address) => subnetOf(address) ?? []);
  const groups = (metadata.annotations?.['ovn.kubernetes.io/security_groups'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const containers = [
    ...(spec?.containers ?? []),
    ...(spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ];
  const ports: readonly ContainerPort[] = containers
    .flatMap((container) => container.ports ?? [])
    .flatMap(({ name, containerPort, protocol = 'TCP' }) =>
      name === undefined ? [] : [{ name, protocol: protocol as Protocol, port: containerPort }],
    );
  return {
    namespace,
    name: metadata.name,
    labels: metadata.labels ?? {},
    ...(spec?.nodeName === undefined ? {} : { node: spec.nodeName }),
    interfaces: [
      {
        network: 'ovn',
        port: `${metadata.name}.${namespace}`,
        addresses,
        ...(groups.length === 0 ? {} : { securityGroups: groups }),
        ...(subnet === undefined ? {} : { subnet }),
      },
    ],
    ports,
    hostNetwork: spec?.hostNetwork === true,
    completed: status?.phase === 'Succeeded' || status?.phase === 'Failed',
  };
}

function nodeOf({ metadata, status }: NodeObject): Node {
  const join = metadata.annotations?.['ovn.kubernetes.io/ip_address']?.split(',') ?? [];
  const texts = [...(status?.addresses ?? []).map(({ address }) => address), ...join];
  return { name: metadata.name, labels: metadata.labels ?? {}, addresses: texts.flatMap((text) => canonicalAddress(text.trim()) ?? []) };
}
