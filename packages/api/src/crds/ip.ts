/**
 * IP: one allocation, the durable journal of the address management. Its name is the port's name (names.ts).
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { choice, fields, text, texts } from '../schema/fields.ts';

const spec = fields({
  podName: text('Workload that holds the addresses.'),
  namespace: text('Its namespace.'),
  subnet: text('Subnet of the addresses.'),
  attachSubnets: texts('Kept for older readers; empty.'),
  nodeName: text('Node of the workload.'),
  ipAddress: text('The addresses, `v4,v6` where there are two.'),
  v4IpAddress: text('The IPv4 address.'),
  v6IpAddress: text('The IPv6 address.'),
  attachIps: texts('Kept for older readers; empty.'),
  macAddress: text('The MAC address.'),
  attachMacs: texts('Kept for older readers; empty.'),
  containerID: text('Container of the workload.'),
  podType: choice('What keeps the addresses beyond the life of a pod.', ['', 'StatefulSet', 'VirtualMachine']),
});

const status = fields({ conditions: conditionList });

export type IpSpec = Shape<typeof spec>;
export type IP = CustomObject<IpSpec, Shape<typeof status>>;

export const ip: CustomResource<IP> = customResource({
  kind: 'IP',
  plural: 'ips',
  singular: 'ip',
  shortNames: ['ip'],
  description: 'The addresses that one network interface holds.',
  spec,
  status,
  statusSubresource: false,
  columns: [
    { name: 'V4IP', type: 'string', jsonPath: '.spec.v4IpAddress' },
    { name: 'V6IP', type: 'string', jsonPath: '.spec.v6IpAddress' },
    { name: 'Mac', type: 'string', jsonPath: '.spec.macAddress' },
    { name: 'Node', type: 'string', jsonPath: '.spec.nodeName' },
    { name: 'Subnet', type: 'string', jsonPath: '.spec.subnet' },
  ],
});
