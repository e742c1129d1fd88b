/**
 * Subnet: a range of addresses and the logical switch that carries it.
 */
import { conditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { choice, counter, fields, flag, integer, labelSelector, list, optional, required, text, texts } from '../schema/fields.ts';

const natRule = {
  match: optional(fields({ srcIPs: text('Source addresses or blocks, separated by commas.'), dstIPs: text('Destination addresses or blocks, separated by commas.') })),
  action: choice('What happens to matching packets.', ['nat', 'forward']),
};

const acl = fields({
  direction: choice('from-lport: packets that a workload sends. to-lport: packets towards it.', ['from-lport', 'to-lport']),
  priority: integer('Larger wins.', { minimum: 0, maximum: 32_767 }),
  match: text('OVN match expression.'),
  action: choice('What happens to matching packets.', ['allow-related', 'allow-stateless', 'allow', 'drop', 'reject', 'pass']),
});

const spec = fields({
  cidrBlock: text('IPv4 block, IPv6 block or both as `v4,v6`. Empty on a vlan: a subnet without addresses.'),
  protocol: choice('Computed from cidrBlock.', ['IPv4', 'IPv6', 'Dual', 'Mac', '']),
  gateway: text('Gateway address, one of each family as `v4,v6`. Default: the first usable address of each family.'),
  excludeIps: texts('Addresses or ranges `first..last` that are given to nobody unless asked for by name. The gateway is always among them.'),
  vpc: text('Vpc that the subnet belongs to; can not be changed. Default: the cluster Vpc.'),
  default: flag('True for the subnet of workloads that name none; set by the controller.', { default: false }),
  namespaces: texts('Namespaces whose workloads get addresses from here.'),
  namespaceSelectors: list('Namespaces by label, in addition to `namespaces`.', labelSelector('Labels of a namespace.')),
  provider: text('`ovn`, `<nad>.<namespace>.ovn` for a further OVN interface, or `<nad>.<namespace>` for addresses of another CNI plugin. Default: ovn.'),
  gatewayType: choice('Where traffic leaves: on every node or on chosen ones. Default: distributed.', ['distributed', 'centralized', '']),
  gatewayNode: text('Gateway nodes, separated by commas; `node:address` names the source address to use there.', { default: '' }),
  gatewayNodeSelectors: list('Gateway nodes by label, used when gatewayNode is empty.', labelSelector('Labels of a node.')),
  enableEcmp: flag('Use all gateway nodes at once instead of one with the others in reserve.'),
  natOutgoing: flag('Masquerade traffic that leaves the cluster.', { default: false }),
  natOutgoingPolicyRules: list('Ordered exceptions to natOutgoing.', fields(natRule)),
  externalEgressGateway: text('Next hops outside the cluster for all traffic of the subnet; excludes natOutgoing.'),
  policyRoutingPriority: integer('Priority of the host routing rule for externalEgressGateway.', { minimum: 0, maximum: 4_294_967_295 }),
  policyRoutingTableID: integer('Host routing table for externalEgressGateway; unique.', { minimum: 0, maximum: 4_294_967_295 }),
  mtu: integer('MTU of workload interfaces in bytes. Default 0: found by itself.', { minimum: 0, maximum: 65_535 }),
  private: flag('Refuse traffic from outside the subnet.', { default: false }),
  allowSubnets: texts('Blocks that may reach a private subnet.'),
  acls: list('Rules on the logical switch.', acl),
  allowEWTraffic: flag('With acls: allow traffic inside the subnet ahead of them. Default: false.'),
  vlan: text('Vlan that the subnet lies on; makes it an underlay subnet.'),
  logicalGateway: flag('Underlay whose gateway is an OVN router. Default: false.'),
  disableGatewayCheck: flag('Do not test that the gateway answers before a workload starts. Default: false.'),
  disableInterConnection: flag('Do not announce the subnet to other clusters. Default: false.'),
  enableDHCP: flag('Answer DHCP. Default: false.'),
  dhcpV4Options: text('DHCPv4 options `key=value,key={a,b}`, added to the necessary ones.'),
  dhcpV6Options: text('DHCPv6 options, in the same form.'),
  enableIPv6RA: flag('Send router advertisements. Default: false.'),
  ipv6RAConfigs: text('Options of router advertisements `key=value,...`.'),
  u2oInterconnection: flag('Join an underlay subnet to the router of its Vpc. Default: false.'),
  u2oInterconnectionIP: text('Address of that junction, one of each family. Default: chosen by the controller.'),
  u2oFeatures: optional(fields({ overlayOnlyRouting: flag('Only traffic to overlay subnets takes the junction. Default: false.') })),
  enableLb: flag('Serve the load balancers of the Vpc on this subnet. Default: as the controller is configured.'),
  enableMulticastSnoop: flag('Forward multicast to its receivers alone. Default: false.'),
  enableExternalLBAddress: flag('The block may hold addresses that an external load balancer announces. Default: false.'),
  routeTable: text('Route table of the router port. Default: the main one.'),
  nodeNetwork: text('Name of the node network that carries the tunnels of this subnet.'),
  vips: texts('Addresses that several workloads may share as virtual ports.'),
});

const status = fields({
  conditions: conditionList,
  v4availableIPs: counter('IPv4 addresses that can still be given.'),
  v4availableIPrange: text('The same as ranges `first-last,...`.'),
  v4usingIPs: counter('IPv4 addresses in use.'),
  v4usingIPrange: text('The same as ranges `first-last,...`.'),
  v6availableIPs: counter('IPv6 addresses that can still be given.'),
  v6availableIPrange: text('The same as ranges `first-last,...`.'),
  v6usingIPs: counter('IPv6 addresses in use.'),
  v6usingIPrange: text('The same as ranges `first-last,...`.'),
  activateGateway: text('Gateway node in service.'),
  dhcpV4OptionsUUID: text('Row of DHCPv4 options.'),
  dhcpV6OptionsUUID: text('Row of DHCPv6 options.'),
  u2oInterconnectionIP: text('Address of the junction to the Vpc.'),
  u2oInterconnectionMAC: text('MAC address of that junction.'),
  u2oInterconnectionVPC: text('Vpc of that junction.'),
  natOutgoingPolicyRules: list('natOutgoingPolicyRules as applied.', fields({ ruleID: required.text('Name of the rule, 12 characters.'), ...natRule })),
  mcastQuerierIP: text('Source address of multicast queries.'),
  mcastQuerierMAC: text('Source MAC address of multicast queries.'),
});

export type SubnetSpec = Shape<typeof spec>;
export type SubnetStatus = Shape<typeof status>;
export type Subnet = CustomObject<SubnetSpec, SubnetStatus>;

export const subnet: CustomResource<Subnet> = customResource({
  kind: 'Subnet',
  plural: 'subnets',
  singular: 'subnet',
  shortNames: ['subnet'],
  description: 'A range of addresses and the logical switch that carries it.',
  spec,
  status,
  columns: [
    { name: 'Provider', type: 'string', jsonPath: '.spec.provider' },
    { name: 'Vpc', type: 'string', jsonPath: '.spec.vpc' },
    { name: 'Vlan', type: 'string', jsonPath: '.spec.vlan' },
    { name: 'Protocol', type: 'string', jsonPath: '.spec.protocol' },
    { name: 'CIDR', type: 'string', jsonPath: '.spec.cidrBlock' },
    { name: 'Private', type: 'boolean', jsonPath: '.spec.private' },
    { name: 'NAT', type: 'boolean', jsonPath: '.spec.natOutgoing' },
    { name: 'Default', type: 'boolean', jsonPath: '.spec.default' },
    { name: 'GatewayType', type: 'string', jsonPath: '.spec.gatewayType' },
    { name: 'V4Used', type: 'number', jsonPath: '.status.v4usingIPs' },
    { name: 'V4Available', type: 'number', jsonPath: '.status.v4availableIPs' },
    { name: 'V6Used', type: 'number', jsonPath: '.status.v6usingIPs' },
    { name: 'V6Available', type: 'number', jsonPath: '.status.v6availableIPs' },
    { name: 'ExcludeIPs', type: 'string', jsonPath: '.spec.excludeIps' },
    { name: 'U2OInterconnectionIP', type: 'string', jsonPath: '.status.u2oInterconnectionIP' },
  ],
});
