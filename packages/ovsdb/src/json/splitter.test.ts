import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OvsdbError } from '../errors.ts';
import { MessageSplitter } from './splitter.ts';

const limits = { maxMessageBytes: 100_000, maxDepth: 20 };

function split(bytes: Uint8Array, cuts: readonly number[]): string[] {
  const splitter = new MessageSplitter(limits);
  const bounds = [0, ...[...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b), bytes.length];
  return bounds.flatMap((end, at) =>
    splitter.push(bytes.slice(bounds[at - 1] ?? 0, end)).map(({ bytes: text }) => Buffer.from(text).toString()),
  );
}

describe('MessageSplitter', () => {
  test('however the stream is cut, the messages are the same', () => {
    const messages = fc.array(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 5 })).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(messages, fc.constantFrom('', ' ', '\n', '\r\n\t '), fc.array(fc.nat()), (texts, space, cuts) => {
        const bytes = Buffer.from(texts.join(space) + space);
        expect(split(bytes, cuts)).toEqual(texts);
        expect(
          split(
            bytes,
            Array.from(bytes, (_, at) => at),
          ),
        ).toEqual(texts);
      }),
    );
  });

  test.for([
    ['{"a":123456789012345}', false],
    ['{"a":1234567890123456}', true],
    ['{"a":-9223372036854775808}', true],
    ['{"a":"1234567890123456789"}', false],
    ['{"a":[12345678,87654321]}', false],
  ] as const)('%s has a long number: %s', ([text, expected]) => {
    expect(new MessageSplitter(limits).push(Buffer.from(text))).toMatchObject([{ hasLongNumber: expected }]);
  });

  test('the mark of a long number does not stay for the next message', () => {
    const found = new MessageSplitter(limits).push(Buffer.from('{"a":1234567890123456}{"a":1}'));
    expect(found.map((message) => message.hasLongNumber)).toEqual([true, false]);
  });

  test.for([
    ['x', 'OVSDB_BAD_MESSAGE'],
    ['[1]', 'OVSDB_BAD_MESSAGE'],
    ['{"a":[}', 'OVSDB_BAD_MESSAGE'],
    [`{"a":${'['.repeat(20)}`, 'OVSDB_BAD_MESSAGE'],
    [`{"a":"${'y'.repeat(100_000)}`, 'OVSDB_MESSAGE_TOO_LARGE'],
  ] as const)('%.20s is refused', ([text, code]) => {
    const splitter = new MessageSplitter(limits);
    expect(() => splitter.push(Buffer.from(text))).toThrow(expect.objectContaining({ code }));
  });

  test('nesting up to the limit is accepted', () => {
    expect(new MessageSplitter(limits).push(Buffer.from(`{"a":${'['.repeat(19)}${']'.repeat(19)}}`))).toHaveLength(1);
  });

  test('a message that grows in small pieces is refused as soon as it exceeds the limit', () => {
    const splitter = new MessageSplitter(limits);
    splitter.push(Buffer.from('{"a":"'));
    let pushed = 0;
    expect(() => {
      for (; pushed < 1000; pushed++) splitter.push(Buffer.alloc(1000, 'y'));
    }).toThrow(expect.objectContaining({ code: 'OVSDB_MESSAGE_TOO_LARGE' }));
    expect(pushed).toBeLessThanOrEqual(100);
  });

  test('arbitrary bytes, and messages with bytes exchanged, give the same messages or the same error however they are cut', () => {
    const junk = fc.array(fc.oneof(fc.constantFrom(...Buffer.from('{}[]"\\,: 019\n')), fc.integer({ min: 0, max: 255 })));
    const outcomes = new Set<string>();
    const outcome = (bytes: Uint8Array, cuts: readonly number[]): unknown => {
      try {
        return split(bytes, cuts);
      } catch (error) {
        return error;
      }
    };
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), junk, fc.nat(), fc.array(fc.nat()), (value, bytes, at, cuts) => {
        const message = Buffer.from(JSON.stringify({ value }));
        const place = at % (message.length + 1);
        for (const stream of [
          Buffer.from([0x7b, ...bytes]),
          Buffer.concat([message.subarray(0, place), Buffer.from(bytes), message.subarray(place)]),
        ]) {
          const whole = outcome(stream, []);
          expect(outcome(stream, cuts)).toEqual(whole);
          outcomes.add(whole instanceof OvsdbError ? whole.code : whole instanceof Error ? whole.message : 'accepted');
        }
      }),
      { numRuns: 500 },
    );
    expect([...outcomes].toSorted()).toEqual(['OVSDB_BAD_MESSAGE', 'accepted']);
  });
});
