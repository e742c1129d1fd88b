/**
 * VpcNatGateway: a workload at the edge of a Vpc that translates addresses.
 */
import { gatewayWorkload, natBgpSpeaker, tolerations, affinity, bfdTimers } from './gateway-fields.ts';
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { fields, flag, integer, list, text, textMap, texts } from '../schema/fields.ts';

const spec = fields({
  vpc: text('Vpc that the gateway serves; can not be changed.'),
  subnet: text('Subnet of its inner interface; can not be changed.'),
  lanIp: text('Address of its inner interface, for a single replica; can not be changed.'),
  externalSubnets: texts('Subnets of its outer interfaces.'),
  selector: texts('Labels `key: value` of nodes that it may run on.'),
  tolerations,
  affinity,
  qosPolicy: text('QoSPolicy of the gateway.'),
  namespace: text('Namespace of its workload. Default: that of the controller.'),
  noDefaultEIP: flag('Give it no external address of its own. Default: false.'),
  routes: list('Further routes.', fields({ cidr: text('Destination.'), nextHopIP: text('Next hop.') })),
  annotations: textMap('Annotations of its pods.'),
  replicas: integer('Pods. More than one run side by side on different nodes.', { default: 1, minimum: 1, format: 'int32' }),
  internalSubnets: texts('Subnets whose default route leads to the gateway, with more than one replica.'),
  internalCIDRs: texts('Blocks whose default route leads to the gateway, with more than one replica.'),
  bfd: bfdTimers,
  bgpSpeaker: natBgpSpeaker,
});

const status = fields({
  conditions: conditionList,
  ready: flag('True when all replicas are ready.'),
  replicas: integer('Pods that there are.', { format: 'int32' }),
  lanIp: text('Address of the inner interface.'),
  qosPolicy: text('QoSPolicy as applied.'),
  externalSubnets: texts('Outer subnets as applied.'),
  selector: texts('Selector as applied.'),
  tolerations,
  affinity,
  internalSubnets: texts('Inner subnets as applied.'),
  internalCIDRs: texts('Inner blocks as applied.'),
  workload: gatewayWorkload,
});

export type VpcNatGatewaySpec = Shape<typeof spec>;
export type VpcNatGatewayStatus = Shape<typeof status>;
export type VpcNatGateway = CustomObject<VpcNatGatewaySpec, VpcNatGatewayStatus>;

export const vpcNatGateway: CustomResource<VpcNatGateway> = customResource({
  kind: 'VpcNatGateway',
  plural: 'vpc-nat-gateways',
  singular: 'vpc-nat-gateway',
  shortNames: ['vpc-nat-gw'],
  description: 'A workload at the edge of a Vpc that translates addresses.',
  spec,
  status,
  columns: [
    { name: 'Namespace', type: 'string', jsonPath: '.spec.namespace' },
    { name: 'Vpc', type: 'string', jsonPath: '.spec.vpc' },
    { name: 'Subnet', type: 'string', jsonPath: '.spec.subnet' },
    { name: 'IPs', type: 'string', jsonPath: '.status.lanIp' },
    { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
    { name: 'Ready', type: 'boolean', jsonPath: '.status.ready' },
    { name: 'BFD', type: 'boolean', jsonPath: '.spec.bfd.enabled' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
