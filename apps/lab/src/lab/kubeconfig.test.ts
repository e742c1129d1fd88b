import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kubeconfigForNodes, serverOf } from './kubeconfig.ts';

const text = `
current-context: b
contexts: [{ name: a, context: { cluster: one, user: u } }, { name: b, context: { cluster: two, user: u } }]
clusters: [{ name: one, cluster: { server: "https://one" } }, { name: two, cluster: { server: "https://[fd00::1]:7443", certificate-authority-data: eA== } }]
users: [{ name: u, user: { token: t } }]
`;

describe('kubeconfig', () => {
  it('knows the server of the current context', () => {
    expect(serverOf(text, 'f')).toEqual({ host: 'fd00::1', port: 7443, url: 'https://[fd00::1]:7443' });
  });

  it('for nodes only the address of that server differs', () => {
    const { clusters, users } = parse(kubeconfigForNodes(text, 'https://10.255.0.100:6443', 'api.example')) as {
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
    expect(users).toEqual([{ name: 'u', user: { token: 't' } }]);
  });

  it.each([
    ['', /names no cluster/],
    ['a: [', /not YAML/],
    [text.replace('current-context: b', 'current-context: z'), /"z" names no cluster/],
    [text.replace('https://[fd00::1]:7443', 'x'), /server "x": want an https URL/],
  ])('%s is refused', (bad, message) => {
    expect(() => serverOf(bad, 'f')).toThrow(message);
  });
});
