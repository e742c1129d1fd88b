/** ProviderNetwork → ProviderNetworkInput, and which nodes it is for. */
import {
  isMeantFor,
  type LabelSelector,
  type Problem,
  type ProviderNetwork,
  providerNetworkNodeLabels,
  providerNetworkObjection,
} from '@kube-ovn/api';
import type { NodeInput } from './node.ts';
import { problem } from './problem.ts';

export interface ProviderNetworkInput {
  readonly name: string;
  readonly excludeNodes: readonly string[];
  readonly nodeSelector: LabelSelector | undefined;
  readonly isTerminating: boolean;
  readonly problems: readonly Problem[];
}

/** @source Kube-OVN ProviderNetwork.spec */
export function readProviderNetwork(network: ProviderNetwork): ProviderNetworkInput {
  const { metadata, spec } = network;
  const objection = providerNetworkObjection(network);
  const object = `ProviderNetwork ${metadata.name}`;
  return {
    name: metadata.name,
    excludeNodes: spec.excludeNodes ?? [],
    nodeSelector: spec.nodeSelector,
    isTerminating: metadata.deletionTimestamp !== undefined,
    problems: objection === undefined ? [] : [problem('PROVIDER_NETWORK_BAD_FIELD', { object, ...objection })],
  };
}

/** How it fares on the nodes that it is for, each in order of their names. */
export interface Spread {
  readonly ready: readonly string[];
  readonly notReady: readonly string[];
  /** What those that are not ready say of it, by node. */
  readonly reasons: ReadonlyMap<string, string>;
}

/** @source Kube-OVN: nodes say by a label that they are ready */
export function spreadOf(network: ProviderNetworkInput, nodes: readonly NodeInput[]): Spread {
  const label = providerNetworkNodeLabels(network.name).ready;
  const meant = nodes.filter((node) => isMeantFor(network, node));
  const some = (isReady: boolean): readonly NodeInput[] =>
    meant.filter(({ labels }) => (labels[label] === 'true') === isReady).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const [ready, notReady] = [some(true), some(false)];
  return {
    ready: ready.map(({ name }) => name),
    notReady: notReady.map(({ name }) => name),
    reasons: new Map(notReady.map(({ name, networkErrors }) => [name, networkErrors[network.name] ?? 'no bridge yet'])),
  };
}
