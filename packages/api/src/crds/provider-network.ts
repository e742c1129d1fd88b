/**
 * ProviderNetwork: the node interfaces that lead to one physical network.
 */
import { nodeConditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { fields, flag, labelSelector, list, optional, required, texts } from '../schema/fields.ts';

const INTERFACE = { maxLength: 15, pattern: '^[^/\\s]+$' };

const spec = fields({
  defaultInterface: required.text('Interface on nodes that are not named below.', INTERFACE),
  customInterfaces: list(
    'Other interfaces on named nodes.',
    fields({ interface: required.text('Interface.', INTERFACE), nodes: required.texts('Nodes that have it.') }),
  ),
  excludeNodes: texts('Nodes without this network.'),
  nodeSelector: optional(labelSelector('Nodes with this network. Default: all.')),
  exchangeLinkName: flag('The bridge takes the name of the interface, the interface that of the bridge. Default: false.'),
  preserveVlanInterfaces: flag('Keep VLAN interfaces that the node has on the interface. Default: false.'),
  vlanInterfaces: texts('VLAN interfaces of the node that are kept.'),
  autoCreateVlanSubinterfaces: flag('Make VLAN interfaces that are missing. Default: false.'),
});

const status = fields({
  ready: flag('True when every node is ready.'),
  readyNodes: texts('Nodes that are ready.'),
  notReadyNodes: texts('Nodes that are not.'),
  vlans: texts('Vlans on this network.'),
  conditions: nodeConditionList,
});

export type ProviderNetworkSpec = Shape<typeof spec>;
export type ProviderNetworkStatus = Shape<typeof status>;
export type ProviderNetwork = CustomObject<ProviderNetworkSpec, ProviderNetworkStatus>;

export const providerNetwork: CustomResource<ProviderNetwork> = customResource({
  kind: 'ProviderNetwork',
  plural: 'provider-networks',
  singular: 'provider-network',
  shortNames: ['pn'],
  description: 'The node interfaces that lead to one physical network.',
  spec,
  status,
  columns: [
    { name: 'DefaultInterface', type: 'string', jsonPath: '.spec.defaultInterface' },
    { name: 'Ready', type: 'boolean', jsonPath: '.status.ready' },
  ],
});
