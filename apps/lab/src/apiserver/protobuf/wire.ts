/** The protobuf wire format: a message as its fields. @source protobuf.dev, "Encoding" */

/** A field as it lies in the message: an integer for varints, bytes for length-delimited values. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/** The message is cut short, or uses a wire type that Kubernetes doesn't. */
export class WireError extends Error {
  override readonly name: string = 'WireError';
}

/** Take a message apart. @throws {WireError} */
export function readFields(message: Buffer): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new WireError('the message is cut short');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new WireError('a varint is longer than ten bytes');
  };
  while (at < message.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    const type = Number(tag & 7n);
    if (type === 0) {
      fields.push({ number, value: varint() });
    } else if (type === 2) {
      const length = Number(varint());
      if (length < 0 || length > message.length - at) throw new WireError('the message is cut short');
      fields.push({ number, value: message.subarray(at, at + length) });
      at += length;
    } else {
      throw new WireError(`field ${number} has wire type ${type}`);
    }
  }
  return fields;
}
