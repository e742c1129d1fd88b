import { type AddressRelease, type Event, releasesAnnotation } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { printHistory, whoHad } from './who-had.ts';

const release = (n: number, hour: number, more: Partial<AddressRelease> = {}): AddressRelease => ({
  addresses: [`10.16.0.${n}`, `FD00:10:16::${n}`],
  mac: `00:00:00:00:00:0${n}`,
  subnet: 'net',
  holder: `Pod shop/at-${hour}`,
  node: 'n1',
  since: `2026-01-01T0${hour - 1}:00:00Z`,
  until: `2026-01-01T0${hour}:00:00Z`,
  why: 'pod deleted',
  ...more,
});
const event = (reason: string, ...releases: readonly AddressRelease[]): Event => ({
  metadata: { namespace: 'default', name: 'e', annotations: releasesAnnotation(releases) },
  reason,
});
const events: readonly Event[] = [
  event('AddressReleased', release(9, 5), release(8, 4)),
  event('AddressReleased', release(9, 3)),
  event('AddressReleased', release(7, 2)),
  event('Other', release(9, 1)),
  { metadata: { name: 'no annotation' }, reason: 'AddressReleased' },
];

describe('whoHad', () => {
  it.each([
    ['10.16.0.9', ['Pod shop/at-3', 'Pod shop/at-5']],
    ['fd00:10:16::8', ['Pod shop/at-4']],
    ['10.16.0.6', []],
  ])('%s', (address, expected) => {
    const { releases, reachesBackTo } = whoHad(address, events);
    expect([releases.map(({ holder }) => holder), reachesBackTo]).toEqual([expected, '2026-01-01T02:00:00Z']);
  });
});

const HISTORY = 'history: Events tell of addresses that were given back, for as long as Kubernetes keeps them (an hour by default)';

describe('printHistory', () => {
  it('tells who, from when until when, where and why, and how far back is seen', () => {
    const unknown = event('AddressReleased', release(9, 6, { node: '', since: '', holder: 'Vip float', why: 'Vip deleted' }));
    expect(printHistory(whoHad('10.16.0.9', [...events, unknown]))).toEqual([
      'Pod shop/at-3: had it from 2026-01-01T02:00:00Z until 2026-01-01T03:00:00Z (on n1, subnet net): pod deleted',
      'Pod shop/at-5: had it from 2026-01-01T04:00:00Z until 2026-01-01T05:00:00Z (on n1, subnet net): pod deleted',
      'Vip float: had it until 2026-01-01T06:00:00Z (subnet net): Vip deleted',
      `${HISTORY}, now from 2026-01-01T02:00:00Z on`,
    ]);
  });

  it('says so when no Event is left', () => {
    expect(printHistory(whoHad('10.16.0.9', []))).toEqual([`${HISTORY}, and now of none`]);
  });
});
