/**
 * VpcDns: a DNS server inside a Vpc.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { fields, flag, integer, text } from '../schema/fields.ts';

const spec = fields({
  vpc: text('Vpc of the server.'),
  subnet: text('Subnet of its pods.'),
  replicas: integer('Pods. Default: 2.', { minimum: 1, maximum: 3, format: 'int32' }),
  corefile: text('ConfigMap with its configuration. Default: vpc-dns-corefile.'),
});

const status = fields({ conditions: conditionList, active: flag('Whether it is the server of its Vpc.') });

export type VpcDns = CustomObject<Shape<typeof spec>, Shape<typeof status>>;

export const vpcDns: CustomResource<VpcDns> = customResource({
  kind: 'VpcDns',
  plural: 'vpc-dnses',
  singular: 'vpc-dns',
  shortNames: ['vpc-dns'],
  description: 'A DNS server inside a Vpc.',
  spec,
  status,
  columns: [
    { name: 'Active', type: 'boolean', jsonPath: '.status.active' },
    { name: 'Vpc', type: 'string', jsonPath: '.spec.vpc' },
    { name: 'Subnet', type: 'string', jsonPath: '.spec.subnet' },
    { name: 'Corefile', type: 'string', jsonPath: '.spec.corefile' },
  ],
});
