/**
 * IptablesEIP, IptablesFIPRule, IptablesDnatRule, IptablesSnatRule: external addresses of a VpcNatGateway, and what they are for.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { choice, fields, flag, text } from '../schema/fields.ts';

const PORT = { pattern: '^$|^([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$' };

const applied = {
  conditions: conditionList,
  ready: flag('True when the gateway has it.'),
  redo: text('When the gateway was made anew and has to be told again.'),
};
const addresses = { v4ip: text('External IPv4 address.'), v6ip: text('External IPv6 address.'), natGwDp: text('VpcNatGateway that holds it.') };

const eipSpec = fields({
  natGwDp: text('VpcNatGateway that holds the address.'),
  externalSubnet: text('Subnet of the address; can not be changed. Default: ovn-vpc-external-network.'),
  v4ip: text('IPv4 address. Default: chosen by the controller.'),
  v6ip: text('IPv6 address. Default: chosen by the controller.'),
  macAddress: text('MAC address. Default: chosen by the controller.'),
  qosPolicy: text('QoSPolicy of the address.'),
  namespace: text('Namespace that the address belongs to.'),
});
const eipStatus = fields({ ...applied, ip: text('The address.'), nat: text('What uses it: fip, dnat, snat.'), qosPolicy: text('QoSPolicy as applied.') });

const fipSpec = fields({ eip: text('IptablesEIP.'), internalIp: text('Address of the workload.') });
const fipStatus = fields({ ...applied, ...addresses, internalIp: text('Address of the workload as applied.') });

const dnatTarget = {
  externalPort: text('Port of the external address.', PORT),
  internalIp: text('Address of the workload.'),
  internalPort: text('Port of the workload.', PORT),
  protocol: text('tcp or udp.'),
};
const dnatType = choice('share: several workloads serve one external port.', ['exclusive', 'share'], { default: 'exclusive' });
const dnatSpec = fields({ eip: text('IptablesEIP.'), ...dnatTarget, type: dnatType });
const dnatStatus = fields({ ...applied, ...addresses, ...dnatTarget, type: text('Type as applied.') });

const snatSpec = fields({ eip: text('IptablesEIP.'), internalCIDR: text('Block of the workloads.') });
const snatStatus = fields({ ...applied, ...addresses, internalCIDR: text('Block as applied.') });

export type IptablesEIP = CustomObject<Shape<typeof eipSpec>, Shape<typeof eipStatus>>;
export type IptablesFIPRule = CustomObject<Shape<typeof fipSpec>, Shape<typeof fipStatus>>;
export type IptablesDnatRule = CustomObject<Shape<typeof dnatSpec>, Shape<typeof dnatStatus>>;
export type IptablesSnatRule = CustomObject<Shape<typeof snatSpec>, Shape<typeof snatStatus>>;

export const iptablesEip: CustomResource<IptablesEIP> = customResource({
  kind: 'IptablesEIP',
  plural: 'iptables-eips',
  singular: 'iptables-eip',
  shortNames: ['eip'],
  description: 'An external address of a VpcNatGateway.',
  spec: eipSpec,
  status: eipStatus,
  columns: [
    { name: 'Namespace', type: 'string', jsonPath: '.spec.namespace' },
    { name: 'ExternalSubnet', type: 'string', jsonPath: '.spec.externalSubnet' },
    { name: 'IP', type: 'string', jsonPath: '.status.ip' },
    { name: 'Mac', type: 'string', jsonPath: '.spec.macAddress' },
    { name: 'Nat', type: 'string', jsonPath: '.status.nat' },
    { name: 'NatGwDp', type: 'string', jsonPath: '.spec.natGwDp' },
    { name: 'Ready', type: 'boolean', jsonPath: '.status.ready' },
  ],
});

export const iptablesFip: CustomResource<IptablesFIPRule> = customResource({
  kind: 'IptablesFIPRule',
  plural: 'iptables-fip-rules',
  singular: 'iptables-fip-rule',
  shortNames: ['fip'],
  description: 'Gives a workload an external address in both directions.',
  spec: fipSpec,
  status: fipStatus,
  columns: [
    { name: 'Eip', type: 'string', jsonPath: '.spec.eip' },
    { name: 'V4ip', type: 'string', jsonPath: '.status.v4ip' },
    { name: 'InternalIp', type: 'string', jsonPath: '.spec.internalIp' },
    { name: 'V6ip', type: 'string', jsonPath: '.status.v6ip' },
    { name: 'Ready', type: 'boolean', jsonPath: '.status.ready' },
    { name: 'NatGwDp', type: 'string', jsonPath: '.status.natGwDp' },
  ],
});

export const iptablesDnat: CustomResource<IptablesDnatRule> = customResource({
  kind: 'IptablesDnatRule',
  plural: 'iptables-dnat-rules',
  singular: 'iptables-dnat-rule',
  shortNames: ['dnat'],
  description: 'Leads a port of an external address to a workload.',
  spec: dnatSpec,
  status: dnatStatus,
  columns: [
    { name: 'Eip', type: 'string', jsonPath: '.spec.eip' },
    { name: 'Protocol', type: 'string', jsonPath: '.spec.protocol' },
    { name: 'V4ip', type: 'string', jsonPath: '.status.v4ip' },
    { name: 'V6ip', type: 'string', jsonPath: '.status.v6ip' },
    { name: 'InternalIp', type: 'string', jsonPath: '.spec.internalIp' },
    { name: 'ExternalPort', type: 'string', jsonPath: '.spec.externalPort' },
    { name: 'InternalPort', type: 'string', jsonPath: '.spec.internalPort' },
    { name: 'Type', type: 'string', jsonPath: '.spec.type' },
    { name: 'NatGwDp', type: 'string', jsonPath: '.status.natGwDp' },
    { name: 'Ready', type: 'boolean', jsonPath: '.status.ready' },
  ],
});

export const iptablesSnat: CustomResource<IptablesSnatRule> = customResource({
  kind: 'IptablesSnatRule',
  plural: 'iptables-snat-rules',
  singular: 'iptables-snat-rule',
  shortNames: ['snat'],
  description: 'Gives the workloads of a block one external source address.',
  spec: snatSpec,
  status: snatStatus,
  columns: [
    { name: 'EIP', type: 'string', jsonPath: '.spec.eip' },
    { name: 'V4ip', type: 'string', jsonPath: '.status.v4ip' },
    { name: 'V6ip', type: 'string', jsonPath: '.status.v6ip' },
    { name: 'InternalCIDR', type: 'string', jsonPath: '.spec.internalCIDR' },
    { name: 'NatGwDp', type: 'string', jsonPath: '.status.natGwDp' },
    { name: 'Ready', type: 'boolean', jsonPath: '.status.ready' },
  ],
});
