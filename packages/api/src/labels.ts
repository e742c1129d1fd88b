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

/** Labels of nodes. */
export const nodeLabels = {
  externalGateway: 'ovn.kubernetes.io/external-gw',
  interconnectionGateway: 'ovn.kubernetes.io/ic-gw',
  datapathType: 'ovn.kubernetes.io/ovs_dp_type',
} as const;

/** Labels that say how a provider network fares on a node. */
export function providerNetworkNodeLabels(providerNetwork: string): {
  readonly ready: string;
  readonly interface: string;
  readonly mtu: string;
  readonly exclude: string;
  readonly vlanInterfaces: string;
} {
  const prefix = `${providerNetwork}.provider-network.kubernetes.io`;
  return {
    ready: `${prefix}/ready`,
    interface: `${prefix}/interface`,
    mtu: `${prefix}/mtu`,
    exclude: `${prefix}/exclude`,
    vlanInterfaces: `${prefix}/vlan_interfaces`,
  };
}
