import { describe, expect, it } from 'vitest';
import { ipfixReader } from './ipfix.ts';
import { readSamples } from './sampling.ts';

const u16 = (...values: readonly number[]): readonly number[] => values.flatMap((value) => [value >> 8, value & 0xff]);
const set = (id: number, bytes: readonly number[]): readonly number[] => [...u16(id, bytes.length + 4), ...bytes];
function message(...sets: readonly (readonly number[])[]): Buffer {
  const body = sets.flat();
  return Buffer.from([...u16(10, body.length + 16), ...Array.from({ length: 12 }, () => 0), ...body]);
}
/** Point, name of the interface (of any length), one of another's, protocol, receiver's port, addresses. */
const TEMPLATE = set(2, [...u16(310, 7), ...u16(138, 4, 82, 0xff_ff), ...u16(0x83_7f, 1, 0, 6876), ...u16(4, 1, 11, 2, 8, 4, 12, 4)]);
const TEMPLATE6 = set(2, u16(311, 3, 138, 4, 27, 16, 28, 16));
const record = (name: readonly number[]): readonly number[] => [
  0x9a,
  0x6c,
  0x62,
  0xc0,
  ...name,
  9,
  6,
  ...u16(80),
  10,
  16,
  0,
  3,
  10,
  16,
  0,
  2,
];
const NAME = [2, 0x76, 0x61];
const SAMPLE = { point: 0x9a_6c_62_c0, from: '10.16.0.3', to: '10.16.0.2', protocol: 6, port: 80 };

describe('ipfixReader', () => {
  it('reads records by a template that was told before, names of any length and fields of others between', () => {
    const read = ipfixReader();
    const long = [255, ...u16(300), ...Array.from({ length: 300 }, () => 0x61)];
    expect(read(message(TEMPLATE))).toEqual([]);
    expect(read(message(set(310, [...record(NAME), ...record(long)])))).toEqual([SAMPLE, SAMPLE]);
  });

  it('reads IPv6, and templates and records in one message', () => {
    const address = (last: number): readonly number[] => [0xfd, ...Array.from({ length: 14 }, () => 0), last];
    const bytes = [0, 0, 0, 7, ...address(3), ...address(2)];
    expect(ipfixReader()(message(TEMPLATE6, set(311, bytes)))).toEqual([{ point: 7, from: 'fd00::3', to: 'fd00::2' }]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another version', Buffer.from(message(TEMPLATE)).fill(9, 1, 2)],
    ['a set without length', message([...u16(310, 0)])],
    ['records of an unknown template', message(set(400, record(NAME)))],
    ['a record that is cut off', message(TEMPLATE, set(310, record(NAME).slice(0, 9)))],
    ['a name that is longer than the record', message(TEMPLATE, set(310, record([200, 1])))],
  ])('passes over %s', (_what, bytes) => {
    expect(ipfixReader()(bytes)).toEqual([]);
  });

  it('messages stand one behind the other, each behind its length; the last may be cut off', () => {
    const framed = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from(u16(bytes.length)), bytes]);
    const text = Buffer.concat([message(TEMPLATE), message(set(310, record(NAME))), message(set(310, record(NAME)))].map(framed));
    expect(readSamples(text)).toEqual([SAMPLE, SAMPLE]);
    expect(readSamples(text.subarray(0, -5))).toEqual([SAMPLE]);
  });
});
