import { expect, it } from 'vitest';
import { ConfigError, HELP, parseConfig } from './config.ts';

const env = { NODE_NAME: 'node1', POD_IP: '10.16.0.4', POD_IPS: '10.16.0.4,fd00::4' };

it('defaults are those of Kube-OVN', () => {
  expect(parseConfig([], env)).toMatchObject({
    nodeName: 'node1',
    namespace: 'kube-system',
    podAddresses: ['10.16.0.4', 'fd00::4'],
    address: '10.16.0.4',
    port: 8080,
    intervalMs: 5000,
    internalNames: ['kubernetes.default'],
    externalNames: [],
    externalAddresses: [],
    logLevel: 'info',
  });
});

it('takes lists', () => {
  expect(parseConfig(['--external-address=192.0.2.1, 2001:db8::1', '--external-dns=a.example,b.example.'], env)).toMatchObject({
    externalAddresses: ['192.0.2.1', '2001:db8::1'],
    externalNames: ['a.example', 'b.example.'],
  });
});

it.each<[string, RegExp]>([
  ['--interval=0', /--interval "0": must be a whole number from 1 to 3600/],
  ['--port=x', /--port "x": must be a whole number/],
  ['--external-address=example.com', /--external-address "example.com": must be an IP address/],
  ['--internal-dns=a b', /--internal-dns "a b": must be a DNS name/],
  ['--external-dns=-x', /must be a DNS name/],
  ['--log-level=loud', /--log-level "loud": must be one of trace/],
  ['--no-such=1', /--help lists all flags/],
])('refuses %s', (argument, message) => {
  expect(() => parseConfig([argument], env)).toThrow(ConfigError);
  expect(() => parseConfig([argument], env)).toThrow(message);
});

it('--help names every flag', () => {
  expect(parseConfig(['--help'], env)).toBe('help');
  for (const name of ['kubeconfig', 'interval', 'internal-dns', 'external-dns', 'external-address', 'metrics-address', 'port', 'log-level'])
    expect(HELP).toContain(`--${name} `);
});
