/**
 * Where each kind that we read or write lives in the API.
 *
 * The places of our own kinds are written out, so that a program which reads a Subnet does not build the schemas of all kinds;
 * a test holds them against the definitions.
 */
import type { customResources, networkPolicyApi } from '../crds/index.ts';
import type { CustomResource, CustomResourceDefinition } from '../schema/custom-resource.ts';
import type { ValidatingWebhookConfiguration } from './admission.ts';
import type { Event, Lease } from './coordination.ts';
import type { VirtualMachine, VirtualMachineInstance } from './kubevirt.ts';
import type { KubeObject, Resource } from './meta.ts';
import type { EndpointSlice, Endpoints, NetworkAttachmentDefinition, NetworkPolicy, Service } from './network.ts';
import type { ConfigMap, Namespace, Node, Pod, Secret, ServiceAccount, StatefulSet, Workload } from './workload.ts';

const namespaced = <T extends KubeObject>(apiVersion: string, kind: string, plural: string): Resource<T> => ({
  apiVersion,
  kind,
  plural,
  namespaced: true,
});
const cluster = <T>(apiVersion: string, kind: string, plural: string): Resource<T> => ({ apiVersion, kind, plural, namespaced: false });

type Resources<T> = { readonly [K in keyof T]: T[K] extends CustomResource<infer O> ? Resource<O> : never };

const ours: Resources<typeof customResources> = {
  subnet: cluster('kubeovn.io/v1', 'Subnet', 'subnets'),
  vpc: cluster('kubeovn.io/v1', 'Vpc', 'vpcs'),
  ip: cluster('kubeovn.io/v1', 'IP', 'ips'),
  ipPool: cluster('kubeovn.io/v1', 'IPPool', 'ippools'),
  vip: cluster('kubeovn.io/v1', 'Vip', 'vips'),
  vlan: cluster('kubeovn.io/v1', 'Vlan', 'vlans'),
  providerNetwork: cluster('kubeovn.io/v1', 'ProviderNetwork', 'provider-networks'),
  securityGroup: cluster('kubeovn.io/v1', 'SecurityGroup', 'security-groups'),
  vpcNatGateway: cluster('kubeovn.io/v1', 'VpcNatGateway', 'vpc-nat-gateways'),
  iptablesEip: cluster('kubeovn.io/v1', 'IptablesEIP', 'iptables-eips'),
  iptablesFip: cluster('kubeovn.io/v1', 'IptablesFIPRule', 'iptables-fip-rules'),
  iptablesDnat: cluster('kubeovn.io/v1', 'IptablesDnatRule', 'iptables-dnat-rules'),
  iptablesSnat: cluster('kubeovn.io/v1', 'IptablesSnatRule', 'iptables-snat-rules'),
  ovnEip: cluster('kubeovn.io/v1', 'OvnEip', 'ovn-eips'),
  ovnFip: cluster('kubeovn.io/v1', 'OvnFip', 'ovn-fips'),
  ovnSnatRule: cluster('kubeovn.io/v1', 'OvnSnatRule', 'ovn-snat-rules'),
  ovnDnatRule: cluster('kubeovn.io/v1', 'OvnDnatRule', 'ovn-dnat-rules'),
  qosPolicy: cluster('kubeovn.io/v1', 'QoSPolicy', 'qos-policies'),
  switchLbRule: cluster('kubeovn.io/v1', 'SwitchLBRule', 'switch-lb-rules'),
  routerLbRule: cluster('kubeovn.io/v1', 'RouterLBRule', 'router-lb-rules'),
  vpcDns: cluster('kubeovn.io/v1', 'VpcDns', 'vpc-dnses'),
  vpcEgressGateway: namespaced('kubeovn.io/v1', 'VpcEgressGateway', 'vpc-egress-gateways'),
  bgpConf: cluster('kubeovn.io/v1', 'BgpConf', 'bgp-confs'),
  evpnConf: cluster('kubeovn.io/v1', 'EvpnConf', 'evpn-confs'),
  dnsNameResolver: cluster('kubeovn.io/v1', 'DNSNameResolver', 'dnsnameresolvers'),
  bgpPeer: cluster('kubeovn.io/v1', 'BgpPeer', 'bgp-peers'),
  bgpSpeaker: cluster('kubeovn.io/v1', 'BgpSpeaker', 'bgp-speakers'),
  mirror: cluster('kubeovn.io/v1', 'Mirror', 'mirrors'),
};

const policies: Resources<typeof networkPolicyApi> = {
  adminNetworkPolicy: cluster('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', 'adminnetworkpolicies'),
  baselineAdminNetworkPolicy: cluster('policy.networking.k8s.io/v1alpha1', 'BaselineAdminNetworkPolicy', 'baselineadminnetworkpolicies'),
  clusterNetworkPolicy: cluster('policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', 'clusternetworkpolicies'),
};

/** Custom resources of ours and the builtin ones that we use. */
export const resources = {
  ...ours,
  ...policies,
  pod: namespaced<Pod>('v1', 'Pod', 'pods'),
  namespace: cluster<Namespace>('v1', 'Namespace', 'namespaces'),
  node: cluster<Node>('v1', 'Node', 'nodes'),
  service: namespaced<Service>('v1', 'Service', 'services'),
  endpoints: namespaced<Endpoints>('v1', 'Endpoints', 'endpoints'),
  configMap: namespaced<ConfigMap>('v1', 'ConfigMap', 'configmaps'),
  secret: namespaced<Secret>('v1', 'Secret', 'secrets'),
  serviceAccount: namespaced<ServiceAccount>('v1', 'ServiceAccount', 'serviceaccounts'),
  event: namespaced<Event>('v1', 'Event', 'events'),
  endpointSlice: namespaced<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  networkPolicy: namespaced<NetworkPolicy>('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  lease: namespaced<Lease>('coordination.k8s.io/v1', 'Lease', 'leases'),
  deployment: namespaced<Workload>('apps/v1', 'Deployment', 'deployments'),
  replicaSet: namespaced<Workload>('apps/v1', 'ReplicaSet', 'replicasets'),
  daemonSet: namespaced<Workload>('apps/v1', 'DaemonSet', 'daemonsets'),
  statefulSet: namespaced<StatefulSet>('apps/v1', 'StatefulSet', 'statefulsets'),
  customResourceDefinition: cluster<CustomResourceDefinition>(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
  ),
  validatingWebhookConfiguration: cluster<ValidatingWebhookConfiguration>(
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
  ),
  networkAttachmentDefinition: namespaced<NetworkAttachmentDefinition>(
    'k8s.cni.cncf.io/v1',
    'NetworkAttachmentDefinition',
    'network-attachment-definitions',
  ),
  virtualMachine: namespaced<VirtualMachine>('kubevirt.io/v1', 'VirtualMachine', 'virtualmachines'),
  virtualMachineInstance: namespaced<VirtualMachineInstance>('kubevirt.io/v1', 'VirtualMachineInstance', 'virtualmachineinstances'),
};
