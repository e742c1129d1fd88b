import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { certificateName, kubeconfigForNodes, serverOf } from './kubeconfig.ts';

const text = `
current-context: b
contexts: [{ name: a, context: { cluster: one, user: u } }, { name: b, context: { cluster: two, user: u } }]
clusters: [{ name: one, cluster: { server: "https://one" } }, { name: two, cluster: { server: "https://[fd00::1]:7443", certificate-authority-data: eA== } }]
users: [{ name: u, user: { token: t, client-key: pki/key } }]
`;

describe('kubeconfig', () => {
  it('knows the server of the current context', () => {
    expect(serverOf(text, 'f')).toEqual({ host: 'fd00::1', port: 7443, url: 'https://[fd00::1]:7443' });
  });

  it('for nodes only the address of that server differs, and paths count from its folder', () => {
    const { clusters, users } = parse(
      kubeconfigForNodes(text, { server: 'https://10.255.0.100:6443', tlsName: 'api.example', folder: '/home' }),
    ) as {
      clusters: unknown;
      users: unknown;
    };
    expect(clusters).toEqual([
      { name: 'one', cluster: { server: 'https://one' } },
      {
        name: 'two',
        cluster: { server: 'https://10.255.0.100:6443', 'certificate-authority-data': 'eA==', 'tls-server-name': 'api.example' },
      },
    ]);
    expect(users).toEqual([{ name: 'u', user: { token: 't', 'client-key': '/home/pki/key' } }]);
  });

  it.each([
    ['', /names no cluster/],
    ['a: [', /not YAML/],
    [text.replace('current-context: b', 'current-context: z'), /"z" names no cluster/],
    [text.replace('https://[fd00::1]:7443', 'x'), /server "x": want an https URL/],
  ])('%s is refused', (bad, message) => {
    expect(() => serverOf(bad, 'f')).toThrow(message);
  });

  it('an address is no name that a certificate can be asked for', () => {
    expect([certificateName('api.example'), certificateName('127.0.0.1'), certificateName('fd00::1')]).toEqual([
      'api.example',
      'kubernetes.default.svc',
      'kubernetes.default.svc',
    ]);
  });
});
