/**
 * BgpPeer: a router that speakers on some nodes talk to; an addition to Kube-OVN's API, which knows the speaker's flags alone.
 */
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { fields, flag, integer, labelSelector, optional, required, text, texts } from '../schema/fields.ts';

const AS_NUMBER = { minimum: 1, maximum: 4_294_967_295 };

const spec = fields({
  neighbor: required.text('Address of the router, IPv4 or IPv6.', { maxLength: 45 }),
  peerASN: required.integer('AS number of the router.', AS_NUMBER),
  localASN: integer('AS number of this end. Default: --cluster-as of the speaker.', AS_NUMBER),
  nodeSelector: optional(labelSelector('Nodes whose speakers talk to it. Default: all.')),
  passwordSecret: text("Name of a Secret in the speaker's namespace whose key `password` is that of the session (RFC 2385)."),
  holdTime: text('Hold time, such as 90s. Default: --holdtime of the speaker.'),
  keepaliveTime: text('Interval of keepalives, such as 30s. Default: a third of the hold time.'),
  connectTime: text('Interval of connection attempts, such as 10s. Default: 5s.'),
  ebgpMultiHop: integer('Hops that the router may be away. Default: --ebgp-multihop of the speaker.', { minimum: 1, maximum: 255 }),
  gracefulRestart: flag('Ask it to keep routes while the speaker restarts. Default: --graceful-restart of the speaker.'),
  passive: flag('Wait for it to connect. Default: --passivemode of the speaker.'),
  extendedNexthop: flag('Announce prefixes of both families. Default: --extended-nexthop of the speaker.'),
  sourceAddress: text('Address of this end. Default: chosen by the route to the router.'),
  bfd: optional(
    fields({
      enabled: flag('Watch the router by BFD. Default: --enable-bfd of the speaker.'),
      minTX: integer('Shortest interval of packets sent, in milliseconds.', { minimum: 10, maximum: 60_000 }),
      minRX: integer('Shortest interval of packets received, in milliseconds.', { minimum: 10, maximum: 60_000 }),
      multiplier: integer('Missing packets that mean that the router is gone.', { minimum: 2, maximum: 255 }),
    }),
  ),
  communities: texts('Communities of all that is announced to it, such as 65000:100, 65000:1:2 or no-export.'),
});

const none = fields({});

export type BgpPeerSpec = Shape<typeof spec>;
export type BgpPeer = CustomObject<BgpPeerSpec, Shape<typeof none>>;

export const bgpPeer: CustomResource<BgpPeer> = customResource({
  kind: 'BgpPeer',
  plural: 'bgp-peers',
  singular: 'bgp-peer',
  shortNames: [],
  description: 'A router that BGP speakers announce to. How each node stands with it is in the status of its BgpSpeaker.',
  spec,
  status: none,
  statusSubresource: false,
  columns: [
    { name: 'Neighbor', type: 'string', jsonPath: '.spec.neighbor' },
    { name: 'PeerASN', type: 'integer', jsonPath: '.spec.peerASN' },
  ],
});
