/**
 * IPPool: a part of a subnet that only named namespaces or workloads take addresses from.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { counter, fields, flag, required, text, texts } from '../schema/fields.ts';

const spec = fields({
  subnet: required.text('Subnet that the pool is a part of.'),
  ips: required.texts('Addresses, ranges `first..last` or blocks.', { minItems: 1 }),
  namespaces: texts('Namespaces whose workloads take addresses from this pool alone.'),
  enableAddressSet: flag('Keep an OVN address set of the name of the pool.', { default: false }),
});

const status = fields({
  conditions: conditionList,
  v4AvailableIPs: counter('IPv4 addresses that can still be given.'),
  v4AvailableIPRange: text('The same as ranges `first-last,...`.'),
  v4UsingIPs: counter('IPv4 addresses in use.'),
  v4UsingIPRange: text('The same as ranges `first-last,...`.'),
  v6AvailableIPs: counter('IPv6 addresses that can still be given.'),
  v6AvailableIPRange: text('The same as ranges `first-last,...`.'),
  v6UsingIPs: counter('IPv6 addresses in use.'),
  v6UsingIPRange: text('The same as ranges `first-last,...`.'),
});

export type IpPoolSpec = Shape<typeof spec>;
export type IpPoolStatus = Shape<typeof status>;
export type IPPool = CustomObject<IpPoolSpec, IpPoolStatus>;

export const ipPool: CustomResource<IPPool> = customResource({
  kind: 'IPPool',
  plural: 'ippools',
  singular: 'ippool',
  shortNames: ['ippool'],
  description: 'A part of a subnet that only named namespaces or workloads take addresses from.',
  spec,
  status,
  columns: [
    { name: 'Subnet', type: 'string', jsonPath: '.spec.subnet' },
    { name: 'enableAddressSet', type: 'boolean', jsonPath: '.spec.enableAddressSet' },
    { name: 'IPs', type: 'string', jsonPath: '.spec.ips' },
    { name: 'V4Used', type: 'number', jsonPath: '.status.v4UsingIPs' },
    { name: 'V4Available', type: 'number', jsonPath: '.status.v4AvailableIPs' },
    { name: 'V6Used', type: 'number', jsonPath: '.status.v6UsingIPs' },
    { name: 'V6Available', type: 'number', jsonPath: '.status.v6AvailableIPs' },
  ],
});
