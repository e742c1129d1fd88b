/** The API of Kube-OVN: custom resources, annotations, labels, names and the messages of the CNI socket. */
export { acceptedAnnotation, acceptedFields } from './accepted-spec.ts';
export { type AddressRelease, readReleases, releasesAnnotation } from './address-release.ts';
export { asAccepted, inForce, specInForce } from './accepted-subnet.ts';
export type { AddressPair, Codec } from './annotations/codecs.ts';
export { formatAddressPair, parseAddressPair } from './annotations/codecs.ts';
export type { Annotation, AnnotationDefinition, Bound, Writer } from './annotations/define.ts';
export { annotationPrefix, bindAnnotation, bindAnnotations, defineAnnotation } from './annotations/define.ts';
export type { PoolRequest } from './annotations/ip-pool.ts';
export { namespaceAnnotations } from './annotations/namespace.ts';
export { networkPolicyAnnotations } from './annotations/network-policy.ts';
export { readBandwidth, type Bandwidth, type BandwidthSource, type Disturbance, type FindPolicy, type Wanted } from './bandwidth.ts';
export type { NetworkSelection } from './annotations/networks.ts';
export {
  DEFAULT_NETWORK_ANNOTATION,
  NETWORK_STATUS_ANNOTATION,
  NETWORKS_ANNOTATION,
  readAttachedInterfaces,
  readDefaultNetwork,
  readNetworks,
} from './annotations/networks.ts';
export { nodeAnnotations } from './annotations/node.ts';
export { allocatedProviders, controllerKeys, podAnnotations, podAttachmentAnnotations } from './annotations/pod.ts';
export type { RegisteredAnnotation } from './annotations/registry.ts';
export { annotationRegistry } from './annotations/registry.ts';
export type { Route } from './annotations/routes.ts';
export { serviceAnnotations } from './annotations/service.ts';
export { parseCommunity } from './annotations/communities.ts';
export { subnetAnnotations } from './annotations/subnet.ts';
export type { AttachmentConfig } from './attachment-config.ts';
export { readAttachmentConfig } from './attachment-config.ts';
export {
  CNI_TYPE,
  cniErrorCodes,
  cniPaths,
  DEFAULT_CNI_SOCKET,
  isCniDns,
  isCniRoute,
  MAX_CNI_REQUEST_BYTES,
  parseCniRequest,
  type CniAddress,
  type CniAttachment,
  type CniDns,
  type CniErrorBody,
  type CniRequest,
  type CniRequestReading,
  type CniResponse,
  type CniRoute,
  type CniVerb,
} from './cni-socket.ts';
export type { ConditionState } from './conditions.ts';
export { isConditionTrue, withCondition, withoutCondition } from './conditions.ts';
export type { BgpConf, EvpnConf } from './crds/bgp.ts';
export type { BgpPeer, BgpPeerSpec } from './crds/bgp-peer.ts';
export type { BgpSpeaker, BgpSpeakerStatus } from './crds/bgp-speaker.ts';
export type { DNSNameResolver } from './crds/dns-name-resolver.ts';
export type { IPPool, IpPoolSpec, IpPoolStatus } from './crds/ip-pool.ts';
export type { IP, IpSpec } from './crds/ip.ts';
export type { IptablesDnatRule, IptablesEIP, IptablesFIPRule, IptablesSnatRule } from './crds/iptables-nat.ts';
export type { RouterLBRule, SwitchLBRule } from './crds/lb-rules.ts';
export type { Mirror, MirrorSpec, MirrorStatus } from './crds/mirror.ts';
export type { AdminNetworkPolicy, AdminPolicyStatus, BaselineAdminNetworkPolicy, ClusterNetworkPolicy } from './crds/network-policy-api.ts';
export type { OvnDnatRule, OvnEip, OvnFip, OvnSnatRule } from './crds/ovn-nat.ts';
export type { ProviderNetwork, ProviderNetworkSpec, ProviderNetworkStatus } from './crds/provider-network.ts';
export type { QoSPolicy } from './crds/qos-policy.ts';
export type { SecurityGroup, SecurityGroupRule, SecurityGroupSpec, SecurityGroupStatus } from './crds/security-group.ts';
export type { Subnet, SubnetSpec, SubnetStatus } from './crds/subnet.ts';
export type { Vip, VipSpec, VipStatus } from './crds/vip.ts';
export type { Vlan, VlanSpec, VlanStatus } from './crds/vlan.ts';
export type { VpcDns } from './crds/vpc-dns.ts';
export type { VpcEgressGateway, VpcEgressGatewaySpec, VpcEgressGatewayStatus } from './crds/vpc-egress-gateway.ts';
export type { VpcNatGateway, VpcNatGatewaySpec, VpcNatGatewayStatus } from './crds/vpc-nat-gateway.ts';
export type { Vpc, VpcSpec, VpcStatus } from './crds/vpc.ts';
export {
  acceptedVlanTag,
  isMeantFor,
  providerBridge,
  providerInterface,
  providerNetworkObjection,
  vlanSpecInForce,
  type VlanTag,
  vlanTag,
} from './provider-network.ts';
export type { NetworkObjection } from './provider-network.ts';
export {
  eipLabels,
  ipLabels,
  madeByUs,
  nodeLabels,
  providerNetworkError,
  providerNetworkNodeLabels,
  providerNetworksOf,
  sliceMadeByUs,
} from './labels.ts';
export {
  attachmentProvider,
  DEFAULT_PROVIDER,
  DEFAULT_VPC,
  FINALIZER,
  GATEWAY_PORT,
  isOvnProvider,
  multicastQuerierName,
  nodePortName,
  OLD_FINALIZER,
  portName,
  u2oInterconnectionName,
  WEBHOOK_NAME,
} from './names.ts';
export type { AdmissionRule, ValidatingWebhook, ValidatingWebhookConfiguration } from './objects/admission.ts';
export type { Event, Lease, ObjectReference } from './objects/coordination.ts';
export type { MachineNetwork, VirtualMachine, VirtualMachineInstance } from './objects/kubevirt.ts';
export { machineOfPod, MIGRATION_ANNOTATION } from './objects/kubevirt.ts';
export { type EgressGatewayReading, type EgressRoute, readEgressRoute } from './egress-route.ts';
export { type NatRule, type NatRuleReading, readNatRule } from './nat-rule.ts';
export { type GatewayNode, type GatewayNodesReading, readGatewayNodes } from './gateway-nodes.ts';
export type { KubeObject, LabelSelector, ObjectMeta, OwnerReference, Resource } from './objects/meta.ts';
export type {
  Endpoint,
  Endpoints,
  EndpointSlice,
  NetworkAttachmentDefinition,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  Protocol,
  Service,
  ServicePort,
  ServiceSpec,
} from './objects/network.ts';
export { resources } from './objects/resources.ts';
export type {
  ConfigMap,
  Container,
  ContainerPort,
  CoreCondition,
  Namespace,
  Node,
  NodeAddress,
  Pod,
  PodSpec,
  PodStatus,
  PodTemplate,
  Secret,
  ServiceAccount,
  StatefulSet,
  Workload,
} from './objects/workload.ts';
export type { Problem, ProblemCode, Reading } from './problem.ts';
export { describeObject, problem } from './problem.ts';
export type { Condition } from './schema/condition.ts';
export type { CustomObject, CustomResourceDefinition, JsonSchema, PrinterColumn } from './schema/custom-resource.ts';
export { parseJson, printJson, readCounter, sameCounter, toCounter } from './schema/exact-json.ts';
export type { Counter } from './schema/fields.ts';
export type { Backend, BackendQuestion, Viewpoint } from './services/backends.ts';
export { chooseBackends, dependsOnPlace } from './services/backends.ts';
export type { EndpointInput, ServiceAddress, ServiceInput, ServicePortInput, SliceInput, TransportProtocol } from './services/service.ts';
export { readService, readSlice } from './services/service.ts';
export {
  isMirrored,
  readMirror,
  type MirroredInterface,
  type MirrorFilter,
  type MirrorInput,
  type MirrorSink,
  type MirrorTunnel,
} from './mirror.ts';
export { selects } from './selects.ts';
export type { RulePort, SwitchLbRuleInput, SwitchLbRuleReading } from './services/switch-lb-rule.ts';
export { readSwitchLbRule } from './services/switch-lb-rule.ts';
export { readQosPolicy, type PolicyRates, type Rate } from './qos-policy.ts';
