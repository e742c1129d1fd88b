import { describe, expect, it } from 'vitest';
import { type AddressRelease, readReleases, releasesAnnotation } from './address-release.ts';

const release: AddressRelease = {
  addresses: ['10.16.0.9', 'fd00:10:16::9'],
  mac: '00:00:00:00:00:09',
  subnet: 'net',
  holder: 'Pod shop/web-0',
  node: 'n1',
  since: '2026-01-01T10:00:00Z',
  until: '2026-01-01T11:00:00Z',
  why: 'pod deleted',
};
const other = { ...release, addresses: ['10.16.0.10'], holder: 'Pod shop/web-1' };
const read = (annotations?: Readonly<Record<string, string>>) =>
  readReleases({ metadata: { name: 'e', ...(annotations === undefined ? {} : { annotations }) } });
const text = (value: unknown) => ({ 'ovn.kubernetes.io/released-addresses': JSON.stringify(value) });

describe('releases of an Event', () => {
  it('are read as they were written', () => {
    expect(read(releasesAnnotation([release, other]))).toEqual([release, other]);
  });

  it.each([
    ['none', undefined],
    ['no JSON', { 'ovn.kubernetes.io/released-addresses': '{' }],
    ['no list', text({ releases: [release] })],
    ['nothing', text([null, 7, 'release'])],
    ['a field is missing', text([{ ...release, why: undefined }])],
    ['a field is of another form', text([{ ...release, since: 7 }])],
    ['addresses of another form', text([{ ...release, addresses: [7] }])],
    ['no list of addresses', text([{ ...release, addresses: '10.16.0.9' }])],
  ])('nothing of what can not be read: %s', (_what, annotations) => {
    expect(read(annotations)).toEqual([]);
  });

  it('one that can not be read takes no other with it', () => {
    expect(read(text([null, release]))).toEqual([release]);
  });
});
