/** The features of the controller: the only place that names them all. Adding one adds a line. */
import { centralGatewayFeature } from './central-gateway/feature.ts';
import { connectionTrackingFeature } from './connection-tracking/feature.ts';
import { externalGatewayFeature } from './external-gateway/feature.ts';
import type { Feature } from './feature.ts';
import { gatewayFeature } from './gateway/feature.ts';
import { interconnectionFeature } from './interconnection/feature.ts';
import { ipPoolFeature } from './ip-pool/feature.ts';
import { loadBalancerFeature } from './load-balancer/feature.ts';
import { mirrorFeature } from './mirror/feature.ts';
import { namespaceFeature } from './namespace/feature.ts';
import { networkPolicyFeature } from './network-policy/feature.ts';
import { nodeFeature } from './node/feature.ts';
import { ovnNatFeature } from './ovn-nat/feature.ts';
import { podAddressFeature } from './pod-address/feature.ts';
import { podFeature } from './pod/feature.ts';
import { qosFeature } from './qos/feature.ts';
import { reservationFeature } from './reservation/feature.ts';
import { serviceFeature } from './service/feature.ts';
import { subnetAclFeature } from './subnet-acl/feature.ts';
import { subnetFeature } from './subnet/feature.ts';
import { switchLbRuleFeature } from './switch-lb-rule/feature.ts';
import { underlayFeature } from './underlay/feature.ts';
import { vipFeature } from './vip/feature.ts';
import { virtualMachineFeature } from './virtual-machine/feature.ts';
import { vpcFeature } from './vpc/feature.ts';

export const features: readonly Feature[] = [
  vpcFeature,
  subnetFeature,
  underlayFeature,
  interconnectionFeature,
  subnetAclFeature,
  connectionTrackingFeature,
  nodeFeature,
  gatewayFeature,
  centralGatewayFeature,
  namespaceFeature,
  ipPoolFeature,
  vipFeature,
  reservationFeature,
  podFeature,
  qosFeature,
  mirrorFeature,
  virtualMachineFeature,
  networkPolicyFeature,
  serviceFeature,
  switchLbRuleFeature,
  loadBalancerFeature,
  ovnNatFeature,
  externalGatewayFeature,
  podAddressFeature,
];
