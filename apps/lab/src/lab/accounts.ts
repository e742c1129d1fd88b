/**
 * The programs of the lab use the API under the accounts of the installation, and may do what its roles allow: what works in the lab
 * works with these rights.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '@kube-ovn/api';
import { accounts, exampleAddresses, installation } from '@kube-ovn/install';
import type { KubeClient } from '@kube-ovn/kube';
import { makeClientCertificate } from '@kube-ovn/kube/certificates';
import { writePrivate } from '../apiserver/pki/credentials.ts';
import { formatKubeconfig } from '../apiserver/pki/kubeconfig.ts';
import { applyManifests } from './manifests.ts';

const NAMESPACE = 'kube-system';

/** Kinds that give rights. */
const KINDS: readonly string[] = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];

/** Give the accounts their rights, as an installation does. */
export async function grantRights(client: KubeClient): Promise<void> {
  const objects = installation({ ...exampleAddresses, 'speaker.enabled': true }).filter(({ kind }) => KINDS.includes(kind));
  await applyManifests(client, objects as readonly KubeObject[]);
}

/** Whose kubeconfig, and for whom. */
export interface AccountFile {
  /** folder of the API server's authority */
  readonly apiDir: string;
  /** URL by which the program reaches the server */
  readonly server: string;
  readonly file: string;
}

/** Write the kubeconfig of an account. A certificate, in place of a token, outlives the server. */
export async function writeAccount(account: keyof typeof accounts, { apiDir, server, file }: AccountFile): Promise<string> {
  const read = (name: string): string => readFileSync(join(apiDir, name), 'utf8');
  const authority = { certificate: read('ca.crt'), key: read('ca.key') };
  const user = {
    name: `system:serviceaccount:${NAMESPACE}:${accounts[account]}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`],
  };
  const admin = await makeClientCertificate(authority, user, { nowMs: Date.now() });
  writePrivate(file, formatKubeconfig(server, { authority, admin }));
  return file;
}
