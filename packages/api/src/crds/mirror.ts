/**
 * Mirror: copies of the packets of chosen pods go to a place where somebody looks at them. An addition to Kube-OVN's API.
 *
 * It belongs to no namespace: it shows the traffic of others, so it is for those who run the cluster.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { choice, fields, integer, labelSelector, list, mapOf, optional, required, text, textMap } from '../schema/fields.ts';

const filter = fields({
  protocol: choice('Protocol; icmp is that of the family.', ['tcp', 'udp', 'sctp', 'icmp']),
  peer: text('Block of addresses, `10.0.0.0/8` or `fd00::/64`, of the other end.'),
  port: integer('Port of either end; needs a protocol that has ports.', { minimum: 1, maximum: 65_535 }),
});

const sink = fields({
  interface: text('An interface of that name on every node that has such a pod; it is made, and goes with the Mirror.'),
  pod: optional(fields({ namespace: required.text('Namespace of the pod.'), name: required.text('Name of the pod.') })),
  collector: text('Address that copies are sent to in a tunnel.'),
  encapsulation: choice('Tunnel to a pod or a collector. Default: gre.', ['gre', 'erspan']),
  key: integer('Key of GRE, or session of ERSPAN (0 to 1023). Default: none, 0.', { minimum: 0, maximum: 4_294_967_295 }),
});

const spec = fields({
  namespaceSelector: optional(labelSelector('Namespaces of the pods. Default: all.')),
  podSelector: optional(labelSelector('Pods whose packets are copied. Default: all.')),
  provider: text('Provider of the interface that is copied; `ovn` is the first one. Default: all interfaces.'),
  direction: choice('What is copied, as the pod sees it. Default: both.', ['ingress', 'egress', 'both']),
  filters: list('A packet is copied that one of these describes. Default: every packet.', filter),
  sink,
});

const status = fields({
  conditions: conditionList,
  sinkAddress: text('Address of the pod that gets the copies.'),
  nodes: mapOf(
    'What each node copies.',
    fields({
      interfaces: integer('How many interfaces are copied.'),
      pods: textMap('Interfaces that are copied, by `namespace/name` of their pod; the first hundred pods.'),
      problem: text('Why the node does not copy them.'),
    }),
  ),
});

export type MirrorSpec = Shape<typeof spec>;
export type MirrorStatus = Shape<typeof status>;
export type Mirror = CustomObject<MirrorSpec, MirrorStatus>;

export const mirror: CustomResource<Mirror> = customResource({
  kind: 'Mirror',
  plural: 'mirrors',
  singular: 'mirror',
  shortNames: [],
  description: 'Copies of the packets of chosen pods.',
  spec,
  status,
  columns: [
    { name: 'Direction', type: 'string', jsonPath: '.spec.direction' },
    { name: 'Sink', type: 'string', jsonPath: '.status.sinkAddress' },
  ],
});
