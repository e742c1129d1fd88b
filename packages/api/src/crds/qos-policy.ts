/**
 * QoSPolicy: bandwidth limits of a VpcNatGateway, of one of its addresses, or of pods; the last is an addition to Kube-OVN's.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { choice, fields, flag, integer, list, required, text } from '../schema/fields.ts';

const body = {
  shared: flag('Whether several objects may use the policy. Default: false.'),
  bindingType: choice('What the policy is for.', ['EIP', 'NATGW', 'POD']),
  bandwidthLimitRules: list(
    'Limits, looked at in the order of their priority.',
    fields({
      name: required.text('Name of the rule.'),
      interface: text('Interface of the gateway.'),
      rateMax: text('Rate in Mbit/s.'),
      burstMax: text('Burst in MB.'),
      priority: integer('Smaller is looked at first.'),
      direction: choice('Direction, as the gateway or the pod sees it.', ['ingress', 'egress']),
      matchType: choice('ip: only packets that matchValue names.', ['', 'ip']),
      matchValue: text('`src address/length` or `dst address/length`.'),
    }),
  ),
};

const spec = fields(body);
const status = fields({ conditions: conditionList, ...body });

export type QoSPolicy = CustomObject<Shape<typeof spec>, Shape<typeof status>>;

export const qosPolicy: CustomResource<QoSPolicy> = customResource({
  kind: 'QoSPolicy',
  plural: 'qos-policies',
  singular: 'qos-policy',
  shortNames: ['qos'],
  description: 'Bandwidth limits of a VpcNatGateway, of one of its addresses, or of pods.',
  spec,
  status,
  columns: [
    { name: 'Shared', type: 'string', jsonPath: '.spec.shared' },
    { name: 'BindingType', type: 'string', jsonPath: '.spec.bindingType' },
  ],
});
