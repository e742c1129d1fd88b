/** ProviderNetwork → ProviderNetworkInput, and which nodes it is for. */
import { type LabelSelector, type Problem, type ProviderNetwork, providerNetworkNodeLabels, selects } from '@kube-ovn/api';
import type { NodeInput } from './node.ts';
import { problem } from './problem.ts';

export interface ProviderNetworkInput {
  readonly name: string;
  readonly excludeNodes: readonly string[];
  readonly nodeSelector: LabelSelector | undefined;
  readonly isTerminating: boolean;
  readonly problems: readonly Problem[];
}

/** `br-<name>` must be the name of a link. @source linux/if.h IFNAMSIZ: 15 characters */
const MAX_NAME = 12;

/** @source Kube-OVN ProviderNetwork.spec */
export function readProviderNetwork({ metadata, spec }: ProviderNetwork): ProviderNetworkInput {
  const { name, deletionTimestamp } = metadata;
  const isLong = name.length > MAX_NAME;
  const long = (): Problem =>
    problem('PROVIDER_NETWORK_BAD_FIELD', {
      object: `ProviderNetwork ${name}`,
      field: 'metadata.name',
      value: name,
      what: `is longer than ${MAX_NAME} characters, and its bridge br-${name} could not be made`,
      hint: 'give it a shorter name',
    });
  return {
    name,
    excludeNodes: spec.excludeNodes ?? [],
    nodeSelector: spec.nodeSelector,
    isTerminating: deletionTimestamp !== undefined,
    problems: isLong ? [long()] : [],
  };
}

/** How it fares on the nodes that it is for, each in order of their names. */
export interface Spread {
  readonly ready: readonly string[];
  readonly notReady: readonly string[];
}

/** @source Kube-OVN: nodes say by a label that they are ready */
export function spreadOf(network: ProviderNetworkInput, nodes: readonly NodeInput[]): Spread {
  const label = providerNetworkNodeLabels(network.name).ready;
  const meant = nodes.filter(
    ({ name, labels }) =>
      !network.excludeNodes.includes(name) && (network.nodeSelector === undefined || selects(network.nodeSelector, labels)),
  );
  const names = (isReady: boolean): readonly string[] =>
    meant
      .filter(({ labels }) => (labels[label] === 'true') === isReady)
      .map(({ name }) => name)
      .toSorted((a, b) => (a < b ? -1 : 1));
  return { ready: names(true), notReady: names(false) };
}
