/** Certificates: an authority of its own, ECDSA P-256, server certificates and client certificates; and successors of certificates that others made. */
import 'reflect-metadata';
import { createPrivateKey, X509Certificate as NodeCertificate, type KeyObject, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  cryptoProvider,
} from '@peculiar/x509';
import type { Extension, JsonGeneralName, JsonName, Name } from '@peculiar/x509';

/** A certificate and its private key, as PEM texts. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Of keys, and of what they sign. */
type Algorithm = webcrypto.RsaHashedKeyGenParams | (webcrypto.EcKeyGenParams & { readonly hash: string });

const ecdsa: Algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** OpenSSL's names of curves. */
const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
const dayMs = 86_400_000;
const tenYearsMs = 3650 * dayMs;

/** From when, and how long, a certificate is good. */
export interface Validity {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Default: ten years. */
  readonly lifetimeMs?: number;
}

/**
 * Make a certificate authority.
 *
 * @param name of authorities that are trusted side by side each has another: OpenSSL finds a certificate's issuer by it
 */
export async function makeAuthority(name: string, validity: Validity): Promise<KeyPair> {
  const keys = await newKeys(ecdsa);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [name] }],
      keys,
      signingAlgorithm: ecdsa,
      ...datesOf(validity),
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    },
    webcrypto,
  );
  return { certificate: certificate.toString('pem'), key: await keyText(keys.privateKey) };
}

/** Make a server's certificate. @param names DNS names and IP addresses it answers to; the first is its common name */
export function makeServerCertificate(authority: KeyPair, names: readonly string[], validity: Validity): Promise<KeyPair> {
  const alternatives = names.map((value): JsonGeneralName => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value }));
  return issue(authority, {
    subject: [{ CN: names.slice(0, 1) }],
    usage: [ExtendedKeyUsage.serverAuth],
    more: [new SubjectAlternativeNameExtension(alternatives)],
    dates: datesOf(validity),
    algorithm: ecdsa,
  });
}

/** Make a user's certificate. @param user `CN`, and `O` for each group */
export function makeClientCertificate(
  authority: KeyPair,
  user: { readonly name: string; readonly groups: readonly string[] },
  validity: Validity,
): Promise<KeyPair> {
  return issue(authority, {
    subject: [{ CN: [user.name] }, ...user.groups.map((group) => ({ O: [group] }))],
    usage: [ExtendedKeyUsage.clientAuth],
    more: [],
    dates: datesOf(validity),
    algorithm: ecdsa,
  });
}

/**
 * Make a successor of a certificate: another key of the same kind and size, for the same subject and names, good as long as its
 * predecessor was, but no longer than the authority. For servers and clients.
 *
 * The kind of key stays because OpenSSL keeps a certificate for each kind: a program that loads one of another kind while it runs would
 * go on showing the old one too.
 *
 * @throws when a text is no certificate or key, or a key is neither RSA nor of a curve of NIST's
 */
export function renewCertificate(authority: KeyPair, former: string, nowMs: number): Promise<KeyPair> {
  const before = new X509Certificate(former);
  const lifeMs = before.notAfter.getTime() - before.notBefore.getTime();
  const fromMs = nowMs - Math.min(dayMs, lifeMs / 24);
  const endsMs = Math.min(fromMs + lifeMs, new NodeCertificate(authority.certificate).validToDate.getTime());
  const names = before.getExtension(SubjectAlternativeNameExtension);
  return issue(authority, {
    subject: before.subjectName,
    usage: [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth],
    more: names === null ? [] : [names],
    dates: { notBefore: new Date(fromMs), notAfter: new Date(endsMs) },
    algorithm: algorithmOf(new NodeCertificate(former).publicKey),
  });
}

interface Issued {
  readonly subject: { [field: string]: string[] }[] | JsonName | Name;
  readonly usage: ExtendedKeyUsage[];
  readonly more: readonly Extension[];
  readonly dates: ReturnType<typeof datesOf>;
  /** Of the new key. */
  readonly algorithm: Algorithm;
}

async function issue(authority: KeyPair, { subject, usage, more, dates, algorithm }: Issued): Promise<KeyPair> {
  const keys = await newKeys(algorithm);
  const issuer = new X509Certificate(authority.certificate);
  const signer = createPrivateKey(authority.key);
  const signingAlgorithm = algorithmOf(signer);
  const pkcs8 = new Uint8Array(signer.export({ type: 'pkcs8', format: 'der' }));
  const certificate = await X509CertificateGenerator.create(
    {
      subject,
      issuer: issuer.subjectName,
      publicKey: keys.publicKey,
      signingKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, signingAlgorithm, false, ['sign']),
      signingAlgorithm,
      ...dates,
      extensions: [
        new BasicConstraintsExtension(false),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension(usage),
        ...more,
      ],
    },
    webcrypto,
  );
  return { certificate: certificate.toString('pem'), key: await keyText(keys.privateKey) };
}

function newKeys(algorithm: Algorithm): Promise<webcrypto.CryptoKeyPair> {
  cryptoProvider.set(webcrypto);
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): Algorithm {
  const { modulusLength, namedCurve = '' } = asymmetricKeyDetails;
  if (asymmetricKeyType === 'rsa' && modulusLength !== undefined)
    return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength, publicExponent: new Uint8Array([1, 0, 1]) };
  const curve = curves[namedCurve];
  if (curve !== undefined) return { name: 'ECDSA', namedCurve: curve, hash: 'SHA-256' };
  throw new Error(`a key of kind ${[asymmetricKeyType, namedCurve].join(' ').trim()}: it must be RSA, or EC of P-256, P-384 or P-521`);
}

async function keyText(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), PemConverter.PrivateKeyTag);
}

/** Clocks of other machines may be behind: the certificate is good since yesterday. */
function datesOf({ nowMs, lifetimeMs = tenYearsMs }: Validity): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - dayMs), notAfter: new Date(nowMs + lifetimeMs) };
}

/** When a certificate was made, if it is one of ours, from when it is good and when it ends, in milliseconds since 1970. */
export interface CertificateDates {
  readonly madeMs: number;
  readonly fromMs: number;
  readonly endsMs: number;
  readonly serial: string;
}

/** @throws when the text is no certificate */
export function readCertificate(pem: string): CertificateDates {
  const { validFromDate, validToDate, serialNumber } = new NodeCertificate(pem);
  const fromMs = validFromDate.getTime();
  return { madeMs: fromMs + dayMs, fromMs, endsMs: validToDate.getTime(), serial: serialNumber };
}

/** What hinders a certificate and a key from being used together, in words that tell nothing of the key; undefined: nothing. */
export function pairProblem({ certificate, key }: KeyPair): 'certificate' | 'key' | 'not of each other' | undefined {
  const parsed = attempt(() => new NodeCertificate(certificate));
  if (parsed === undefined) return 'certificate';
  const privateKey = attempt(() => createPrivateKey(key));
  if (privateKey === undefined || attempt(() => algorithmOf(privateKey)) === undefined) return 'key';
  return parsed.checkPrivateKey(privateKey) ? undefined : 'not of each other';
}

/** All certificates of a text; what is none is left out. */
export function certificatesIn(text: string): readonly string[] {
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return found.filter((each) => attempt(() => new NodeCertificate(each)) !== undefined);
}

/** Whether this authority signed that certificate. @throws when a text is no certificate */
export function isIssuedBy(certificate: string, authority: string): boolean {
  const [leaf, issuer] = [new NodeCertificate(certificate), new NodeCertificate(authority)];
  return leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
}

/** Whether a certificate may sign others. @throws when the text is no certificate */
export function isAuthority(certificate: string): boolean {
  return new NodeCertificate(certificate).ca;
}

/** Whether two texts are the same certificate. @throws when a text is no certificate */
export function isSameCertificate(a: string, b: string): boolean {
  return new NodeCertificate(a).fingerprint256 === new NodeCertificate(b).fingerprint256;
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
