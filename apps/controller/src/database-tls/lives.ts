/** How long the files are good that connections to the databases are made with. */
import { readFileSync } from 'node:fs';
import { readCertificate } from '@kube-ovn/kube/certificates';
import type { Config } from '../config/config.ts';
import { issuerOf, type TlsTexts } from './judge.ts';

export type TlsFiles = NonNullable<Config['databaseTls']>;

export interface CertificateLife {
  readonly file: 'cert' | 'cacert';
  readonly remainingMs: number;
  /** From its beginning to its end. */
  readonly lifeMs: number;
}

/** Undefined: one can not be read. Nothing is told here: who connects by them tells it. */
export function readTlsTexts(files: TlsFiles): TlsTexts | undefined {
  try {
    const [cacert, cert, key] = [files.caCertificate, files.certificate, files.privateKey].map((file) => readFileSync(file, 'utf8'));
    return { cacert: cacert ?? '', cert: cert ?? '', key: key ?? '' };
  } catch {
    return undefined;
  }
}

/** Read anew each time, as connections do. What can not be read is not there. */
export function certificateLives(files: TlsFiles, nowMs: number): readonly CertificateLife[] {
  const life = (file: CertificateLife['file'], pem: string): CertificateLife => {
    const { fromMs, endsMs } = readCertificate(pem);
    return { file, remainingMs: endsMs - nowMs, lifeMs: endsMs - fromMs };
  };
  const texts = readTlsTexts(files);
  if (texts === undefined) return [];
  try {
    const issuer = issuerOf(texts);
    return [life('cert', texts.cert), ...(issuer === undefined ? [] : [life('cacert', issuer)])];
  } catch {
    return [];
  }
}
