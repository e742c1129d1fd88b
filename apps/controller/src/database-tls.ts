/**
 * Keeps the certificate of OVN's databases good: renews it in its Secret, from which it comes to all pods, and tells what hinders that.
 *
 *     Secret kube-ovn-tls ──────────────┐
 *     Secret kube-ovn-tls-authority ────┴──► judge ──► events
 *                                              └─────► a successor ──► Secret kube-ovn-tls, if it is as it was read
 *
 * Every replica does, with the lease or without: when a certificate has ended, nobody sees OVN and so nobody leads. Of two that renew at
 * once the one that writes first has done it.
 */
import { type ObjectReference, resources, type Secret } from '@kube-ovn/api';
import type { Cancel } from '@kube-ovn/dataflow';
import { type EventRecorder, eventRecorder, KubeError } from '@kube-ovn/kube';
import { type KeyPair, readCertificate, renewCertificate } from '@kube-ovn/kube/certificates';
import type { Config } from './config/config.ts';
import { type Facts, judge, type TlsTexts } from './database-tls/judge.ts';
import { readTlsTexts, type TlsFiles } from './database-tls/lives.ts';
import type { Ports } from './ports.ts';

export interface DatabaseTlsConfig {
  readonly files: TlsFiles;
  readonly secret: Config['tlsSecret'];
  readonly namespace: string;
}

export interface DatabaseTlsPorts extends Pick<Ports, 'kube' | 'scheduler' | 'random' | 'log'> {
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const retryMs = 60_000;

export function startDatabaseTls(config: DatabaseTlsConfig, ports: DatabaseTlsPorts): { stop(): Promise<void> } {
  const { scheduler, log } = ports;
  const events = eventRecorder(ports.kube, 'kube-ovn-controller', ports);
  let isStopped = false;
  let cancel: Cancel | undefined;
  let work: Promise<void> = Promise.resolve();
  const lookAfter = async (): Promise<void> => {
    let waitMs = retryMs;
    try {
      waitMs = await look(config, ports, events);
    } catch (error) {
      log.warn(describe(error), 'certificate of the databases could not be looked at; trying again');
    }
    if (!isStopped) cancel = scheduler.setTimeout(begin, waitMs);
  };
  const begin = (): void => {
    work = lookAfter();
  };
  begin();
  return {
    stop: async () => {
      isStopped = true;
      cancel?.();
      await work;
    },
  };
}

/** @returns how long nothing will have to be done, in milliseconds */
async function look(config: DatabaseTlsConfig, ports: DatabaseTlsPorts, events: EventRecorder): Promise<number> {
  const { kube, log, now } = ports;
  const key = `${config.namespace}/${config.secret.name}`;
  const names = { tls: key, authority: `${key}-authority` };
  const { isRenewed } = config.secret;
  const [secret, entrusted] = isRenewed ? await Promise.all([find(ports, names.tls), find(ports, names.authority)]) : [];
  const facts: Facts = {
    tls: isRenewed ? textsOf(secret) : readTlsTexts(config.files),
    authority: isRenewed ? pairOf(entrusted) : 'off',
    names,
    nowMs: now(),
  };
  const { problems, renewal, lookAgainMs } = judge(facts);
  const tell = (of: keyof Facts['names'], reason: string, message: string): void => {
    log.warn({ secret: names[of], reason }, message);
    events.state(referenceTo(names[of]), 'Warning', reason, message);
  };
  for (const { of, reason, message } of problems) tell(of, reason, message);
  if (renewal === undefined || secret === undefined) return lookAgainMs;

  const next = await renewCertificate(renewal.authority, renewal.former, facts.nowMs);
  assertSound(facts, next);
  const data = { ...secret.data, cert: encode(next.certificate), key: encode(next.key) };
  try {
    await kube.replace(resources.secret, { ...secret, apiVersion: 'v1', kind: 'Secret', data });
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_CONFLICT') return 1000;
    const ends = new Date(readCertificate(renewal.former).endsMs).toISOString();
    const why = `Secret ${names.tls}: cert ends at ${ends} and could not be renewed, trying again: ${describe(error).error}`;
    events.state(referenceTo(names.tls), 'Warning', 'DatabaseCertificateEnds', why);
    throw error;
  }
  const { endsMs, serial } = readCertificate(next.certificate);
  const message = `Secret ${names.tls}: cert was renewed and ends at ${new Date(endsMs).toISOString()}`;
  log.info({ serial }, message);
  events.event(referenceTo(names.tls), 'Normal', 'DatabaseCertificateRenewed', message);
  return lookAgainMs;
}

/** What is written is held against the same rules as what is read: a certificate that works is never replaced by one that does not. */
function assertSound(facts: Facts, { certificate, key }: KeyPair): void {
  if (facts.tls === undefined) return;
  const { renewal, problems } = judge({ ...facts, tls: { ...facts.tls, cert: certificate, key } });
  const fault = problems.find(({ reason }) => reason === 'DatabaseCertificateInvalid');
  if (renewal !== undefined || fault !== undefined)
    throw new Error(`the successor is not used: ${fault?.message ?? 'it would be due at once'}`);
}

async function find({ kube }: Pick<Ports, 'kube'>, key: string): Promise<Secret | undefined> {
  try {
    return await kube.get(resources.secret, key);
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
    throw error;
  }
}

function textsOf(secret: Secret | undefined): TlsTexts | undefined {
  return secret === undefined ? undefined : { cacert: decode(secret, 'cacert'), cert: decode(secret, 'cert'), key: decode(secret, 'key') };
}

/** As `kubectl create secret tls` writes it. */
function pairOf(secret: Secret | undefined): KeyPair | undefined {
  return secret === undefined ? undefined : { certificate: decode(secret, 'tls.crt'), key: decode(secret, 'tls.key') };
}

function decode({ data = {} }: Secret, name: string): string {
  return Buffer.from(data[name] ?? '', 'base64').toString('utf8');
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** By its name alone: when it is not there, this is said of it too. */
function referenceTo(key: string): ObjectReference {
  const [namespace = '', name = ''] = key.split('/');
  return { apiVersion: 'v1', kind: 'Secret', namespace, name };
}

/** Words alone: an error may hold on to what was sent. */
function describe(error: unknown): { readonly error: string } {
  return { error: error instanceof Error ? error.message : String(error) };
}
