/**
 * VpcEgressGateway: a workload through which chosen traffic leaves a Vpc. The one namespaced kind.
 */
import { bfdTimers, gatewayWorkload, tolerations } from './gateway-fields.ts';
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { choice, fields, flag, integer, labelSelector, list, openObject, optional, required, text, textMap, texts } from '../schema/fields.ts';

const MBIT = { minimum: 0, format: 'int64' } as const;

const conntrack = fields({
  metrics: optional(fields({ enabled: flag('Default: false.') })),
  log: optional(
    fields({
      enabled: flag('Default: false.'),
      events: texts('Events that are logged: start, end.'),
      filters: optional(fields({ include: texts('What is logged.'), exclude: texts('What is not logged.') })),
      rateLimit: optional(
        fields({
          recordsPerSecond: integer('Records in a second.', { minimum: 1, maximum: 100_000 }),
          burst: integer('Records at once.', { minimum: 1 }),
        }),
      ),
    }),
  ),
});

const observability = fields({
  interfaceMetrics: optional(fields({ enabled: flag('Default: false.') })),
  conntrack: optional(conntrack),
  resources: openObject('Resources of the observer, as in a container.'),
  serviceMonitor: optional(fields({ labels: textMap('Labels.'), annotations: textMap('Annotations.') })),
});

const spec = fields({
  vpc: text('Vpc that the gateway serves. Default: that of the cluster.'),
  replicas: integer('Pods.', { default: 1, minimum: 0, maximum: 10, format: 'int32' }),
  prefix: text('Prefix of the name of its workload; can not be changed.'),
  image: text('Image of its pods.'),
  internalSubnet: text('Subnet of its inner interface. Default: that of the Vpc.'),
  externalSubnet: required.text('Subnet of its outer interface.'),
  internalIPs: texts('Addresses of the inner interfaces, at least as many as replicas.'),
  externalIPs: texts('Addresses of the outer interfaces, at least as many as replicas.'),
  internalIPPool: text('IPPool of the inner interfaces, instead of internalIPs.'),
  externalIPPool: text('IPPool of the outer interfaces, instead of externalIPs.'),
  policies: list(
    'Traffic that leaves here, by source.',
    fields({ snat: flag('Translate the source address.', { default: false }), ipBlocks: texts('Source blocks.'), subnets: texts('Source subnets.') }),
  ),
  selectors: list(
    'Traffic that leaves here, by workload.',
    fields({ namespaceSelector: optional(labelSelector('Labels of the namespace.')), podSelector: optional(labelSelector('Labels of the pod.')) }),
  ),
  bfd: bfdTimers,
  trafficPolicy: choice('Local: prefer a gateway on the node of the workload.', ['Cluster', 'Local'], { default: 'Cluster' }),
  nodeSelector: list('Nodes that it may run on.', labelSelector('Labels of a node.')),
  tolerations,
  podAntiAffinity: choice('Whether two pods may run on one node.', ['Required', 'Preferred'], { default: 'Required' }),
  resources: openObject('Resources of the gateway, as in a container.'),
  bandwidth: optional(fields({ ingress: integer('Mbit/s towards the gateway.', MBIT), egress: integer('Mbit/s from it.', MBIT) })),
  bgpConf: text('BgpConf of a speaker beside the gateway.'),
  evpnConf: text('EvpnConf of a speaker beside the gateway.'),
  observability: optional(observability),
});

const status = fields({
  conditions: conditionList,
  phase: choice('How far it is.', ['Pending', 'Processing', 'Completed'], { default: 'Pending' }),
  ready: flag('True when all replicas are ready.', { default: false }),
  replicas: integer('Pods that there are.', { format: 'int32' }),
  labelSelector: text('Selector of its pods, for scaling.'),
  internalIPs: texts('Addresses of the inner interfaces.'),
  externalIPs: texts('Addresses of the outer interfaces.'),
  workload: gatewayWorkload,
});

export type VpcEgressGatewaySpec = Shape<typeof spec>;
export type VpcEgressGatewayStatus = Shape<typeof status>;
export type VpcEgressGateway = CustomObject<VpcEgressGatewaySpec, VpcEgressGatewayStatus>;

export const vpcEgressGateway: CustomResource<VpcEgressGateway> = customResource({
  kind: 'VpcEgressGateway',
  plural: 'vpc-egress-gateways',
  singular: 'vpc-egress-gateway',
  shortNames: ['vpc-egress-gw', 'veg'],
  namespaced: true,
  description: 'A workload through which chosen traffic leaves a Vpc.',
  spec,
  status,
  scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.labelSelector' },
  columns: [
    { name: 'Vpc', type: 'string', jsonPath: '.spec.vpc' },
    { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
    { name: 'bfd', type: 'boolean', jsonPath: '.spec.bfd.enabled' },
    { name: 'External Subnet', type: 'string', jsonPath: '.spec.externalSubnet' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Ready', type: 'boolean', jsonPath: '.status.ready' },
    { name: 'Internal IPs', type: 'string', jsonPath: '.status.internalIPs', priority: 1 },
    { name: 'External IPs', type: 'string', jsonPath: '.status.externalIPs', priority: 1 },
    { name: 'Working Nodes', type: 'string', jsonPath: '.status.workload.nodes', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
