import { describe, expect, test } from 'vitest';
import { HELP, parseConfig } from './config.ts';
import { options } from './flags.ts';

const PEER = ['--cluster-as', '65000', '--neighbor-as', '65001', '--neighbor-address', '192.0.2.254'];

describe('parseConfig', () => {
  test('defaults are Kube-OVN’s', () => {
    expect(parseConfig([], { NODE_NAME: 'Node1' })).toMatchObject({
      nodeName: 'node1',
      namespace: 'kube-system',
      neighbors: [],
      announceClusterIp: false,
      deferralSeconds: 360,
      metricsPort: 10_667,
      defaults: {
        holdSeconds: 90,
        gracefulRestart: false,
        restartSeconds: 90,
        passive: false,
        hops: 1,
        bothFamilies: false,
        bfd: false,
        bfdMinTxMs: 1000,
        bfdMinRxMs: 1000,
        bfdMultiplier: 3,
      },
    });
  });

  test('switches alone and with a value; lists; times as Go writes them', () => {
    const flags = [
      ...PEER,
      '--neighbor-ipv6-address=2001:DB8::FE,2001:db8::fd',
      '--graceful-restart',
      '--passivemode=false',
      '--holdtime',
      '1m30s',
      '--communities',
      '65000:1,no-export',
      '--grpc-port=50051',
    ];
    expect(parseConfig(flags, {})).toMatchObject({
      neighbors: ['192.0.2.254', '2001:db8::fe', '2001:db8::fd'],
      neighborAs: 65_001,
      defaults: { localAs: 65_000, gracefulRestart: true, passive: false, holdSeconds: 90, communities: ['65000:1', '65535:65281'] },
      withoutEffect: ['--grpc-port'],
    });
  });

  test.each([
    [['--neighbor-address', '192.0.2.254'], '--cluster-as: must be given'],
    [[...PEER, '--neighbor-address', '2001:db8::1'], '--neighbor-address "2001:db8::1": must be an IPv4 address'],
    [['--holdtime', '2s'], '--holdtime "2s": must be a time from 3s to 65535s'],
    [['--holdtime', '90'], '--holdtime "90"'],
    [['--cluster-as', '4294967296'], '--cluster-as "4294967296"'],
    [['--ebgp-multihop', '0'], '--ebgp-multihop "0"'],
    [['--communities', '65536:1'], '--communities "65536:1"'],
    [['--run-dir', '/run/a;b'], '--run-dir "/run/a;b"'],
    [['--nat-gw-mode'], '--nat-gw-mode "true"'],
    [['--passivemode', 'maybe'], 'maybe'],
    [['--no-such-flag'], 'no-such-flag'],
  ] as const)('%j is refused by name', (args, says) => {
    expect(() => parseConfig(args, {})).toThrow(says);
  });

  test('a password that cannot be used is refused without being shown', () => {
    expect(() => parseConfig(['--auth-password', 'my"word'], {})).toThrow(/^--auth-password: must be 1 to 80 .*not shown/);
    expect(() => parseConfig(['--auth-password', 'my"word'], {})).not.toThrow(/my"word/);
    expect(parseConfig([], { BGP_AUTH_PASSWORD: 'lighthouse' })).toMatchObject({ defaults: { password: 'lighthouse' } });
  });

  test('--help names every flag', () => {
    expect(parseConfig(['--help'], {})).toBe('help');
    for (const flag of Object.keys(options)) expect(HELP).toContain(`--${flag}`);
  });
});
