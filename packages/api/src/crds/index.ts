/** Every custom resource that we define. A new kind adds a file and a line here. */
import type { CustomResourceDefinition } from '../schema/custom-resource.ts';
import { bgpConf, evpnConf } from './bgp.ts';
import { bgpPeer } from './bgp-peer.ts';
import { bgpSpeaker } from './bgp-speaker.ts';
import { dnsNameResolver } from './dns-name-resolver.ts';
import { ipPool } from './ip-pool.ts';
import { ip } from './ip.ts';
import { iptablesDnat, iptablesEip, iptablesFip, iptablesSnat } from './iptables-nat.ts';
import { routerLbRule, switchLbRule } from './lb-rules.ts';
import { mirror } from './mirror.ts';
import { adminNetworkPolicy, baselineAdminNetworkPolicy, clusterNetworkPolicy } from './network-policy-api.ts';
import { ovnDnatRule, ovnEip, ovnFip, ovnSnatRule } from './ovn-nat.ts';
import { providerNetwork } from './provider-network.ts';
import { qosPolicy } from './qos-policy.ts';
import { securityGroup } from './security-group.ts';
import { subnet } from './subnet.ts';
import { vip } from './vip.ts';
import { vlan } from './vlan.ts';
import { vpcDns } from './vpc-dns.ts';
import { vpcEgressGateway } from './vpc-egress-gateway.ts';
import { vpcNatGateway } from './vpc-nat-gateway.ts';
import { vpc } from './vpc.ts';

export const customResources = {
  subnet,
  vpc,
  ip,
  ipPool,
  vip,
  vlan,
  providerNetwork,
  securityGroup,
  vpcNatGateway,
  iptablesEip,
  iptablesFip,
  iptablesDnat,
  iptablesSnat,
  ovnEip,
  ovnFip,
  ovnSnatRule,
  ovnDnatRule,
  qosPolicy,
  switchLbRule,
  routerLbRule,
  vpcDns,
  vpcEgressGateway,
  bgpConf,
  evpnConf,
  dnsNameResolver,
  bgpPeer,
  bgpSpeaker,
  mirror,
};

/** The definitions, as plain JSON, in the order in which they may be applied. */
export const crds: readonly CustomResourceDefinition[] = Object.values(customResources).map(({ crd }) => crd);

/** Kinds of Kubernetes' network policy API, which a cluster need not have. */
export const networkPolicyApi = { adminNetworkPolicy, baselineAdminNetworkPolicy, clusterNetworkPolicy };

export const networkPolicyApiCrds: readonly CustomResourceDefinition[] = Object.values(networkPolicyApi).map(({ crd }) => crd);
