import { type KeyPair, makeAuthority, makeServerCertificate, readCertificate, renewCertificate } from '@kube-ovn/kube/certificates';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Facts, judge } from './judge.ts';

const dayMs = 86_400_000;
const start = Date.UTC(2030, 0, 1);
/** Of certificates made by `makeServerCertificate`, which begin a day early. */
const lifeMs = 300 * dayMs;

let authority: KeyPair;
let other: KeyPair;
let leaf: KeyPair;
const names = { tls: 'kube-system/kube-ovn-tls', authority: 'kube-system/kube-ovn-tls-authority' };

beforeAll(async () => {
  authority = await makeAuthority('one', { nowMs: start, lifetimeMs: 3 * lifeMs });
  other = await makeAuthority('two', { nowMs: start, lifetimeMs: 3 * lifeMs });
  leaf = await makeServerCertificate(authority, ['ovn'], { nowMs: start, lifetimeMs: lifeMs - dayMs });
});

const facts = (more: Partial<Facts> = {}): Facts => ({
  tls: { cacert: authority.certificate, cert: leaf.certificate, key: leaf.key },
  authority,
  names,
  nowMs: start,
  ...more,
});
const withTls = (more: object): Partial<Facts> => ({
  tls: { cacert: authority.certificate, cert: leaf.certificate, key: leaf.key, ...more },
});
const messages = (given: Partial<Facts>): readonly string[] =>
  judge(facts(given)).problems.map(({ of, reason, message }) => `${of} ${reason} ${message}`);
/** 199 days after it began two thirds of its life are not gone yet, after 200 they are. */
const before = start + 199 * dayMs - dayMs;
const due = start + 200 * dayMs - dayMs;

describe('a certificate', () => {
  it('is renewed when a third of its life is left, and later, even after its end', () => {
    expect(judge(facts({ nowMs: before }))).toEqual({ problems: [], lookAgainMs: 3_600_000 });
    for (const nowMs of [due, start + 298 * dayMs, start + 400 * dayMs])
      expect(judge(facts({ nowMs }))).toEqual({
        problems: [],
        renewal: { authority, former: leaf.certificate },
        lookAgainMs: 3_600_000,
      });
  });

  it('over the life of its authority, looked at twice a day: never ends, is renewed a few times, and all is told before the end', async () => {
    let tls = { cacert: authority.certificate, cert: leaf.certificate, key: leaf.key };
    const renewedAt: number[] = [];
    let toldAt: number | undefined;
    const endsMs = readCertificate(authority.certificate).endsMs;
    for (let nowMs = start; nowMs < endsMs; nowMs += dayMs / 2) {
      const { renewal, problems } = judge(facts({ tls, nowMs }));
      if (problems.length > 0) toldAt ??= nowMs;
      if (renewal !== undefined) {
        const next = await renewCertificate(authority, tls.cert, nowMs);
        tls = { ...tls, cert: next.certificate, key: next.key };
        renewedAt.push(nowMs);
      }
      expect(readCertificate(tls.cert).endsMs).toBeGreaterThan(nowMs);
    }
    // the last one ends with the authority, and is not replaced by one that would do no better
    expect(renewedAt.length).toBe(4);
    expect(endsMs - (toldAt ?? endsMs)).toBeGreaterThan(290 * dayMs);
  }, 30_000);

  it('that nobody may renew is told of when it is due, with its end and the way out, and not before', () => {
    for (const authorityGiven of ['off', undefined] as const) expect(messages({ nowMs: before, authority: authorityGiven })).toEqual([]);
    const ends = 'tls DatabaseCertificateEnds Secret kube-system/kube-ovn-tls: cert ends at 2030-10-27T00:00:00Z and is not renewed: ';
    expect(messages({ nowMs: due, authority: undefined })).toEqual([
      `${ends}the authority's key is not in the cluster, as Secret kube-system/kube-ovn-tls-authority; run deploy/tls.sh renew and apply, or entrust it with deploy/tls.sh entrust`,
    ]);
    expect(messages({ nowMs: due, authority: 'off' })).toEqual([
      `${ends}renewal is off (--tls-renew, the setting tls.renew); run deploy/tls.sh renew and apply, or turn it on`,
    ]);
  });

  it.each<[string, () => Partial<Facts>, string]>([
    ['not there', () => ({ tls: undefined }), 'it is not there; make it'],
    ['not readable', () => ({ tls: undefined, authority: 'off' }), 'its files cacert, cert and key can not be read; make it'],
    ['cert is no PEM', () => withTls({ cert: 'x' }), 'cert is no certificate in PEM; write it anew'],
    ['key is no PEM', () => withTls({ key: '' }), 'key is no private key'],
    ['key of another', () => withTls({ key: other.key }), 'key does not belong to cert'],
    ['cacert is no PEM', () => withTls({ cacert: 'x' }), 'cacert has no certificate in PEM'],
    ['cacert is another', () => withTls({ cacert: other.certificate }), 'no authority in cacert has signed cert'],
  ])('that does not work is told of and never replaced: %s', (_what, given, message) => {
    const judgement = judge(facts({ nowMs: due, ...given() }));
    expect(judgement.renewal).toBeUndefined();
    expect(judgement.problems).toMatchObject([
      { of: 'tls', reason: 'DatabaseCertificateInvalid', message: expect.stringContaining(`Secret ${names.tls}: ${message}`) },
    ]);
  });
});

describe('an authority', () => {
  it.each<[string, () => KeyPair, string]>([
    ['no PEM', () => ({ ...authority, certificate: 'x' }), 'tls.crt is no certificate in PEM'],
    ['key is no PEM', () => ({ ...authority, key: 'x' }), 'tls.key is no private key, unencrypted and in PEM, that is RSA or EC'],
    ['wrong key', () => ({ ...authority, key: other.key }), 'tls.key does not belong to tls.crt'],
    ['no authority', () => leaf, 'tls.crt is a certificate, but not of an authority'],
    ['another one', () => other, 'tls.crt is not the authority in cacert that signed cert of kube-system/kube-ovn-tls'],
  ])('that can not be used is refused at once, and nothing is renewed with it: %s', (_what, given, message) => {
    expect(messages({ authority: given() })).toEqual([
      `authority DatabaseAuthorityRefused Secret ${names.authority}: ${message}; nothing is renewed with it; write it anew with deploy/tls.sh entrust, or delete it`,
    ]);
    const { renewal, problems } = judge(facts({ authority: given(), nowMs: due }));
    expect(renewal).toBeUndefined();
    expect(problems.map(({ reason }) => reason)).toEqual(['DatabaseAuthorityRefused', 'DatabaseCertificateEnds']);
    for (const { message: told } of problems) for (const line of other.key.split('\n').slice(1, -1)) expect(told).not.toContain(line);
  });

  it('that signed the certificate is not replaced in use by one that is trusted beside it', () => {
    const cacert = `${other.certificate}\n${authority.certificate}`;
    expect(judge(facts({ ...withTls({ cacert }), nowMs: due })).renewal?.authority).toBe(authority);
    expect(judge(facts({ ...withTls({ cacert }), nowMs: due, authority: other })).renewal).toBeUndefined();
  });

  it('that signs by way of another one can not be used, and a certificate with that one behind it is not called bad', () => {
    const chain = withTls({ cacert: other.certificate, cert: `${leaf.certificate}\n${authority.certificate}` });
    expect(messages({ ...chain, authority: undefined })).toEqual([]);
    expect(messages(chain)).toEqual([expect.stringContaining('tls.crt is not the authority in cacert that signed cert')]);
    expect(judge(facts({ ...chain, nowMs: due })).renewal).toBeUndefined();
  });

  it('that ends is told of when a third of its life is left, whoever renews', () => {
    const told = [expect.stringMatching(/^tls DatabaseAuthorityEnds .*the authority in cacert ends at 2032-06-19T00:00:00Z; change the/)];
    const life = 3 * lifeMs + dayMs;
    for (const given of ['off', undefined, authority] as const) {
      const later = readCertificate(authority.certificate).endsMs - life / 3;
      expect(messages({ nowMs: later - 1000, authority: given }).filter((each) => each.includes('AuthorityEnds'))).toEqual([]);
      expect(messages({ nowMs: later, authority: given }).filter((each) => each.includes('AuthorityEnds'))).toEqual(told);
    }
  });

  it('that has ended renews nothing', () => {
    const { renewal, problems } = judge(facts({ nowMs: start + 1000 * dayMs }));
    expect(renewal).toBeUndefined();
    expect(problems.map(({ message }) => message).join('\n')).toMatch(/tls\.crt has ended at 2032-06-19T00:00:00Z; change the authority/);
  });
});
