/** The objects that must exist for the rest to have a place: the default Vpc, the join Subnet, the default Subnet. Pure. */
import type { Subnet, Vpc } from '@kube-ovn/api';
import type { Config, SystemSubnet } from '../config/config.ts';

/** Created when absent; never overwritten: what users changed stays. @source Kube-OVN, InitOVN */
export function defaultObjects(config: Config): { readonly vpc: Vpc; readonly subnets: readonly Subnet[] } {
  return {
    vpc: { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: config.clusterRouter }, spec: {} },
    subnets: [
      systemSubnet(config, config.joinSubnet, { disableInterConnection: true, natOutgoing: false }),
      systemSubnet(config, config.defaultSubnet, { default: true, natOutgoing: true }),
    ],
  };
}

function systemSubnet(config: Config, subnet: SystemSubnet, more: Subnet['spec']): Subnet {
  return {
    apiVersion: 'kubeovn.io/v1',
    kind: 'Subnet',
    metadata: { name: subnet.name },
    spec: {
      vpc: config.clusterRouter,
      provider: 'ovn',
      cidrBlock: subnet.cidr,
      ...(subnet.gateway === '' ? {} : { gateway: subnet.gateway }),
      ...(subnet.excludeIps.length === 0 ? {} : { excludeIps: subnet.excludeIps }),
      gatewayType: 'distributed',
      ...more,
    },
  };
}
