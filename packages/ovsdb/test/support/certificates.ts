/** Certificates for tests, made by openssl: an authority and what it signs. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TlsFiles } from '../../src/node/index.ts';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export interface Authority {
  readonly certificate: string;
  /** Sign a new key; the files replace those of an earlier call with this name. With 0 `days`, the certificate has expired. */
  issue(name: string, options?: { readonly days?: number }): Promise<TlsFiles>;
}

/** Make an authority whose files are in a directory. */
export async function makeAuthority(directory: string, name = 'ca'): Promise<Authority> {
  const key = join(directory, `${name}.key`);
  const certificate = join(directory, `${name}.pem`);
  await run('openssl', ['req', '-x509', ...KEY, '-keyout', key, '-out', certificate, '-days', '2', '-subj', `/CN=${name}`]);
  return {
    certificate,
    async issue(subject, { days = 2 } = {}) {
      const files = {
        privateKey: join(directory, `${subject}.key`),
        certificate: join(directory, `${subject}.pem`),
        caCertificate: certificate,
      };
      const request = join(directory, `${subject}.csr`);
      await run('openssl', ['req', ...KEY, '-keyout', files.privateKey, '-out', request, '-subj', `/CN=${subject}`]);
      const signing = ['-CA', certificate, '-CAkey', key, '-CAcreateserial', '-days', String(days)];
      await run('openssl', ['x509', '-req', '-in', request, ...signing, '-out', files.certificate]);
      return files;
    },
  };
}
