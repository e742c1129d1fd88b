/** The kubeconfig of the lab's administrator. */
import { stringify } from 'yaml';
import type { Credentials } from './credentials.ts';

/** @param server URL, such as https://127.0.0.1:6443 */
export function formatKubeconfig(server: string, { authority, admin }: Pick<Credentials, 'authority' | 'admin'>): string {
  const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'kube-ovn-lab', cluster: { server, 'certificate-authority-data': encode(authority.certificate) } }],
    users: [
      { name: 'kubernetes-admin', user: { 'client-certificate-data': encode(admin.certificate), 'client-key-data': encode(admin.key) } },
    ],
    contexts: [{ name: 'kube-ovn-lab', context: { cluster: 'kube-ovn-lab', user: 'kubernetes-admin' } }],
    'current-context': 'kube-ovn-lab',
  });
}
