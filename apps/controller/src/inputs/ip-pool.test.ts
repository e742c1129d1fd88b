import type { IPPool } from '@kube-ovn/api';
import { parseRange } from '@kube-ovn/ipam';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeText, readIpPool } from './ip-pool.ts';

const pool = (spec: Partial<IPPool['spec']>): IPPool => ({ metadata: { name: 'blue' }, spec: { subnet: 's', ips: ['10.0.0.9'], ...spec } });
const ranges = (ips: readonly string[]): readonly string[] => {
  const reading = readIpPool(pool({ ips }));
  return reading.ok ? reading.input.ranges.map(rangeText) : [];
};

describe('readIpPool', () => {
  it.each<[string, Partial<IPPool['spec']>, readonly string[]]>([
    ['no Subnet', { subnet: '' }, ['IPPool blue', 'spec.subnet', 'is empty', 'name the Subnet']],
    ['no addresses', { ips: [] }, ['IPPool blue', 'spec.ips', 'is empty', 'write addresses']],
    ['an entry that is none', { ips: ['10.0.0.1', '10.0.0.300'] }, ['IPPool blue', 'spec.ips', '"10.0.0.300"', 'write addresses']],
    ['a range that ends before it begins', { ips: ['10.0.0.9..10.0.0.2'] }, ['"10.0.0.9..10.0.0.2"']],
    ['two families in one range', { ips: ['10.0.0.9..fd00::1'] }, ['"10.0.0.9..fd00::1"']],
  ])('%s: told with object, field, value and way out', (_name, spec, parts) => {
    const reading = readIpPool(pool(spec));
    const text = reading.ok ? '' : reading.problems.map(({ message }) => message).join();
    for (const part of parts) expect(text).toContain(part);
  });

  it('addresses, ranges and blocks in order, with those that touch or overlap as one', () => {
    expect(ranges(['10.0.0.8/30', 'fd00::5', '10.0.0.3', '10.0.0.4..10.0.0.6', '10.0.0.10..10.0.0.20'])).toEqual([
      '10.0.0.3..10.0.0.6',
      '10.0.0.8..10.0.0.20',
      'fd00::5',
    ]);
  });

  it('law: the ranges hold exactly the addresses of the entries', () => {
    const entry = fc
      .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 9 }))
      .map(([first, more]) => `10.0.0.${first}..10.0.0.${first + more}`);
    const members = (texts: readonly string[]): readonly string[] =>
      Array.from({ length: 80 }, (_, last) => `10.0.0.${last}`).filter((address) =>
        texts.map(parseRange).some((range) => range.first <= parseRange(address).first && parseRange(address).last <= range.last),
      );
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), (entries) => {
        expect(members(ranges(entries))).toEqual(members(entries));
      }),
      { numRuns: 200 },
    );
  });
});
