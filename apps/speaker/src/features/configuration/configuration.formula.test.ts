import { expect, test } from 'vitest';
import { parseConfig } from '../../config.ts';
import { peerOfFlag, type Peer, type PeerDefaults } from '../../inputs/peer.ts';
import { birdFiles } from './configuration.formula.ts';

const config = parseConfig(['--node-name', 'node1'], {});
const defaults: PeerDefaults = (config as Exclude<typeof config, 'help'>).defaults;
const peer = (address: string, change: Partial<Peer> = {}): Peer => ({
  ...peerOfFlag(address, 65_001, { ...defaults, localAs: 65_000 }),
  ...change,
});
const node = { v4: '192.0.2.1', v6: '2001:db8::1', standing: 'all' } as const;
const text = (peers: readonly Peer[], nodeIps: readonly string[] = []): string =>
  birdFiles({ routerId: '192.0.2.1', peers, prefixes: [], node, nodeIps, deferralSeconds: 360 })['bird.conf'];

test('golden: a peer with everything, and one with nothing', () => {
  const all = peer('192.0.2.254', {
    password: 'secret',
    gracefulRestart: true,
    bfd: true,
    hops: 3,
    passive: true,
    bothFamilies: true,
    source: '192.0.2.1',
    keepaliveSeconds: 10,
    connectSeconds: 7,
    communities: ['65000:1', '65000:1:2'],
  });
  expect(text([all, peer('2001:db8::fe')])).toBe(`log stderr { info, remote, warning, error, auth, fatal, bug };
timeformat protocol "%Y-%m-%dT%TZ";
router id 192.0.2.1;
graceful restart wait 45;
protocol device {
}
ipv4 table announced4;
ipv6 table announced6;
protocol static static4 {
  ipv4 { table announced4; import all; };
include "routes4.conf";
}
protocol static static6 {
  ipv6 { table announced6; import all; };
include "routes6.conf";
}
protocol bfd {
}
protocol bgp peer_192_0_2_254 {
  local 192.0.2.1 as 65000;
  neighbor 192.0.2.254 as 65001;
  multihop 3;
  passive on;
  password "secret";
  hold time 90;
  keepalive time 10;
  connect delay time 1;
  connect retry time 7;
  error wait time 1, 10;
  graceful restart on;
  graceful restart time 90;
  bfd { min tx interval 1000 ms; min rx interval 1000 ms; multiplier 3; };
  ipv4 {
    table announced4;
    import none;
    export filter { bgp_community.add((65000, 1)); bgp_large_community.add((65000, 1, 2)); accept; };
    next hop self;
  };
  ipv6 {
    table announced6;
    import none;
    export filter { bgp_community.add((65000, 1)); bgp_large_community.add((65000, 1, 2)); accept; };
    next hop address 2001:db8::1;
  };
}
protocol bgp peer_2001_db8__fe {
  local as 65000;
  neighbor 2001:db8::fe as 65001;
  direct;
  hold time 90;
  connect delay time 1;
  connect retry time 5;
  error wait time 1, 10;
  ipv6 {
    table announced6;
    import none;
    export all;
    next hop self;
  };
}
`);
});

test('the order of peers makes no difference', () => {
  const [a, b] = [peer('192.0.2.254'), peer('192.0.2.253')];
  expect(text([a, b])).toBe(text([b, a]));
});

test('next hops that are given go before all others; IPv4 over IPv6 has one of IPv6 otherwise', () => {
  const both = peer('2001:db8::fe', { bothFamilies: true });
  expect(text([both])).toContain('    extended next hop on;\n    next hop self;');
  expect(text([both], ['192.0.2.7', '2001:db8::7'])).toMatch(
    /extended next hop on;\n    next hop address 192\.0\.2\.7;[^]*next hop address 2001:db8::7;/,
  );
});

test('routes by family, with communities', () => {
  const prefixes = [
    { prefix: '10.1.0.0/24', communities: ['65000:1:2', '65000:1'] },
    { prefix: 'fd01::5/128', communities: [] },
  ];
  const files = birdFiles({ routerId: '192.0.2.1', peers: [], prefixes, node, nodeIps: [], deferralSeconds: 360 });
  expect(files['routes4.conf']).toBe(
    'route 10.1.0.0/24 blackhole { bgp_community.add((65000, 1)); bgp_large_community.add((65000, 1, 2)); };\n',
  );
  expect(files['routes6.conf']).toBe('route fd01::5/128 blackhole;\n');
});
