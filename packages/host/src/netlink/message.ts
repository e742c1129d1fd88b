/**
 * rtnetlink messages as the kernel writes them: a header of fixed length, then attributes. For what is to be handed back to the kernel
 * as it is, with no field lost that a codec does not know.
 *
 * @source rtnetlink(7); linux/netlink.h struct nlattr
 */

const HEADER_BYTES = 4;
const ALIGNED_TO = 4;
/** The upper two bits of a type are flags. @source linux/netlink.h NLA_TYPE_MASK */
const TYPE_MASK = 0x3fff;

/** An attribute's bytes, by its type. */
export type Attributes = ReadonlyMap<number, Buffer>;

/** The attributes behind a header of `offset` bytes; what is cut short ends them. */
export function readAttributes(message: Buffer, offset: number): Attributes {
  const found = new Map<number, Buffer>();
  for (let at = offset; at + HEADER_BYTES <= message.length;) {
    const length = message.readUInt16LE(at);
    if (length < HEADER_BYTES || at + length > message.length) break;
    found.set(message.readUInt16LE(at + 2) & TYPE_MASK, message.subarray(at + HEADER_BYTES, at + length));
    at += aligned(length);
  }
  return found;
}

/** A message's body from its header and attributes, in this order. */
export function writeMessage(header: Buffer, attributes: Attributes): Uint8Array[] {
  const parts: Uint8Array[] = [header];
  for (const [type, value] of attributes) {
    const part = Buffer.alloc(aligned(HEADER_BYTES + value.length));
    part.writeUInt16LE(HEADER_BYTES + value.length, 0);
    part.writeUInt16LE(type, 2);
    value.copy(part, HEADER_BYTES);
    parts.push(part);
  }
  return parts;
}

/** The attributes without some of them, and with others. */
export function withAttributes(
  attributes: Attributes,
  change: { readonly without: readonly number[]; readonly add: Attributes },
): Attributes {
  return new Map([...[...attributes].filter(([type]) => !change.without.includes(type)), ...change.add]);
}

/** A number as an attribute has it. */
export function u32Attribute(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNED_TO) * ALIGNED_TO;
}
