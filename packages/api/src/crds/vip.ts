/**
 * Vip: an address that belongs to no interface of its own: shared by workloads, or the front of a load balancer.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { choice, fields, text, texts } from '../schema/fields.ts';

const VIP_TYPES = ['', 'switch_lb_vip', 'kube_host_vm_vip'] as const;

const spec = fields({
  namespace: text('Namespace whose workloads may hold the address.'),
  subnet: text('Subnet of the address; can not be changed.'),
  type: choice('Empty: an address that workloads may hold beside their own.', VIP_TYPES),
  v4ip: text('IPv4 address. Default: chosen by the controller.'),
  v6ip: text('IPv6 address. Default: chosen by the controller.'),
  macAddress: text('MAC address. Default: chosen by the controller.'),
  selector: texts('Labels `key: value` of the workloads that may hold the address.'),
  attachSubnets: texts('Further subnets.'),
});

const status = fields({
  conditions: conditionList,
  v4ip: text('IPv4 address.'),
  v6ip: text('IPv6 address.'),
  mac: text('MAC address.'),
  type: text('Type as applied.'),
  selector: texts('Selector as applied.'),
});

export type VipSpec = Shape<typeof spec>;
export type VipStatus = Shape<typeof status>;
export type Vip = CustomObject<VipSpec, VipStatus>;

export const vip: CustomResource<Vip> = customResource({
  kind: 'Vip',
  plural: 'vips',
  singular: 'vip',
  shortNames: ['vip'],
  description: 'An address shared by workloads, or the front of a load balancer.',
  spec,
  status,
  statusSubresource: false,
  columns: [
    { name: 'Namespace', type: 'string', jsonPath: '.spec.namespace' },
    { name: 'V4IP', type: 'string', jsonPath: '.status.v4ip' },
    { name: 'V6IP', type: 'string', jsonPath: '.status.v6ip' },
    { name: 'Mac', type: 'string', jsonPath: '.status.mac' },
    { name: 'Subnet', type: 'string', jsonPath: '.spec.subnet' },
    { name: 'Type', type: 'string', jsonPath: '.status.type' },
  ],
});
