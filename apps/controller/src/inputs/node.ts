/** Node → NodeInput. */
import { type Node, nodeAnnotations, providerNetworkError, providerNetworksOf } from '@kube-ovn/api';
import { type Family, formatAddress, readAddress } from '@kube-ovn/ipam';

export interface NodeInput {
  readonly name: string;
  readonly uid: string;
  /** Its name in OVN, once its daemon has said it. */
  readonly chassis: string | undefined;
  /** Cordoned: it is being emptied. */
  readonly isCordoned: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Why provider networks are not ready there, by their names. */
  readonly networkErrors: Readonly<Record<string, string>>;
  /** Canonical internal addresses; an address that can not be parsed is left out. */
  readonly internalIps: readonly { readonly family: Family; readonly address: string }[];
}

/** Read one Node. @source core/v1 Node.status.addresses (InternalIP) */
export function readNode(node: Node): NodeInput {
  const addresses = (node.status?.addresses ?? []).filter((address) => address.type === 'InternalIP');
  const chassis = nodeAnnotations.chassis.read(node);
  return {
    name: node.metadata.name,
    uid: node.metadata.uid ?? '',
    chassis: chassis.ok ? chassis.value : undefined,
    isCordoned: node.spec?.unschedulable === true,
    labels: node.metadata.labels ?? {},
    networkErrors: networkErrors(node.metadata.annotations ?? {}),
    internalIps: addresses.flatMap(({ address }) => {
      const parsed = readAddress(address);
      return parsed === undefined ? [] : [{ family: parsed.family, address: formatAddress(parsed) }];
    }),
  };
}

function networkErrors(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const told = providerNetworksOf(Object.keys(annotations)).map((name) => [name, annotations[providerNetworkError(name)]] as const);
  return Object.fromEntries(told.flatMap(([name, reason]) => (reason === undefined ? [] : [[name, reason]])));
}
