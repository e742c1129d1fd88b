/** Kubernetes' namespaces, pods and nodes → ours. */
import { canonicalAddress, parseAddress, prefixContains, readPrefix } from '@kube-ovn/ipam';
import type { ContainerPort, Namespace, Node, Pod, Protocol } from '../model.ts';
import { defaultSecurityGroup, groupsInEffect } from './security-group.ts';
import { blocksOf } from './subnet.ts';
import type { ClusterObjects, NamespaceObject, NodeObject, PodObject } from '../verdict/index.ts';

/** Who lives in a cluster. */
export interface Inhabitants {
  readonly namespaces: readonly Namespace[];
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
}

/** Name of the Vpc that Subnets are in which name none. @source Kube-OVN, default of the option cluster-router */
const defaultVpc = 'ovn-cluster';

/** Where an address is. */
interface Place {
  readonly subnet: string;
  readonly hasDefaultGroup: boolean;
}

/** Read all of them; a namespace that only its pods name is there too, with the label that the control plane would set. */
export function inhabitantsOf(objects: ClusterObjects): Inhabitants {
  const named = new Set(objects.namespaces.map(({ metadata }) => metadata.name));
  const implied = new Set(objects.pods.map(({ metadata }) => metadata.namespace ?? 'default').filter((name) => !named.has(name)));
  const namespaces: readonly NamespaceObject[] = [...objects.namespaces, ...[...implied].map((name) => ({ metadata: { name } }))];
  const blocks = objects.subnets.flatMap((subnet) =>
    blocksOf(subnet).flatMap((text) => {
      const prefix = readPrefix(text);
      return prefix === undefined ? [] : [{ name: subnet.metadata.name, vpc: subnet.spec?.vpc ?? '', prefix }];
    }),
  );
  const hasDefaultGroup = objects.securityGroups.some(({ metadata }) => metadata.name === defaultSecurityGroup);
  const placeOf = (address: string): Place | undefined => {
    const found = blocks.find(({ prefix }) => prefixContains(prefix, parseAddress(address)));
    if (found === undefined) return undefined;
    return { subnet: found.name, hasDefaultGroup: hasDefaultGroup && found.vpc !== '' && found.vpc !== defaultVpc };
  };
  return {
    namespaces: namespaces.map(({ metadata: { name, labels } }) => ({ name, labels: { ...labels, 'kubernetes.io/metadata.name': name } })),
    pods: objects.pods.map((pod) => podOf(pod, placeOf)),
    nodes: objects.nodes.map(nodeOf),
  };
}

/** A pod with its first interface, whose port is named as Kube-OVN names it. */
function podOf({ metadata, spec, status }: PodObject, placeOf: (address: string) => Place | undefined): Pod {
  const namespace = metadata.namespace ?? 'default';
  const ips = status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP === undefined ? [] : [status.podIP]);
  const addresses = ips.flatMap((ip) => canonicalAddress(ip) ?? []);
  const [place] = addresses.flatMap((address) => placeOf(address) ?? []);
  const named = (metadata.annotations?.['ovn.kubernetes.io/security_groups'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const groups = groupsInEffect(named, place?.hasDefaultGroup === true);
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
        ...(place === undefined ? {} : { subnet: place.subnet }),
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
