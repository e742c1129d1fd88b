/**
 * SecurityGroup: rules for the interfaces that name the group.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { choice, fields, flag, integer, list, text } from '../schema/fields.ts';

const PORT = { minimum: 1, maximum: 65_535 };

const rule = fields({
  ipVersion: choice('IP version.', ['ipv4', 'ipv6']),
  protocol: choice('Protocol.', ['all', 'icmp', 'tcp', 'udp']),
  priority: integer('Order of the rules, 1 is looked at first.', { minimum: 1, maximum: 16_384 }),
  remoteType: choice('What the other end is named by.', ['address', 'securityGroup']),
  remoteAddress: text('Address or block of the other end.'),
  remoteSecurityGroup: text('Security group of the other end.'),
  localAddress: text('Address of this end.'),
  portRangeMin: integer('First destination port.', PORT),
  portRangeMax: integer('Last destination port.', PORT),
  sourcePortRangeMin: integer('First source port; needs localAddress.', PORT),
  sourcePortRangeMax: integer('Last source port; needs localAddress.', PORT),
  policy: choice('What happens to matching packets.', ['allow', 'drop', 'pass']),
});

const spec = fields({
  tier: integer('Rules of tier 0 are looked at ahead of tier 1.', { default: 0, minimum: 0, maximum: 1 }),
  allowSameGroupTraffic: flag('Members of the group may talk to each other. Default: false.'),
  ingressRules: list('Rules for traffic towards members.', rule),
  egressRules: list('Rules for traffic from members.', rule),
});

const status = fields({
  conditions: conditionList,
  portGroup: text('Port group of the members.'),
  allowSameGroupTraffic: flag('allowSameGroupTraffic as applied.'),
  ingressMd5: text('Digest of the ingress rules as applied.'),
  egressMd5: text('Digest of the egress rules as applied.'),
  ingressLastSyncSuccess: flag('Whether the ingress rules are applied.'),
  egressLastSyncSuccess: flag('Whether the egress rules are applied.'),
});

export type SecurityGroupRule = Shape<typeof rule>;
export type SecurityGroupSpec = Shape<typeof spec>;
export type SecurityGroupStatus = Shape<typeof status>;
export type SecurityGroup = CustomObject<SecurityGroupSpec, SecurityGroupStatus>;

export const securityGroup: CustomResource<SecurityGroup> = customResource({
  kind: 'SecurityGroup',
  plural: 'security-groups',
  singular: 'security-group',
  shortNames: ['sg'],
  description: 'Rules for the interfaces that name the group.',
  spec,
  status,
  columns: [],
});
