/**
 * Label keys.
 *
 * @source Kube-OVN, label constants
 */

/** Labels of `IP` objects. */
export const ipLabels = {
  subnet: 'ovn.kubernetes.io/subnet',
  nodeName: 'ovn.kubernetes.io/node-name',
  /** `"true"`: the address stays when the workload goes. */
  reserved: 'ovn.kubernetes.io/ip_reserved',
} as const;

/** Label of objects that the controller makes for others, and takes away when nothing asks for them. An addition to Kube-OVN's API. */
export const madeByUs = { key: 'ovn.kubernetes.io/made-by', value: 'kube-ovn-controller' } as const;

/** The same for EndpointSlices, which get all labels of their Service from the cluster's own controller. @source discovery.k8s.io/v1 */
export const sliceMadeByUs = { key: 'endpointslice.kubernetes.io/managed-by', value: madeByUs.value } as const;

/** Labels of nodes. */
export const nodeLabels = {
  externalGateway: 'ovn.kubernetes.io/external-gw',
  interconnectionGateway: 'ovn.kubernetes.io/ic-gw',
  datapathType: 'ovn.kubernetes.io/ovs_dp_type',
  /** `"true"`: Open vSwitch of the node has DPDK, so that pods there can have interfaces over vhost-user. An addition to Kube-OVN's API. */
  dpdk: 'ovn.kubernetes.io/dpdk',
  /** @source Kubernetes, well-known labels */
  zone: 'topology.kubernetes.io/zone',
} as const;

const PROVIDER_NETWORK = '.provider-network.kubernetes.io';

/** Labels that say how a provider network fares on a node. */
export function providerNetworkNodeLabels(providerNetwork: string): {
  readonly ready: string;
  readonly interface: string;
  readonly mtu: string;
  readonly exclude: string;
  readonly vlanInterfaces: string;
} {
  const prefix = providerNetwork + PROVIDER_NETWORK;
  return {
    ready: `${prefix}/ready`,
    interface: `${prefix}/interface`,
    mtu: `${prefix}/mtu`,
    exclude: `${prefix}/exclude`,
    vlanInterfaces: `${prefix}/vlan_interfaces`,
  };
}

/** Annotation that says why a provider network is not ready on a node. Kube-OVN has it on the daemon's Pod; a daemon need not be a Pod. */
export function providerNetworkError(providerNetwork: string): string {
  return `${providerNetwork}${PROVIDER_NETWORK}/err_mesg`;
}

/** The provider networks that labels or annotations speak of. */
export function providerNetworksOf(keys: Iterable<string>): readonly string[] {
  const names = [...keys].flatMap((key) => {
    const [prefix = ''] = key.split('/');
    return prefix.endsWith(PROVIDER_NETWORK) ? [prefix.slice(0, -PROVIDER_NETWORK.length)] : [];
  });
  return [...new Set(names)].toSorted();
}

/** Labels of `OvnEip` objects. */
export const eipLabels = {
  subnet: 'ovn.kubernetes.io/subnet',
  type: 'ovn.kubernetes.io/ovn_eip_type',
  v4: 'ovn.kubernetes.io/eip_v4_ip',
  v6: 'ovn.kubernetes.io/eip_v6_ip',
} as const;
