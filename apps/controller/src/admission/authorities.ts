/**
 * The webhook's certificate authorities over time. Pure: what to do next follows from what the Secret holds and from the time.
 *
 *     current ─────────────────────────────┬──► previous ───────► gone
 *                     next: trusted ───────┴──► current: issues
 *
 * A new authority is trusted by the API server for a while before anything is issued by it, and the old one until it ends: at no moment
 * does a replica show a certificate that the API server does not trust.
 */
import type { Secret } from '@kube-ovn/api';
import type { KeyPair } from '@kube-ovn/kube/certificates';

export interface Authorities {
  /** Issues the certificates that replicas serve with. */
  readonly current: KeyPair;
  /** Trusted already; issues later. */
  readonly next?: KeyPair;
  /** Certificate of the one before, trusted until it ends. */
  readonly previous?: string;
}

/** All in milliseconds. */
export interface Rotation {
  /** A serving certificate's life; it is replaced when a third of it is left. */
  readonly servingMs: number;
  readonly authorityMs: number;
  /** How long an authority is trusted before it issues. */
  readonly overlapMs: number;
}

/** An authority lives as long as three certificates, so that one issued by it just before it goes ends no later than it does. */
export function rotationOf(servingMs: number): Rotation {
  return { servingMs, authorityMs: 3 * servingMs, overlapMs: Math.max(1000, Math.min(3_600_000, servingMs / 12)) };
}

/** When a certificate was made, and when it ends. */
export type ReadDates = (pem: string) => { readonly madeMs: number; readonly endsMs: number };

export type Step = 'make current' | 'make next' | 'promote next' | 'drop previous' | 'nothing';

/** What is to be done now. */
export function nextStep(
  authorities: Authorities | undefined,
  nowMs: number,
  { rotation, read }: { readonly rotation: Rotation; readonly read: ReadDates },
): Step {
  if (authorities === undefined || read(authorities.current.certificate).endsMs <= nowMs) return 'make current';
  const { current, next, previous } = authorities;
  if (next !== undefined) return read(next.certificate).madeMs + rotation.overlapMs <= nowMs ? 'promote next' : 'nothing';
  if (previous !== undefined && read(previous).endsMs <= nowMs) return 'drop previous';
  return isDue(read(current.certificate), nowMs) ? 'make next' : 'nothing';
}

/** A third of its life is left, or less. */
export function isDue({ madeMs, endsMs }: ReturnType<ReadDates>, nowMs: number): boolean {
  return endsMs - nowMs <= (endsMs - madeMs) / 3;
}

/** All that are trusted, as the API server takes them. */
export function caBundle({ current, next, previous }: Authorities): string {
  const all = [current.certificate, next?.certificate, previous].filter((each) => each !== undefined);
  return base64(all.map((pem) => `${pem.trim()}\n`).join(''));
}

/** What the Secret holds; undefined when it is not there, or spoilt. */
export function readAuthorities(secret: Secret | undefined, read: ReadDates): Authorities | undefined {
  const data = secret?.data ?? {};
  const pair = (name: string): KeyPair | undefined => {
    const [certificate, key] = [text(data[`${name}.crt`]), text(data[`${name}.key`])];
    return certificate !== undefined && key !== undefined && isReadable(certificate, read) ? { certificate, key } : undefined;
  };
  const [current, next, previous] = [pair('current'), pair('next'), text(data['previous.crt'])];
  if (current === undefined) return undefined;
  return {
    current,
    ...(next === undefined ? {} : { next }),
    ...(previous === undefined || !isReadable(previous, read) ? {} : { previous }),
  };
}

/** The other way. */
export function authoritiesData({ current, next, previous }: Authorities): Readonly<Record<string, string>> {
  return {
    'current.crt': base64(current.certificate),
    'current.key': base64(current.key),
    ...(next === undefined ? {} : { 'next.crt': base64(next.certificate), 'next.key': base64(next.key) }),
    ...(previous === undefined ? {} : { 'previous.crt': base64(previous) }),
  };
}

function isReadable(pem: string, read: ReadDates): boolean {
  try {
    read(pem);
    return true;
  } catch {
    return false;
  }
}

function base64(value: string): string {
  return Buffer.from(value, 'utf8').toString('base64');
}

function text(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : Buffer.from(value, 'base64').toString('utf8');
}
