import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { acceptedWithoutEffect, alwaysSo, helpText } from './flags.ts';
import { parseFlags } from './parse-flags.ts';

const read = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  readConfig(parseFlags(['--ovn-nb-addr=unix:/run/nb.sock', ...argv]).values, env, { hostname: 'host', pid: 7 });

describe('readConfig', () => {
  it('defaults are those of Kube-OVN', () => {
    const config = read([]);
    expect(config).toMatchObject({
      clusterRouter: 'ovn-cluster',
      defaultSubnet: { name: 'ovn-default', cidr: '10.16.0.0/16' },
      joinSubnet: { name: 'join', cidr: '100.64.0.0/16' },
      leaderElection: {
        namespace: 'kube-system',
        identity: 'host_7',
        leaseDurationMs: 30_000,
        renewDeadlineMs: 20_000,
        retryPeriodMs: 6000,
      },
      http: { host: '127.0.0.1', port: 10_660 },
    });
  });

  it('renews the certificate of the databases when it is told to, in a Secret that has a name', () => {
    expect(read([])).toMatchObject({ databaseTls: undefined, tlsSecret: { name: 'kube-ovn-tls', isRenewed: false } });
    const given = read(['--ovn-nb-addr=ssl:192.0.2.1:6641', '--tls-renew', '--tls-secret=keys']);
    expect(given).toMatchObject({ databaseTls: { certificate: '/var/run/tls/cert' }, tlsSecret: { name: 'keys', isRenewed: true } });
    expect(() => read(['--tls-secret='])).toThrow('--tls-secret must not be empty');
  });

  it('takes values after = and as the next argument, with one dash or two', () => {
    expect(read(['--default-ls', 'pods', '-node-switch=nodes'])).toMatchObject({
      defaultSubnet: { name: 'pods' },
      joinSubnet: { name: 'nodes' },
    });
  });

  it('a switch alone is true, and takes no argument', () => {
    expect(read(['--keep-vm-ip', '--default-ls=pods'])).toMatchObject({ keepVmIp: true, defaultSubnet: { name: 'pods' } });
    expect(read(['--keep-vm-ip=false'])).toMatchObject({ keepVmIp: false });
    expect(read([])).toMatchObject({ keepVmIp: true });
  });

  it.each<[string, readonly string[], readonly string[]]>([
    [
      'its value, spelt out, left out or in the words of Go',
      ['--enable-np=true', '--enable-lb', '--enable-anp=1', '--secure-serving=f'],
      [],
    ],
    [
      'the opposite',
      ['--enable-live-migration-optimize=false', '--enable-pprof'],
      ['enable-live-migration-optimize=false', 'enable-pprof=true'],
    ],
  ])('of a switch for what is always so it names what has no effect: %s', (_name, argv, expected) => {
    expect(parseFlags(argv).withoutEffect).toEqual(expected);
  });

  it('says in its help what is always so, and of nothing both', () => {
    for (const [name, value] of alwaysSo) {
      expect(helpText()).toContain(` --${name}=${value}`);
      expect(acceptedWithoutEffect.has(name)).toBe(false);
    }
    expect(helpText()).toContain('--enable-live-migration-optimize=true');
  });

  it('knows the databases from OVN_DB_IPS when no address is given', () => {
    const { values } = parseFlags([]);
    const config = readConfig(values, { OVN_DB_IPS: '192.0.2.1,2001:db8::1' }, { hostname: 'host', pid: 7 });
    expect(config).toMatchObject({ northboundRemotes: ['tcp:192.0.2.1:6641', 'tcp:[2001:db8::1]:6641'], databaseTls: undefined });
    expect(config.southboundRemotes).toEqual(['tcp:192.0.2.1:6642', 'tcp:[2001:db8::1]:6642']);
    expect(read([]).southboundRemotes).toEqual([]);
    const secured = readConfig(values, { OVN_DB_IPS: '192.0.2.1', ENABLE_SSL: 'true' }, { hostname: 'host', pid: 7 });
    expect(secured).toMatchObject({ northboundRemotes: ['ssl:192.0.2.1:6641'], databaseTls: { certificate: '/var/run/tls/cert' } });
  });

  it.each([
    ['', undefined],
    ['127.0.0.1:10662', { host: '127.0.0.1', port: 10_662 }],
    ['[::1]:0', { host: '::1', port: 0 }],
  ])('the web page is at %s', (text, web) => {
    expect(read([`--web-address=${text}`]).web).toEqual(web);
  });

  it.each(['0.0.0.0:80', '192.0.2.1:80', '[::]:80', 'localhost:80', '127.0.0.1', ':80', '127.0.0.1:x'])(
    'the web page is not at %s',
    (text) => {
      expect(() => read([`--web-address=${text}`])).toThrow(/--web-address ".*" must be a loopback address and a port/);
    },
  );

  it.each<[string, readonly string[], RegExp]>([
    ['an unknown flag', ['--no-such-flag=1'], /--no-such-flag is unknown/],
    ['an argument that is no flag', ['start'], /flag start is not a flag/],
    ['a flag without its value', ['--default-ls'], /--default-ls needs a value/],
    ['a port that is no number', ['--pprof-port=x'], /--pprof-port "x" must be an integer from 0 to 65535/],
    ['a port of the web page beyond all', ['--web-address=127.0.0.1:65536'], /--web-address "65536" must be an integer/],
    ['a loopback address that is none', ['--web-address=127.0.0.256:80'], /--web-address "127\.0\.0\.256:80" cannot be used/],
    ['a duration without a unit', ['--leader-elect-lease-duration=30'], /must be a positive duration/],
    ['a renew deadline beyond the lease', ['--leader-elect-renew-deadline=40s'], /two leaders/],
    ['a CIDR that is none', ['--default-cidr=10.16.0.0/99'], /--default-cidr "10.16.0.0\/99" cannot be used/],
    ['default and join that overlap', ['--node-switch-cidr=10.16.128.0/24'], /--default-cidr overlaps --node-switch-cidr/],
    ['default and services that overlap', ['--default-cidr=10.96.0.0/16'], /overlaps --service-cluster-ip-range/],
    ['a gateway outside', ['--default-gateway=10.17.0.1'], /--default-gateway "10.17.0.1" is not in 10.16.0.0\/16/],
    ['a share above one', ['--safety-brake-share=1.5'], /must be a number from 0 to 1/],
    ['a switch that is neither true nor false', ['--keep-vm-ip=yes'], /--keep-vm-ip "yes" must be true or false/],
    ['a log level that is none', ['--log-level=loud'], /must be one of/],
  ])('refuses %s', (_name, argv, message) => {
    expect(() => read(argv)).toThrow(message);
  });

  it('accepts flags of Kube-OVN that have no effect, and names them', () => {
    expect(parseFlags(['--worker-num=3', '--v=3']).withoutEffect).toEqual(['worker-num', 'v']);
  });

  it('--help names every flag', () => {
    for (const name of ['kubeconfig', 'ovn-nb-addr', 'leader-elect-lease-duration']) expect(helpText()).toContain(`--${name}`);
  });
});
