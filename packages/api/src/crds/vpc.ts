/**
 * Vpc: a logical router with its subnets, apart from those of other Vpcs.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { choice, fields, flag, integer, labelSelector, list, optional, text, texts } from '../schema/fields.ts';

const staticRoute = fields({
  policy: choice('Whether the source or the destination address chooses the route. Default: policyDst.', ['policySrc', 'policyDst', '']),
  cidr: text('Address or block that chooses the route.'),
  nextHopIP: text('Address of the next hop.'),
  ecmpMode: choice('Send answers back the way that the request came.', ['', 'ecmp_symmetric_reply']),
  bfdId: text('BFD session that guards the route.'),
  routeTable: text('Route table. Default: the main one.'),
});

const policyRoute = fields({
  priority: integer('Larger wins.', { minimum: 0, maximum: 32_767 }),
  match: text('OVN match expression.'),
  action: choice('What happens to matching packets.', ['allow', 'drop', 'reroute']),
  nextHopIP: text('Next hops of reroute, separated by commas.'),
});

const spec = fields({
  namespaces: texts('Namespaces that may use this Vpc.'),
  defaultSubnet: text('Subnet that comes first for those namespaces.'),
  staticRoutes: list('Routes of the logical router.', staticRoute),
  policyRoutes: list('Policies of the logical router, ahead of its routes.', policyRoute),
  vpcPeerings: list(
    'Links to other Vpcs.',
    fields({ remoteVpc: text('Vpc at the other end.'), localConnectIP: text('Address of this end, with its prefix length.') }),
  ),
  enableExternal: flag('Join the router to the external subnet. Default: false.'),
  extraExternalSubnets: texts('Further external subnets to join.'),
  enableBfd: flag('Watch external next hops by BFD. Default: false.'),
  bfdPort: optional(
    fields({
      enabled: flag('Default: false.', { default: false }),
      ip: text('Address of the port, one of each family.'),
      nodeSelector: optional(labelSelector('Nodes that may hold the port. Default: any three.')),
    }),
  ),
});

const status = fields({
  conditions: conditionList,
  default: flag('True for the Vpc of the cluster.'),
  standby: flag('True when the router is there.'),
  router: text('Name of the logical router.'),
  defaultLogicalSwitch: text('Subnet of workloads that name none.'),
  subnets: texts('Subnets of this Vpc.'),
  vpcPeerings: texts('Vpcs that links lead to.'),
  enableExternal: flag('Whether the router is joined to the external subnet.'),
  enableBfd: flag('Whether external next hops are watched.'),
  extraExternalSubnets: texts('Further external subnets that are joined.'),
  tcpLoadBalancer: text('Load balancer of TCP services.'),
  tcpSessionLoadBalancer: text('Load balancer of TCP services with session affinity.'),
  udpLoadBalancer: text('Load balancer of UDP services.'),
  udpSessionLoadBalancer: text('Load balancer of UDP services with session affinity.'),
  sctpLoadBalancer: text('Load balancer of SCTP services.'),
  sctpSessionLoadBalancer: text('Load balancer of SCTP services with session affinity.'),
  bfdPort: optional(fields({ name: text('Name of the port.'), ip: text('Its address.'), nodes: texts('Nodes that may hold it.') })),
});

export type VpcSpec = Shape<typeof spec>;
export type VpcStatus = Shape<typeof status>;
export type Vpc = CustomObject<VpcSpec, VpcStatus>;

export const vpc: CustomResource<Vpc> = customResource({
  kind: 'Vpc',
  plural: 'vpcs',
  singular: 'vpc',
  shortNames: ['vpc'],
  description: 'A logical router with its subnets, apart from those of other Vpcs.',
  spec,
  status,
  columns: [
    { name: 'EnableExternal', type: 'boolean', jsonPath: '.status.enableExternal' },
    { name: 'EnableBfd', type: 'boolean', jsonPath: '.status.enableBfd' },
    { name: 'Standby', type: 'boolean', jsonPath: '.status.standby' },
    { name: 'Subnets', type: 'string', jsonPath: '.status.subnets' },
    { name: 'ExtraExternalSubnets', type: 'string', jsonPath: '.status.extraExternalSubnets' },
    { name: 'Namespaces', type: 'string', jsonPath: '.spec.namespaces' },
    { name: 'DefaultSubnet', type: 'string', jsonPath: '.status.defaultLogicalSwitch' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
