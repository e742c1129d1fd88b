import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  certificatesIn,
  isIssuedBy,
  isSameCertificate,
  type KeyPair,
  makeAuthority,
  makeServerCertificate,
  pairProblem,
  renewCertificate,
} from './certificates.ts';

const dayMs = 86_400_000;
const nowMs = Date.now();

let home: string;
/** By OpenSSL, as deploy/tls.sh makes them. */
let authority: KeyPair;
let leaf: KeyPair;

const openssl = (...args: readonly string[]): string => execFileSync('openssl', args, { encoding: 'utf8', cwd: home, stdio: 'pipe' });
const read = (name: string): KeyPair => ({
  certificate: readFileSync(join(home, `${name}.crt`), 'utf8'),
  key: readFileSync(join(home, `${name}.key`), 'utf8'),
});

function makeWithOpenssl(name: string, kind: readonly string[]): KeyPair {
  openssl(
    'req',
    '-x509',
    '-nodes',
    '-newkey',
    ...kind,
    '-days',
    '1095',
    '-subj',
    '/O=kube-ovn/CN=a',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.crt`,
  );
  return read(name);
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'certificates-'));
  authority = makeWithOpenssl('authority', ['rsa:2048']);
  openssl('req', '-nodes', '-newkey', 'rsa:3072', '-subj', '/O=kube-ovn/CN=ovn', '-keyout', 'leaf.key', '-out', 'leaf.csr');
  openssl(...'x509 -req -days 365 -in leaf.csr -CA authority.crt -CAkey authority.key -set_serial 7 -out leaf.crt'.split(' '));
  leaf = read('leaf');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the successor of a certificate that OpenSSL made', () => {
  it('has another key of the same kind and size, the same subject and life, and OpenSSL accepts it', async () => {
    const next = await renewCertificate(authority, leaf.certificate, nowMs);
    const [before, after] = [new X509Certificate(leaf.certificate), new X509Certificate(next.certificate)];
    expect(after.subject).toBe(before.subject);
    expect(after.publicKey.asymmetricKeyType).toBe('rsa');
    expect(after.publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072);
    expect(after.publicKey.equals(before.publicKey)).toBe(false);
    expect(after.validToDate.getTime() - after.validFromDate.getTime()).toBe(365 * dayMs);
    expect(nowMs - after.validFromDate.getTime()).toBeLessThan(dayMs + 1000);
    expect(pairProblem(next)).toBeUndefined();
    writeFileSync(join(home, 'next.crt'), next.certificate);
    for (const purpose of ['sslserver', 'sslclient'])
      expect(openssl('verify', '-purpose', purpose, '-CAfile', 'authority.crt', 'next.crt')).toBe('next.crt: OK\n');
  });

  it('keeps its life over many generations, and ends with the authority', async () => {
    let last = leaf.certificate;
    for (let generation = 0; generation < 3; generation += 1) {
      last = (await renewCertificate(authority, last, nowMs + generation * 240 * dayMs)).certificate;
      const { validFromDate, validToDate } = new X509Certificate(last);
      expect(validToDate.getTime() - validFromDate.getTime()).toBe(365 * dayMs);
    }
    const late = await renewCertificate(authority, last, nowMs + 1000 * dayMs);
    expect(new X509Certificate(late.certificate).validTo).toBe(new X509Certificate(authority.certificate).validTo);
  });
});

describe('the successor', () => {
  it.each([
    ['ec', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['rsa', ['rsa:2048']],
  ])('is signed by an authority whose key is %s', async (name, kind) => {
    const other = makeWithOpenssl(`by-${name}`, kind);
    const former = await makeServerCertificate(other, ['db.example.org', '192.0.2.7', '2001:db8::7'], { nowMs, lifetimeMs: dayMs });
    const next = await renewCertificate(other, former.certificate, nowMs);
    expect(isIssuedBy(next.certificate, other.certificate)).toBe(true);
    expect(isIssuedBy(next.certificate, authority.certificate)).toBe(false);
    const { subjectAltName, publicKey } = new X509Certificate(next.certificate);
    expect(subjectAltName).toBe(new X509Certificate(former.certificate).subjectAltName);
    expect(publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  it('is not made by a key that can not sign so', async () => {
    openssl('genpkey', '-algorithm', 'ed25519', '-out', 'ed.key');
    const key = readFileSync(join(home, 'ed.key'), 'utf8');
    await expect(renewCertificate({ ...authority, key }, leaf.certificate, nowMs)).rejects.toThrow(/kind ed25519: it must be RSA, or EC/);
    expect(pairProblem({ ...authority, key })).toBe('key');
  });
});

describe('what is wrong with a pair', () => {
  it('is told without a word of the key', async () => {
    const other = await makeAuthority('other', { nowMs });
    expect(pairProblem(leaf)).toBeUndefined();
    expect(pairProblem({ ...leaf, certificate: 'no PEM' })).toBe('certificate');
    expect(pairProblem({ ...leaf, key: leaf.key.slice(0, 400) })).toBe('key');
    expect(pairProblem({ ...leaf, key: other.key })).toBe('not of each other');
  });

  it('certificates are found in a text with others and with words between them', async () => {
    const other = await makeAuthority('other', { nowMs });
    const spoilt = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    const found = certificatesIn(`words\n${authority.certificate}\n${spoilt}\n${other.certificate}`);
    expect(found).toHaveLength(2);
    expect(isSameCertificate(found[0] ?? '', authority.certificate)).toBe(true);
    expect(isSameCertificate(found[1] ?? '', authority.certificate)).toBe(false);
  });
});
