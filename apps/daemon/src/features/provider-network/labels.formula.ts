/**
 * How the node's physical networks fare, said on its Node: labels `<network>.provider-network.kubernetes.io/ready`, `interface`, `mtu`,
 * `exclude`, and annotation `err_mesg`.
 *
 * @source Kube-OVN
 */
import { type Node, providerNetworkError, providerNetworkNodeLabels, providerNetworksOf } from '@kube-ovn/api';
import type { NetworkPlan } from './provider-network.formula.ts';

/** How one network fares. */
export interface NetworkState {
  readonly nic: string;
  readonly mtuBytes: number;
  /** Why it is not ready; undefined when it is. */
  readonly reason: string | undefined;
}

type Texts = Readonly<Record<string, string | null>>;

/** Labels and annotations; null: not there. What is said of networks that are gone is withdrawn. */
export function networkLabels(
  plan: NetworkPlan,
  states: ReadonlyMap<string, NetworkState>,
  { metadata }: Node,
): { readonly labels: Texts; readonly annotations: Texts } {
  const told = providerNetworksOf([...Object.keys(metadata.labels ?? {}), ...Object.keys(metadata.annotations ?? {})]);
  const names = new Set([...told, ...plan.wanted.map(({ name }) => name), ...plan.refused.keys(), ...plan.excluded, ...states.keys()]);
  const labels: Record<string, string | null> = {};
  const annotations: Record<string, string | null> = {};
  for (const name of names) {
    const keys = providerNetworkNodeLabels(name);
    const state = states.get(name);
    const isWanted = plan.wanted.some((network) => network.name === name);
    const isReady = isWanted && state !== undefined && state.reason === undefined;
    labels[keys.ready] = isReady ? 'true' : null;
    labels[keys.interface] = isReady ? state.nic : null;
    labels[keys.mtu] = isReady ? String(state.mtuBytes) : null;
    labels[keys.exclude] = plan.excluded.includes(name) ? 'true' : null;
    annotations[providerNetworkError(name)] = plan.refused.get(name) ?? state?.reason ?? null;
  }
  return { labels, annotations };
}
