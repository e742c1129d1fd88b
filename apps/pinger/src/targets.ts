/** What is to be reached: pure. */
import { isIP } from 'node:net';
import type { Node, Pod } from '@kube-ovn/api';

/** Label of the pods that answer. */
export const APP_LABEL = 'kube-ovn-pinger';

/** An address to ping, and the labels that its metrics bear. */
export interface Target {
  readonly kind: 'node' | 'pod' | 'external';
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface TargetInputs {
  readonly nodeName: string;
  /** Of the pod that pings. */
  readonly podAddresses: readonly string[];
  readonly nodes: Iterable<Node>;
  readonly pods: Iterable<Pod>;
  readonly externalAddresses: readonly string[];
}

/**
 * Every address of a family that the pod itself has: without one, nothing of that family can be reached.
 * @source Kube-OVN pkg/pinger/metrics.go, for the labels
 */
export function targetsOf({ nodeName, podAddresses, nodes, pods, externalAddresses }: TargetInputs): readonly Target[] {
  const own = new Map(podAddresses.map((address) => [isIP(address), address]));
  const all = [...nodes];
  const here = all.find(({ metadata }) => metadata.name === nodeName);
  const source = (address: string): Readonly<Record<string, string>> => ({
    src_node_name: nodeName,
    src_node_ip: sameFamily(here === undefined ? [] : internalAddresses(here), address),
    src_pod_ip: own.get(isIP(address)) ?? '',
  });
  const targets: readonly Target[] = [
    ...all.flatMap((node) =>
      internalAddresses(node).map((address): Target => {
        const labels = { ...source(address), target_node_name: node.metadata.name, target_node_ip: address };
        return { kind: 'node', address, labels };
      }),
    ),
    ...[...pods].filter(isThere).flatMap((pod) =>
      (pod.status?.podIPs ?? []).map(({ ip: address }): Target => {
        const hostAddresses = (pod.status?.hostIPs ?? []).map(({ ip }) => ip);
        const labels = {
          ...source(address),
          target_node_name: pod.spec?.nodeName ?? '',
          target_node_ip: sameFamily(hostAddresses, address) || (pod.status?.hostIP ?? ''),
          target_pod_ip: address,
        };
        return { kind: 'pod', address, labels };
      }),
    ),
    ...externalAddresses.map((address): Target => ({ kind: 'external', address, labels: { ...source(address), target_address: address } })),
  ];
  return targets.filter(({ address }) => own.has(isIP(address)));
}

function isThere({ metadata, status }: Pod): boolean {
  return status?.phase === 'Running' && metadata.deletionTimestamp === undefined;
}

function internalAddresses({ status }: Node): readonly string[] {
  return (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address);
}

function sameFamily(addresses: readonly string[], address: string): string {
  return addresses.find((each) => isIP(each) === isIP(address)) ?? '';
}
