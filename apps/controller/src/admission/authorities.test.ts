import { describe, expect, it } from 'vitest';
import { type Authorities, authoritiesData, caBundle, isDue, nextStep, readAuthorities, rotationOf, type Step } from './authorities.ts';

/** A "certificate" that says when it was made and when it ends. */
const pem = (madeMs: number, endsMs: number): string => `${madeMs}-${endsMs}`;
const read = (text: string) => {
  const [madeMs = NaN, endsMs = NaN] = text.split('-').map(Number);
  if (Number.isNaN(madeMs) || Number.isNaN(endsMs)) throw new Error('no certificate');
  return { madeMs, endsMs };
};
const hour = 3_600_000;
const rotation = rotationOf(24 * hour);
const day = 24 * hour;
const pair = (madeMs: number) => ({ certificate: pem(madeMs, madeMs + rotation.authorityMs), key: `key ${madeMs}` });
const secret = (data: Readonly<Record<string, string>>) => ({ metadata: { name: 's' }, data });

/** What the leader does at a time. */
function take(step: Step, before: Authorities | undefined, now: number): Authorities | undefined {
  if (step === 'make current') return { current: pair(now) };
  if (before === undefined || step === 'nothing') return before;
  if (step === 'make next') return { ...before, next: pair(now) };
  if (step === 'promote next' && before.next !== undefined) return { current: before.next, previous: before.current.certificate };
  return { current: before.current };
}

const trustedBy = (authorities: Authorities): readonly string[] =>
  Buffer.from(caBundle(authorities), 'base64').toString().trim().split('\n');

describe('authorities', () => {
  it('over a year, looked at at any hours: what was served since the last look is trusted, and nothing issued outlives its authority', () => {
    let authorities: Authorities | undefined;
    let serving = { issuer: '', endsMs: 0, madeMs: 0 };
    const steps = new Set<Step>();
    let promotions = 0;
    for (let now = 0, at = 0; now < 365 * day; at += 1, now += hour * (1 + (at % 7))) {
      const before = authorities;
      const step = nextStep(authorities, now, { rotation, read });
      steps.add(step);
      authorities = take(step, authorities, now);
      if (authorities === undefined) throw new Error('none');
      if (step === 'promote next') promotions += 1;
      const trusted = trustedBy(authorities);
      // a replica that has not seen the step yet goes on with what it has; one that has seen it is trusted by the bundle before
      expect(['', ...trusted]).toContain(serving.issuer);
      const { certificate } = authorities.current;
      expect(trustedBy(before ?? authorities)).toContain(certificate);
      if (serving.issuer !== certificate || isDue(serving, now))
        serving = { issuer: certificate, madeMs: now, endsMs: now + rotation.servingMs };
      expect(serving.endsMs).toBeGreaterThan(now + hour * 7);
      expect(read(certificate).endsMs).toBeGreaterThanOrEqual(now);
    }
    expect(promotions).toBeGreaterThan(100);
    expect([...steps].toSorted()).toEqual(['drop previous', 'make current', 'make next', 'nothing', 'promote next']);
  });

  it('that have ended while nobody looked are made anew', () => {
    expect(nextStep({ current: pair(0) }, 4 * day, { rotation, read })).toBe('make current');
  });

  it('are read back from the Secret; what is spoilt is not there', () => {
    const all: Authorities = { current: pair(1), next: pair(2), previous: pem(0, 3) };
    expect(readAuthorities(secret(authoritiesData(all)), read)).toEqual(all);
    expect(readAuthorities(undefined, read)).toBeUndefined();
    expect(readAuthorities(secret({ ...authoritiesData(all), 'current.crt': 'eA==' }), read)).toBeUndefined();
    expect(readAuthorities(secret({ ...authoritiesData(all), 'next.key': '', 'previous.crt': 'eA==' }), read)).toEqual({
      current: pair(1),
    });
  });
});
