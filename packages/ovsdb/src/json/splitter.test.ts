import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OvsdbError } from '../errors.ts';
import { MessageSplitter } from './splitter.ts';
import type { RawMessage } from './splitter.ts';

const limits = { maxMessageBytes: 100_000, maxDepth: 20 };

/** What a new splitter makes of a text that comes at once. */
function messagesOf(text: string): RawMessage[] {
  const messages: RawMessage[] = [];
  new MessageSplitter(limits).push(Buffer.from(text), (message) => messages.push(message));
  return messages;
}

/** The messages of a stream that is cut at these places, and the error that ends it, if any. */
function split(bytes: Uint8Array, cuts: Iterable<number>): unknown[] {
  const splitter = new MessageSplitter(limits);
  const bounds = [...[...new Set([...cuts].map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b), bytes.length];
  const out: unknown[] = [];
  try {
    for (const [at, end] of bounds.entries())
      splitter.push(bytes.slice(bounds[at - 1] ?? 0, end), (message) => out.push(Buffer.from(message.bytes).toString('latin1')));
  } catch (error) {
    out.push(error);
  }
  return out;
}

describe('MessageSplitter', () => {
  test('however the stream is cut, the messages are the same', () => {
    const messages = fc.array(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 5 })).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(messages, fc.constantFrom('', ' ', '\n', '\r\n\t '), fc.array(fc.nat()), (texts, space, cuts) => {
        const bytes = Buffer.from(texts.join(space) + space);
        const expected = texts.map((text) => Buffer.from(text).toString('latin1'));
        expect(split(bytes, cuts)).toEqual(expected);
        expect(split(bytes, bytes.keys())).toEqual(expected);
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
    expect(messagesOf(text)).toMatchObject([{ hasLongNumber: expected }]);
  });

  test('the mark of a long number does not stay for the next message', () => {
    const found = messagesOf('{"a":1234567890123456}{"a":1}');
    expect(found.map((message) => message.hasLongNumber)).toEqual([true, false]);
  });

  test.for([
    ['x', 'OVSDB_BAD_MESSAGE'],
    ['[1]', 'OVSDB_BAD_MESSAGE'],
    ['{"a":[}', 'OVSDB_BAD_MESSAGE'],
    [`{"a":${'['.repeat(20)}`, 'OVSDB_BAD_MESSAGE'],
    [`{"a":"${'y'.repeat(100_000)}`, 'OVSDB_MESSAGE_TOO_LARGE'],
  ] as const)('%.20s is refused', ([text, code]) => {
    expect(() => messagesOf(text)).toThrow(expect.objectContaining({ code }));
  });

  test('nesting up to the limit is accepted', () => {
    expect(messagesOf(`{"a":${'['.repeat(19)}${']'.repeat(19)}}`)).toHaveLength(1);
  });

  test('a message that grows in small pieces is refused as soon as it exceeds the limit', () => {
    const splitter = new MessageSplitter(limits);
    const never = (): void => expect.unreachable();
    splitter.push(Buffer.from('{"a":"'), never);
    let pushed = 0;
    expect(() => {
      for (; pushed < 1000; pushed++) splitter.push(Buffer.alloc(1000, 'y'), never);
    }).toThrow(expect.objectContaining({ code: 'OVSDB_MESSAGE_TOO_LARGE' }));
    expect(pushed).toBeLessThanOrEqual(100);
  });

  test('a message that lacks its end is not waited for while others follow it: the second one ends the wait', () => {
    const followers = Buffer.from('{"id":4,"result":[],"error":null}'.repeat(2));
    const params = fc.array(fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary' })));
    fc.assert(
      fc.property(params, fc.nat(), (values, at) => {
        const message = Buffer.from(JSON.stringify({ id: null, method: 'update3', params: values }));
        const part = message.subarray(0, 1 + (at % (message.length - 1)));
        const found = split(Buffer.concat([part, followers]), []);
        expect(found).toMatchObject([{ code: 'OVSDB_BAD_MESSAGE' }]);
      }),
      { numRuns: 1000 },
    );
  });

  const limit = limits.maxMessageBytes;
  test.for<readonly [string, string, string | undefined]>([
    ['of exactly the limit', `{"a":"${'y'.repeat(limit - 8)}"}`, undefined],
    ['of one byte more', `{"a":"${'y'.repeat(limit - 7)}"}`, 'OVSDB_MESSAGE_TOO_LARGE'],
    ['that is bad at the limit', `{"a":"${'y'.repeat(limit - 8)}"]`, 'OVSDB_BAD_MESSAGE'],
    ['that is bad beyond the limit', `{"a":"${'y'.repeat(limit - 7)}"]`, 'OVSDB_MESSAGE_TOO_LARGE'],
  ])('a message %s, after a good one, is judged the same however it is cut', ([, text, code]) => {
    const bytes = Buffer.from(`{"good":1}${text}`);
    const whole = split(bytes, []);
    expect(whole).toMatchObject(code === undefined ? ['{"good":1}', text] : ['{"good":1}', { code }]);
    for (const cuts of [[10], [bytes.length - 1], [5, 12, limit], bytes.keys()]) expect(split(bytes, cuts)).toEqual(whole);
  });

  test('arbitrary bytes, and messages with bytes exchanged, give the same messages and the same error however they are cut', () => {
    const junk = fc.array(fc.oneof(fc.constantFrom(...Buffer.from('{}[]"\\,: 019\n')), fc.integer({ min: 0, max: 255 })));
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), junk, fc.nat(), fc.array(fc.nat()), (value, bytes, at, cuts) => {
        const message = Buffer.from(JSON.stringify({ value }));
        const place = at % (message.length + 1);
        for (const stream of [
          Buffer.from([0x7b, ...bytes]),
          Buffer.concat([message, message.subarray(0, place), Buffer.from(bytes), message.subarray(place)]),
        ]) {
          const whole = split(stream, []);
          expect(split(stream, cuts)).toEqual(whole);
          expect(split(stream, stream.keys())).toEqual(whole);
          const last = whole.at(-1);
          outcomes.add(`${whole.length > 1 ? 'after a message ' : ''}${last instanceof OvsdbError ? last.code : 'accepted'}`);
        }
      }),
      { numRuns: 500 },
    );
    expect([...outcomes].toSorted()).toEqual([
      'OVSDB_BAD_MESSAGE',
      'accepted',
      'after a message OVSDB_BAD_MESSAGE',
      'after a message accepted',
    ]);
  });

  test('members that a rule reads by itself are given out no more, and none is lost or doubled, however the stream is cut', () => {
    let skims = 0;
    const run = (text: string, cuts: readonly number[]): string[] => {
      const names: string[] = [];
      const splitter = new MessageSplitter(limits);
      splitter.cut({
        depth: 2,
        matches: (lead) => lead === '{"r":{',
        skim: (_lead, chunk, from) => {
          const found = /^(?:"s\d+":\[1\](?:,(?="s\d+":\[1\]))?)*/.exec(Buffer.from(chunk).toString('latin1', from))?.[0] ?? '';
          if (found !== '') skims++;
          names.push(...Object.keys(JSON.parse(`{${found}}`) as object));
          return from + found.length;
        },
      });
      const bounds = [...[...new Set(cuts.map((cut) => cut % text.length))].toSorted((a, b) => a - b), text.length];
      for (const [at, end] of bounds.entries())
        splitter.push(Buffer.from(text.slice(bounds[at - 1] ?? 0, end)), ({ bytes, lead }) => {
          const part = Buffer.from(bytes).toString();
          names.push(...(lead === undefined ? [part] : Object.keys(JSON.parse(`{${part}}`) as object)));
        });
      return names;
    };
    fc.assert(
      fc.property(fc.array(fc.constantFrom('s', 't')), fc.array(fc.nat()), (kinds, cuts) => {
        const names = kinds.map((kind, at) => `${kind}${at}`);
        const text = `{"r":{${names.map((name) => `"${name}":[1]`).join(',')}}}{"next":1}`;
        expect(run(text, cuts).toSorted()).toEqual([...names, '{"r":{}}', '{"next":1}'].toSorted());
      }),
    );
    expect(skims).toBeGreaterThan(0);
  });
});
