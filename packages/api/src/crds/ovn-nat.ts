/**
 * OvnEip, OvnFip, OvnSnatRule, OvnDnatRule: external addresses on the logical router itself, and what they are for.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource, PrinterColumn } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { choice, fields, flag, text } from '../schema/fields.ts';

const applied = { conditions: conditionList, ready: flag('True when the router has it.') };
const mirrors = { vpc: text('Vpc of the router.'), v4Eip: text('External IPv4 address.'), v6Eip: text('External IPv6 address.') };
const target = {
  ovnEip: text('OvnEip.'),
  ipType: choice('What ipName names: empty for an IP, vip for a Vip.', ['', 'vip', 'ip']),
  ipName: text('IP or Vip of the workload.'),
  vpc: text('Vpc of the router, when addresses are given directly.'),
  v4Ip: text('IPv4 address of the workload, instead of ipName.'),
  v6Ip: text('IPv6 address of the workload, instead of ipName.'),
};
const targetStatus = { ...applied, ...mirrors, v4Ip: text('IPv4 address of the workload.'), v6Ip: text('IPv6 address of the workload.') };

const eipSpec = fields({
  externalSubnet: text('Subnet of the address; can not be changed.'),
  v4Ip: text('IPv4 address. Default: chosen by the controller.'),
  v6Ip: text('IPv6 address. Default: chosen by the controller.'),
  macAddress: text('MAC address. Default: chosen by the controller.'),
  type: choice('nat: for NAT. lrp: a router port. lsp: a gateway on a node.', ['nat', 'lrp', 'lsp'], { default: 'nat' }),
});
const eipStatus = fields({
  ...applied,
  v4Ip: text('IPv4 address.'),
  v6Ip: text('IPv6 address.'),
  macAddress: text('MAC address.'),
  nat: text('What uses the address.'),
  type: text('Type as applied.'),
});

const fipType = choice('distributed: translated on the node of the workload. centralized: on the gateway.', ['distributed', 'centralized', '']);
const fipSpec = fields({ ...target, type: fipType });
const fipStatus = fields({ ...targetStatus, macAddress: text('MAC address of the workload.') });

const snatSource = { v4IpCidr: text('IPv4 address or block of the workloads.'), v6IpCidr: text('IPv6 address or block of the workloads.') };
const snatSpec = fields({
  ovnEip: text('OvnEip.'),
  vpcSubnet: text('Subnet of the workloads.'),
  ipName: text('IP of the workload, instead of vpcSubnet.'),
  vpc: text('Vpc of the router, when addresses are given directly.'),
  ...snatSource,
});
const snatStatus = fields({ ...applied, ...mirrors, ...snatSource });

const ports = { internalPort: text('Port of the workload.'), externalPort: text('Port of the external address.'), protocol: text('tcp or udp.') };
const dnatSpec = fields({ ...target, ...ports });
const dnatStatus = fields({ ...targetStatus, ...ports, ipName: text('IP or Vip of the workload.') });

export type OvnEip = CustomObject<Shape<typeof eipSpec>, Shape<typeof eipStatus>>;
export type OvnFip = CustomObject<Shape<typeof fipSpec>, Shape<typeof fipStatus>>;
export type OvnSnatRule = CustomObject<Shape<typeof snatSpec>, Shape<typeof snatStatus>>;
export type OvnDnatRule = CustomObject<Shape<typeof dnatSpec>, Shape<typeof dnatStatus>>;

const column = (name: string, field: string, part: 'spec' | 'status' = 'status'): PrinterColumn => ({ name, type: 'string', jsonPath: `.${part}.${field}` });
const ready: PrinterColumn = { name: 'Ready', type: 'boolean', jsonPath: '.status.ready' };

export const ovnEip: CustomResource<OvnEip> = customResource({
  kind: 'OvnEip',
  plural: 'ovn-eips',
  singular: 'ovn-eip',
  shortNames: ['oeip'],
  description: 'An external address of a logical router.',
  spec: eipSpec,
  status: eipStatus,
  columns: [
    column('V4IP', 'v4Ip'),
    column('V6IP', 'v6Ip'),
    column('Mac', 'macAddress'),
    column('Type', 'type'),
    column('Nat', 'nat'),
    ready,
    column('ExternalSubnet', 'externalSubnet', 'spec'),
  ],
});

export const ovnFip: CustomResource<OvnFip> = customResource({
  kind: 'OvnFip',
  plural: 'ovn-fips',
  singular: 'ovn-fip',
  shortNames: ['ofip'],
  description: 'Gives a workload an external address in both directions.',
  spec: fipSpec,
  status: fipStatus,
  columns: [
    column('Vpc', 'vpc'),
    column('Type', 'type', 'spec'),
    column('V4Eip', 'v4Eip'),
    column('V6Eip', 'v6Eip'),
    column('V4Ip', 'v4Ip'),
    column('V6Ip', 'v6Ip'),
    ready,
    column('IpType', 'ipType', 'spec'),
    column('IpName', 'ipName', 'spec'),
  ],
});

export const ovnSnatRule: CustomResource<OvnSnatRule> = customResource({
  kind: 'OvnSnatRule',
  plural: 'ovn-snat-rules',
  singular: 'ovn-snat-rule',
  shortNames: ['osnat'],
  description: 'Gives the workloads of a subnet one external source address.',
  spec: snatSpec,
  status: snatStatus,
  columns: [column('Vpc', 'vpc'), column('V4Eip', 'v4Eip'), column('V6Eip', 'v6Eip'), column('V4IpCidr', 'v4IpCidr'), column('V6IpCidr', 'v6IpCidr'), ready],
});

export const ovnDnatRule: CustomResource<OvnDnatRule> = customResource({
  kind: 'OvnDnatRule',
  plural: 'ovn-dnat-rules',
  singular: 'ovn-dnat-rule',
  shortNames: ['odnat'],
  description: 'Leads a port of an external address to a workload.',
  spec: dnatSpec,
  status: dnatStatus,
  columns: [
    column('Vpc', 'vpc'),
    column('Eip', 'ovnEip', 'spec'),
    column('Protocol', 'protocol'),
    column('V4Eip', 'v4Eip'),
    column('V6Eip', 'v6Eip'),
    column('V4Ip', 'v4Ip'),
    column('V6Ip', 'v6Ip'),
    column('InternalPort', 'internalPort'),
    column('ExternalPort', 'externalPort'),
    column('IpName', 'ipName'),
    ready,
  ],
});
