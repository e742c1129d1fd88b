/**
 * BgpConf and EvpnConf: settings of the BGP speaker beside a VpcEgressGateway. Neither has a status.
 */
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { fields, flag, integer, text, texts } from '../schema/fields.ts';

const AS_NUMBER = { minimum: 0, maximum: 4_294_967_295 };

const bgpSpec = fields({
  localASN: integer('AS number of this end.', AS_NUMBER),
  peerASN: integer('AS number of the other ends.', AS_NUMBER),
  neighbours: texts('Addresses of the other ends.'),
  password: text('Password of the sessions.'),
  routerId: text('Router ID, an IPv4 address.'),
  holdTime: text('Hold time, such as 90s.'),
  keepaliveTime: text('Interval of keepalives, such as 30s.'),
  connectTime: text('Interval of connection attempts, such as 10s.'),
  ebgpMultiHop: flag('The other ends are more than one hop away. Default: false.'),
  gracefulRestart: flag('Keep routes while the speaker restarts. Default: false.'),
});

const evpnSpec = fields({
  vni: integer('VXLAN network identifier.', { minimum: 1, maximum: 16_777_215 }),
  routeTargets: texts('Route targets.'),
});

const none = fields({});

export type BgpConf = CustomObject<Shape<typeof bgpSpec>, Shape<typeof none>>;
export type EvpnConf = CustomObject<Shape<typeof evpnSpec>, Shape<typeof none>>;

export const bgpConf: CustomResource<BgpConf> = customResource({
  kind: 'BgpConf',
  plural: 'bgp-confs',
  singular: 'bgp-conf',
  shortNames: [],
  description: 'Settings of a BGP speaker.',
  spec: bgpSpec,
  status: none,
  statusSubresource: false,
  columns: [],
});

export const evpnConf: CustomResource<EvpnConf> = customResource({
  kind: 'EvpnConf',
  plural: 'evpn-confs',
  singular: 'evpn-conf',
  shortNames: [],
  description: 'Settings of EVPN.',
  spec: evpnSpec,
  status: none,
  statusSubresource: false,
  columns: [],
});
