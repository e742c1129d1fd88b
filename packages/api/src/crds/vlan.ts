/**
 * Vlan: one VLAN of a provider network.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { fields, flag, integer, required, text, texts } from '../schema/fields.ts';

const spec = fields({
  id: integer('VLAN id; 0: untagged.', { minimum: 0, maximum: 4095 }),
  provider: required.text('ProviderNetwork that carries the VLAN.'),
  vlanId: integer('Older name of id.'),
  providerInterfaceName: text('Older name of provider.'),
});

const status = fields({
  conditions: conditionList,
  subnets: texts('Subnets that lie on this VLAN.'),
  conflict: flag('True when another Vlan of the provider network has the same id.'),
});

export type VlanSpec = Shape<typeof spec>;
export type VlanStatus = Shape<typeof status>;
export type Vlan = CustomObject<VlanSpec, VlanStatus>;

export const vlan: CustomResource<Vlan> = customResource({
  kind: 'Vlan',
  plural: 'vlans',
  singular: 'vlan',
  shortNames: ['vlan'],
  description: 'One VLAN of a provider network.',
  spec,
  status,
  columns: [
    { name: 'ID', type: 'string', jsonPath: '.spec.id' },
    { name: 'Provider', type: 'string', jsonPath: '.spec.provider' },
    { name: 'conflict', type: 'boolean', jsonPath: '.status.conflict' },
  ],
});
