/** Certificates: an authority of its own, ECDSA P-256, server certificates and client certificates. */
import 'reflect-metadata';
import { X509Certificate as NodeCertificate, webcrypto } from 'node:crypto';
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
import type { Extension, JsonGeneralName } from '@peculiar/x509';

/** A certificate and its private key, as PEM texts. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
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
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [name] }],
      keys,
      signingAlgorithm: algorithm,
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
    usage: ExtendedKeyUsage.serverAuth,
    more: [new SubjectAlternativeNameExtension(alternatives)],
    validity,
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
    usage: ExtendedKeyUsage.clientAuth,
    more: [],
    validity,
  });
}

interface Issued {
  readonly subject: { [field: string]: string[] }[];
  readonly usage: ExtendedKeyUsage;
  readonly more: readonly Extension[];
  readonly validity: Validity;
}

async function issue(authority: KeyPair, { subject, usage, more, validity }: Issued): Promise<KeyPair> {
  const keys = await newKeys();
  const issuer = new X509Certificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(authority.key), algorithm, false, ['sign']);
  const certificate = await X509CertificateGenerator.create(
    {
      subject,
      issuer: issuer.subject,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      ...datesOf(validity),
      extensions: [
        new BasicConstraintsExtension(false),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([usage]),
        ...more,
      ],
    },
    webcrypto,
  );
  return { certificate: certificate.toString('pem'), key: await keyText(keys.privateKey) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  cryptoProvider.set(webcrypto);
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function keyText(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), PemConverter.PrivateKeyTag);
}

/** Clocks of other machines may be behind: the certificate is good since yesterday. */
function datesOf({ nowMs, lifetimeMs = tenYearsMs }: Validity): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - dayMs), notAfter: new Date(nowMs + lifetimeMs) };
}

/** When an authority or certificate of ours was made and when it ends, in milliseconds since 1970. @throws when the text is no certificate */
export function readCertificate(pem: string): { readonly madeMs: number; readonly endsMs: number; readonly serial: string } {
  const { validFromDate, validToDate, serialNumber } = new NodeCertificate(pem);
  return { madeMs: validFromDate.getTime() + dayMs, endsMs: validToDate.getTime(), serial: serialNumber };
}
