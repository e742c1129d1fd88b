import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeProtobuf } from './decode.ts';
import { messages } from './messages.ts';
import { readFields } from './wire.ts';

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const integer = (number: number, value: bigint): Buffer => Buffer.concat([varint(BigInt(number) << 3n), varint(value)]);
function delimited(number: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([varint((BigInt(number) << 3n) | 2n), varint(BigInt(body.length)), body]);
}
function envelope(apiVersion: string, kind: string, ...raw: readonly Buffer[]): Buffer {
  return Buffer.concat([
    Buffer.from('k8s\0'),
    delimited(1, delimited(1, apiVersion), delimited(2, kind)),
    delimited(2, ...raw),
    delimited(3, ''),
    delimited(4, ''),
  ]);
}

describe('wire format', () => {
  it('gives back any sequence of fields', () => {
    const field = fc.record({
      number: fc.integer({ min: 1, max: 1000 }),
      value: fc.oneof(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
    });
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        const encoded = fields.map(({ number, value }) => (typeof value === 'bigint' ? integer(number, value) : delimited(number, value)));
        expect(readFields(Buffer.concat(encoded))).toEqual(fields);
      }),
    );
  });

  it('ends with an error or a value on any bytes, never otherwise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const body = Buffer.concat([Buffer.from('k8s\0'), bytes]);
        expect(() => decodeProtobuf(body)).toThrow(expect.objectContaining({ name: 'StatusError' }));
      }),
    );
  });
});

describe('kubernetes bodies', () => {
  it('become the JSON that the same object would be', () => {
    const metadata = delimited(
      1,
      delimited(1, 'c'),
      delimited(2, ''),
      delimited(8),
      delimited(11, delimited(1, 'a'), delimited(2, 'b')),
      delimited(11, delimited(1, 'c'), delimited(2, 'd')),
    );
    const secret = envelope(
      'v1',
      'Secret',
      metadata,
      delimited(2, delimited(1, 'key'), delimited(2, 'value')),
      delimited(3, 'Opaque'),
      integer(5, 0n),
    );
    expect(decodeProtobuf(secret)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'c', labels: { a: 'b', c: 'd' } },
      data: { key: 'dmFsdWU=' },
      type: 'Opaque',
      immutable: false,
    });
  });

  it('keep lists in order, tell integers from names of ports, and drop a status', () => {
    const ports = [
      delimited(1, delimited(2, 'TCP'), integer(3, 80n), delimited(4, integer(1, 0n), integer(2, 8080n))),
      delimited(1, integer(3, 81n), delimited(4, integer(1, 1n), delimited(3, 'http'))),
    ];
    const service = envelope('v1', 'Service', delimited(2, ...ports), delimited(3, delimited(1)));
    expect(decodeProtobuf(service)).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      spec: {
        ports: [
          { protocol: 'TCP', port: 80, targetPort: 8080 },
          { port: 81, targetPort: 'http' },
        ],
      },
    });
  });

  it.each([
    ['no magic', Buffer.from('{}'), 400, 'it does not begin with "k8s\\0"'],
    ['cut short', envelope('v1', 'Namespace', delimited(1, 'x')).subarray(0, -1).subarray(0, 20), 400, 'cut short'],
    ['an unknown kind', envelope('batch/v1', 'Job'), 415, "kind Job can't be read from protobuf"],
    ['a kind that is a property of every object', envelope('v1', 'constructor'), 415, 'kind constructor'],
    ['an unknown field', envelope('v1', 'Namespace', delimited(9, 'x')), 415, 'field 9 of Namespace'],
    ['a string where a message is due', envelope('v1', 'Namespace', integer(1, 1n)), 400, 'a ObjectMeta is a varint'],
  ])('refuses %s', (_what, body, code, message) => {
    expect(() => decodeProtobuf(body)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as string }));
  });

  it('are described by types that exist', () => {
    const plain = new Set(['string', 'int', 'bool', 'bytes', 'int?', 'bool?', 'map', 'map bytes', '-', 'IntOrString']);
    for (const fields of Object.values(messages)) {
      for (const entry of Object.values(fields)) {
        const [name, ...rest] = entry.split(' ');
        const type = rest.join(' ').replace(/^\*/, '');
        expect(name).toMatch(/^[a-zA-Z]+$/);
        expect(plain.has(type) || Object.hasOwn(messages, type)).toBe(true);
      }
    }
  });
});
