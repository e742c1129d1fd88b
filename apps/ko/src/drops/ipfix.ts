/**
 * Samples of packets, as Open vSwitch exports them. Pure.
 *
 * @source RFC 7011 §3 (messages, sets, templates), §7 (fields of variable length); IANA, IPFIX information elements
 */
import { canonicalAddress } from '@kube-ovn/ipam';

/** A packet that was dropped. */
export interface Sample {
  /** Of the action that sampled it: the first 32 bits of the logical flow's UUID. @source ovn-nb(5) NB_Global.options:debug_drop_domain_id */
  readonly point: number;
  readonly from?: string;
  readonly to?: string;
  /** Number of the protocol above IP. */
  readonly protocol?: number;
  /** Of the receiver. */
  readonly port?: number;
}

interface Field {
  readonly id: number;
  /** Bytes; undefined: each record says. */
  readonly length: number | undefined;
  /** Not one of IANA. */
  readonly isOfOthers: boolean;
}

const VERSION = 10;
const MESSAGE_HEADER = 16;
const SET_HEADER = 4;
const TEMPLATES = 2;
const FIRST_DATA = 256;
const VARIABLE = 0xff_ff;

/** Reads message after message of one exporter, which has told its templates before; what is cut off or has no template is passed over. */
export function ipfixReader(): (message: Buffer) => readonly Sample[] {
  const templates = new Map<number, readonly Field[]>();
  return (message) => {
    if (message.length < MESSAGE_HEADER || message.readUInt16BE(0) !== VERSION) return [];
    const samples: Sample[] = [];
    for (let at = MESSAGE_HEADER; at + SET_HEADER <= message.length;) {
      const [id, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 2)];
      if (length < SET_HEADER) break;
      const set = message.subarray(at + SET_HEADER, at + length);
      if (id === TEMPLATES) for (const [key, fields] of readTemplates(set)) templates.set(key, fields);
      else if (id >= FIRST_DATA) samples.push(...readRecords(set, templates.get(id) ?? []));
      at += length;
    }
    return samples;
  };
}

function readTemplates(set: Buffer): ReadonlyMap<number, readonly Field[]> {
  const found = new Map<number, readonly Field[]>();
  let at = 0;
  while (at + 4 <= set.length) {
    const [key, count] = [set.readUInt16BE(at), set.readUInt16BE(at + 2)];
    at += 4;
    const fields: Field[] = [];
    while (fields.length < count && at + 4 <= set.length) {
      const [id, length] = [set.readUInt16BE(at), set.readUInt16BE(at + 2)];
      const isOfOthers = id >= 0x80_00;
      fields.push({ id, length: length === VARIABLE ? undefined : length, isOfOthers });
      at += isOfOthers ? 8 : 4;
    }
    if (key >= FIRST_DATA && fields.length === count) found.set(key, fields);
  }
  return found;
}

function readRecords(set: Buffer, fields: readonly Field[]): readonly Sample[] {
  const samples: Sample[] = [];
  let at = 0;
  // what is left may be padding
  while (fields.length > 0 && at < set.length) {
    const values = new Map<number, Buffer>();
    for (const { id, length, isOfOthers } of fields) {
      const first = set[at] ?? 0;
      const head = length !== undefined ? 0 : first < 255 ? 1 : 3;
      const size = length ?? (first < 255 ? first : at + 3 <= set.length ? set.readUInt16BE(at + 1) : 0);
      if (at + head + size > set.length) return samples;
      if (!isOfOthers) values.set(id, set.subarray(at + head, at + head + size));
      at += head + size;
    }
    const sample = readSample(values);
    if (sample !== undefined) samples.push(sample);
  }
  return samples;
}

/** Numbers of the elements that are read. */
const [POINT, PROTOCOL, PORT, FROM, TO] = [138, 4, 11, [8, 27], [12, 28]] as const;

function readSample(values: ReadonlyMap<number, Buffer>): Sample | undefined {
  const number = (id: number): number | undefined => {
    const bytes = values.get(id);
    return bytes === undefined || bytes.length === 0 ? undefined : bytes.readUIntBE(0, Math.min(bytes.length, 6));
  };
  const address = ([v4, v6]: readonly [number, number]): string | undefined => addressText(values.get(v4) ?? values.get(v6));
  const point = number(POINT);
  if (point === undefined) return undefined;
  const [from, to, protocol, port] = [address(FROM), address(TO), number(PROTOCOL), number(PORT)];
  return {
    point,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(port === undefined ? {} : { port }),
  };
}

function addressText(bytes: Buffer | undefined): string | undefined {
  if (bytes?.length === 4) return bytes.join('.');
  if (bytes?.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return canonicalAddress(groups.join(':'));
}
