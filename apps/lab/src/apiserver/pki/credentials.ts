/** The files under the server's directory: made on the first start, kept on later ones, so that kubeconfigs stay good. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { User } from '../api.ts';
import type { KeyPair } from '@kube-ovn/kube/certificates';
import { makeAuthority, makeClientCertificate, makeServerCertificate } from '@kube-ovn/kube/certificates';

/** What the server reads back from its directory. */
export interface Credentials {
  readonly authority: KeyPair;
  readonly server: KeyPair;
  readonly admin: KeyPair;
  readonly adminToken: string;
}

/** The user of admin.kubeconfig. */
export const adminUser: User = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

/**
 * Load the credentials of a directory, or make them.
 *
 * Files: `ca.crt`, `ca.key`, `admin.crt`, `admin.key`, `admin.token`; keys and token readable by the owner alone. The
 * server's own certificate is made at each start.
 */
export async function loadCredentials(dir: string, names: readonly string[], nowMs: number): Promise<Credentials> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const authority = await keyPair(dir, 'ca', () => makeAuthority('kube-ovn-lab-ca', { nowMs }));
  const admin = await keyPair(dir, 'admin', () =>
    makeClientCertificate(authority, { name: adminUser.name, groups: ['system:masters'] }, { nowMs }),
  );
  const server = await makeServerCertificate(authority, names, { nowMs });
  return { authority, server, admin, adminToken: token(join(dir, 'admin.token')) };
}

async function keyPair(dir: string, name: string, make: () => Promise<KeyPair>): Promise<KeyPair> {
  const certificatePath = join(dir, `${name}.crt`);
  const keyPath = join(dir, `${name}.key`);
  if (existsSync(certificatePath) && existsSync(keyPath))
    return { certificate: readFileSync(certificatePath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
  const made = await make();
  writePrivate(keyPath, made.key);
  writeFileSync(certificatePath, made.certificate, { mode: 0o644 });
  return made;
}

function token(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  const made = randomBytes(32).toString('base64url');
  writePrivate(path, `${made}\n`);
  return made;
}

/** Write a file that only its owner may read, whole or not at all. */
export function writePrivate(path: string, text: string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text, { mode: 0o600, flush: true });
  renameSync(temporary, path);
}
