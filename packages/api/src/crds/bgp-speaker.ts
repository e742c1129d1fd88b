/**
 * BgpSpeaker: what the speaker of a node announces, and how it stands with its peers; an addition to Kube-OVN's API.
 */
import type { CustomObject, CustomResource } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { fields, integer, list, required, text, texts } from '../schema/fields.ts';

const spec = fields({});

const status = fields({
  routerID: text('Router ID, an IPv4 address.'),
  sessions: list(
    'Sessions, by address of the peer.',
    fields({
      neighbor: required.text('Address of the peer.'),
      source: text('Where the peer comes from: `flags`, or `BgpPeer <name>`.'),
      peerASN: integer('AS number of the peer.'),
      state: text('Idle, Connect, Active, OpenSent, OpenConfirm, Established, or Down.'),
      since: text('Since when, RFC 3339.'),
      bfd: text('State of BFD: Up, Down, Init, AdminDown; absent where it is not asked for.'),
      lastError: text('What ended the session last.'),
    }),
  ),
  established: text('How many of the sessions are established, as `1/2`.'),
  ipv4Prefixes: integer('How many IPv4 prefixes are announced.'),
  ipv6Prefixes: integer('How many IPv6 prefixes are announced.'),
  prefixes: texts('The first hundred of them.'),
});

export type BgpSpeakerStatus = Shape<typeof status>;
export type BgpSpeaker = CustomObject<Shape<typeof spec>, BgpSpeakerStatus>;

export const bgpSpeaker: CustomResource<BgpSpeaker> = customResource({
  kind: 'BgpSpeaker',
  plural: 'bgp-speakers',
  singular: 'bgp-speaker',
  shortNames: [],
  description: 'What the BGP speaker of a node announces, and its sessions. Named as the Node; made and written by the speaker.',
  spec,
  status,
  columns: [
    { name: 'Established', type: 'string', jsonPath: '.status.established' },
    { name: 'IPv4', type: 'integer', jsonPath: '.status.ipv4Prefixes' },
    { name: 'IPv6', type: 'integer', jsonPath: '.status.ipv6Prefixes' },
    { name: 'Router', type: 'string', jsonPath: '.status.routerID' },
  ],
});
