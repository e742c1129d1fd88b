import { describe, expect, test } from 'vitest';
import { HELP, parseConfig } from './config.ts';

describe('parseConfig', () => {
  test('defaults; the node is named by the environment', () => {
    expect(parseConfig([], { NODE_NAME: 'node1' })).toMatchObject({
      nodeName: 'node1',
      kubeconfig: undefined,
      ovsSocket: 'unix:/run/openvswitch/db.sock',
      bindSocket: '/run/openvswitch/kube-ovn-daemon.sock',
      tunnelType: 'geneve',
      mtuBytes: 0,
      clusterRouter: 'ovn-cluster',
      metricsPort: 10_665,
      interfaces: [],
    });
  });

  test('the databases are where the environment says, unless a flag does', () => {
    const env = { OVN_DB_IPS: '192.0.2.1, 2001:db8::1', ENABLE_SSL: 'true' };
    expect(parseConfig([], env)).toMatchObject({ southbound: 'ssl:192.0.2.1:6642,ssl:[2001:db8::1]:6642' });
    expect(parseConfig([], { OVN_DB_IPS: '192.0.2.1' })).toMatchObject({ southbound: 'tcp:192.0.2.1:6642' });
    expect(parseConfig(['--ovn-sb-addr=unix:/sb'], env)).toMatchObject({ southbound: 'unix:/sb' });
    expect(parseConfig([], {})).toMatchObject({ southbound: undefined });
  });

  test('the flags that Kube-OVN users have', () => {
    const args = [
      '--iface=eth0, bond[0-9]+',
      '--network-type',
      'vxlan',
      '--mtu',
      '1400',
      '--encap-checksum=false',
      '--service-cluster-ip-range=10.96.0.0/12',
    ];
    expect(parseConfig(args, {})).toMatchObject({
      interfaces: ['eth0', 'bond[0-9]+'],
      tunnelType: 'vxlan',
      mtuBytes: 1400,
      encapChecksum: false,
    });
  });

  test.for([
    [['--mtu', '500'], '--mtu "500": must be a number from 1280 to 65535'],
    [['--mtu', 'auto'], '--mtu "auto"'],
    [['--network-type', 'gre'], '--network-type "gre": must be one of geneve, vxlan, stt'],
    [['--encap-ip', 'eth0'], '--encap-ip "eth0": must be an IP address'],
    [['--ovs-socket', '/run/db.sock'], '--ovs-socket "/run/db.sock": must be a remote'],
    [['--bind-socket', 'x.sock'], '--bind-socket "x.sock": must be an absolute path'],
    [['--pprof-port', '70000'], '--pprof-port "70000"'],
    [['--no-such-flag'], 'no-such-flag'],
    [['extra'], 'extra'],
  ] as const)('%j is refused by name', ([args, says]) => {
    expect(() => parseConfig(args, {})).toThrow(says);
  });

  test('--help lists every flag', () => {
    expect(parseConfig(['--help'], {})).toBe('help');
    for (const flag of [
      'node-name',
      'kubeconfig',
      'ovs-socket',
      'bind-socket',
      'ovn-sb-addr',
      'network-type',
      'encap-ip',
      'iface',
      'mtu',
      'metrics-address',
      'pprof-port',
      'log-level',
    ]) {
      expect(HELP).toContain(`--${flag} `);
    }
  });
});
