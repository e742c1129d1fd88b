/**
 * The files of a TLS connection, and what went wrong with them in words that name the file.
 */
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { OvsdbError } from '../errors.ts';

/** Files of a mutual TLS connection, in PEM. They are read anew for each connection, so that rotation needs no restart. */
export interface TlsFiles {
  readonly privateKey: string;
  readonly certificate: string;
  readonly caCertificate: string;
}

/** The contents of the files, found to fit together, as text. */
export interface TlsContents {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/**
 * Read the files of a connection to `remote`.
 *
 * @throws {OvsdbError} OVSDB_BAD_REMOTE naming the file that cannot be read or used; nothing of what is in a key is told
 */
export function readTlsFiles(remote: string, { privateKey, certificate, caCertificate }: TlsFiles): TlsContents {
  // Loaded when it is needed, like TLS itself.
  const { createPrivateKey, X509Certificate } = process.getBuiltinModule('node:crypto');
  const read = <T>(file: string, what: string, parse: (text: string) => T): readonly [string, T] => {
    try {
      const text = readFileSync(file, 'utf8');
      return [text, parse(text)];
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const isFound = code?.startsWith('E') === true && !code.startsWith('ERR_');
      throw bad(remote, isFound ? message : `${file} is no ${what} in PEM (${code ?? message})`, error);
    }
  };
  const [key, parsedKey] = read<KeyObject>(privateKey, 'unencrypted private key', (text) => createPrivateKey(text));
  const [cert, parsedCertificate] = read(certificate, 'certificate', (text) => new X509Certificate(text));
  const [ca] = read(caCertificate, 'certificate of an authority', (text) => new X509Certificate(text));
  if (!parsedCertificate.checkPrivateKey(parsedKey))
    throw bad(remote, `the private key ${privateKey} does not belong to the certificate ${certificate}`, undefined);
  return { key, cert, ca };
}

/**
 * Why a TLS connection ended, with the file that it was about; any other error as it is.
 *
 * @param hasHeard whether the server has sent anything of the protocol
 */
export function explainTlsError(error: Error, files: TlsFiles, hasHeard: boolean): Error {
  const { code = '' } = error as NodeJS.ErrnoException;
  const words = wordsOf(code, files, hasHeard);
  return words === undefined ? error : new Error(`${words} (${code})`, { cause: error });
}

function wordsOf(code: string, { certificate, caCertificate }: TlsFiles, hasHeard: boolean): string | undefined {
  const alert = /^ERR_SSL_.*ALERT_(?<alert>\w+)$/.exec(code)?.groups?.['alert'];
  if (alert !== undefined) return `the server refuses the certificate ${certificate}: ${alert.toLowerCase().replaceAll('_', ' ')}`;
  if (UNTRUSTED.has(code)) return `no authority in ${caCertificate} signed the server's certificate`;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return "the server's certificate has expired";
    case 'CERT_NOT_YET_VALID':
      return "the server's certificate is not valid yet";
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'the server does not speak TLS';
    // A refusal can be lost: a server that closes at once makes our next write fail before its alert is read.
    case 'EPIPE':
    case 'ECONNRESET':
      return hasHeard ? undefined : `the server closed the connection at once; it may refuse the certificate ${certificate}`;
    default:
      return undefined;
  }
}

/** @source https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);

function bad(remote: string, why: string, cause: unknown): OvsdbError {
  return new OvsdbError('OVSDB_BAD_REMOTE', `${remote}: ${why}`, cause === undefined ? {} : { cause });
}
