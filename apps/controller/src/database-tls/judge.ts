/**
 * The certificate by which the databases of OVN and their clients know each other: whether it is to be renewed, and what is to be told of
 * it. Pure: it follows from what the Secrets hold and from the time.
 */
import {
  certificatesIn,
  isAuthority,
  isIssuedBy,
  isSameCertificate,
  type KeyPair,
  pairProblem,
  readCertificate,
} from '@kube-ovn/kube/certificates';
import { isDue } from '../admission/authorities.ts';

/** What the Secret holds, as texts; empty: a key of it that is not there. */
export interface TlsTexts {
  readonly cacert: string;
  readonly cert: string;
  readonly key: string;
}

export interface Facts {
  /** Undefined: there is no such Secret. */
  readonly tls: TlsTexts | undefined;
  /** `off`: nobody may renew; undefined: its key was not entrusted to the cluster. */
  readonly authority: KeyPair | 'off' | undefined;
  /** Both Secrets, as namespace/name. */
  readonly names: { readonly tls: string; readonly authority: string };
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** To be told, in an event, on one of the Secrets. */
export interface Problem {
  readonly of: keyof Facts['names'];
  readonly reason: string;
  readonly message: string;
}

export interface Judgement {
  readonly problems: readonly Problem[];
  /** Present: a successor of this certificate is to be made by this authority. */
  readonly renewal?: { readonly authority: KeyPair; readonly former: string };
  /** When the world is to be looked at again. */
  readonly lookAgainMs: number;
}

const hourMs = 3_600_000;
const minuteMs = 60_000;

export function judge(facts: Facts): Judgement {
  const { tls, nowMs, names } = facts;
  const found = tls === undefined ? { fault: `${absence(facts)}; make it with deploy/tls.sh make and apply` } : examine(tls);
  if ('fault' in found) {
    const message = `Secret ${names.tls}: ${found.fault}`;
    return { problems: [{ of: 'tls', reason: 'DatabaseCertificateInvalid', message }], lookAgainMs: minuteMs };
  }
  const { issuer, cert } = found;
  const { fromMs, endsMs } = readCertificate(cert);
  const lookAgainMs = Math.max(1000, Math.min(hourMs, (endsMs - fromMs) / 24));
  const problems: Problem[] = [...authorityEnds(issuer, facts)];
  const refusal = refusalOf(issuer, facts);
  if (refusal !== undefined)
    problems.push({ of: 'authority', reason: 'DatabaseAuthorityRefused', message: `Secret ${names.authority}: ${refusal}` });
  if (!isDue({ madeMs: fromMs, endsMs }, nowMs)) return { problems, lookAgainMs };
  const hindrance = hindranceOf({ facts, refusal, endsMs, issuer });
  if (hindrance === undefined && typeof facts.authority === 'object')
    return { problems, renewal: { authority: facts.authority, former: cert }, lookAgainMs };
  const message = `Secret ${names.tls}: cert ends at ${timeText(endsMs)} and is not renewed: ${hindrance}`;
  return { problems: [...problems, { of: 'tls', reason: 'DatabaseCertificateEnds', message }], lookAgainMs };
}

/** The authority that signed the certificate, among those that are trusted. */
export function issuerOf({ cacert, cert }: Omit<TlsTexts, 'key'>): string | undefined {
  return certificatesIn(cacert).find((authority) => isIssuedBy(cert, authority));
}

/** With `off` the files tell. */
function absence({ authority }: Facts): string {
  return authority === 'off' ? 'its files cacert, cert and key can not be read' : 'it is not there';
}

/** Its authority, or why it can not be used. */
function examine({
  cacert,
  cert,
  key,
}: TlsTexts): { readonly issuer: string | undefined; readonly cert: string } | { readonly fault: string } {
  const wayOut = 'write it anew with deploy/tls.sh renew and apply';
  switch (pairProblem({ certificate: cert, key })) {
    case 'certificate':
      return { fault: `cert is no certificate in PEM; ${wayOut}` };
    case 'key':
      return { fault: `key is ${noKey}; ${wayOut}` };
    case 'not of each other':
      return { fault: `key does not belong to cert; ${wayOut}` };
    case undefined:
      break;
  }
  if (certificatesIn(cacert).length === 0) return { fault: `cacert has no certificate in PEM; ${wayOut}` };
  const issuer = issuerOf({ cacert, cert });
  // with others behind it they lead to an authority; it can not be renewed then
  return issuer === undefined && certificatesIn(cert).length === 1
    ? { fault: `no authority in cacert has signed cert; ${wayOut}` }
    : { issuer, cert };
}

const noKey = 'no private key, unencrypted and in PEM, that is RSA or EC';

/** Why what was entrusted can not be used, whether or not it is needed now. */
function refusalOf(issuer: string | undefined, { authority, names, nowMs }: Facts): string | undefined {
  if (typeof authority !== 'object') return undefined;
  const wayOut = 'nothing is renewed with it; write it anew with deploy/tls.sh entrust, or delete it';
  switch (pairProblem(authority)) {
    case 'certificate':
      return `tls.crt is no certificate in PEM; ${wayOut}`;
    case 'key':
      return `tls.key is ${noKey}; ${wayOut}`;
    case 'not of each other':
      return `tls.key does not belong to tls.crt; ${wayOut}`;
    case undefined:
      break;
  }
  if (!isAuthority(authority.certificate)) return `tls.crt is a certificate, but not of an authority; ${wayOut}`;
  if (issuer === undefined || !isSameCertificate(authority.certificate, issuer))
    return `tls.crt is not the authority in cacert that signed cert of ${names.tls}; ${wayOut}`;
  const { endsMs } = readCertificate(authority.certificate);
  return endsMs <= nowMs ? `tls.crt has ended at ${timeText(endsMs)}; ${anotherAuthority}` : undefined;
}

const anotherAuthority =
  'change the authority with deploy/tls.sh next, switch and finish, each followed by apply, and entrust after switch';

function authorityEnds(issuer: string | undefined, { nowMs, names }: Facts): readonly Problem[] {
  if (issuer === undefined) return [];
  const { fromMs, endsMs } = readCertificate(issuer);
  if (!isDue({ madeMs: fromMs, endsMs }, nowMs)) return [];
  const message = `Secret ${names.tls}: the authority in cacert ends at ${timeText(endsMs)}; ${anotherAuthority}`;
  return [{ of: 'tls', reason: 'DatabaseAuthorityEnds', message }];
}

interface Due {
  readonly facts: Facts;
  readonly refusal: string | undefined;
  readonly endsMs: number;
  readonly issuer: string | undefined;
}

function hindranceOf({ facts: { authority, names }, refusal, endsMs, issuer }: Due): string | undefined {
  const byHand = 'run deploy/tls.sh renew and apply';
  if (authority === 'off') return `renewal is off (--tls-renew, the setting tls.renew); ${byHand}, or turn it on`;
  if (authority === undefined)
    return `the authority's key is not in the cluster, as Secret ${names.authority}; ${byHand}, or entrust it with deploy/tls.sh entrust`;
  if (refusal !== undefined) return `Secret ${names.authority} can not be used; see the events of that`;
  return issuer !== undefined && readCertificate(issuer).endsMs <= endsMs ? `its authority ends no later; ${anotherAuthority}` : undefined;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('.000', '');
}
