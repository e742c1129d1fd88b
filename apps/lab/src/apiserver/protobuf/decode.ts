/**
 * Request bodies in protobuf: those that kubectl's own commands send, and no others.
 *
 * Strict: a field that isn't in the table is refused, so nothing that a client said is lost in silence.
 *
 * @source k8s.io/apimachinery/pkg/runtime/serializer/protobuf (magic "k8s\0", then a runtime.Unknown)
 */
import type { JsonObject, JsonValue } from '../json.ts';
import { isObject } from '../json.ts';
import { badRequest, unsupportedMediaType } from '../status.ts';
import { messages } from './messages.ts';
import type { WireField } from './wire.ts';
import { WireError, readFields } from './wire.ts';

const magic = Buffer.from('k8s\0', 'latin1');

/**
 * Decode a body.
 *
 * @throws {StatusError} 400 when it isn't protobuf as Kubernetes writes it, 415 when it has a kind or field that isn't read here
 */
export function decodeProtobuf(body: Buffer): JsonObject {
  try {
    if (!body.subarray(0, 4).equals(magic)) throw new WireError('it does not begin with "k8s\\0"');
    const envelope = readFields(body.subarray(4));
    const type = readFields(bytes(envelope, 1));
    const apiVersion = bytes(type, 1).toString('utf8');
    const kind = bytes(type, 2).toString('utf8');
    if (!Object.hasOwn(messages, kind)) throw unreadable(`kind ${kind}`);
    return { apiVersion, kind, ...decodeMessage(kind, bytes(envelope, 2)) };
  } catch (error) {
    if (error instanceof WireError) throw badRequest(`the body is not protobuf of Kubernetes: ${error.message}`);
    throw error;
  }
}

function unreadable(what: string): Error {
  return unsupportedMediaType(
    `${what} can't be read from protobuf by this server, which expects JSON or YAML; with kubectl, add "--dry-run=client -o yaml" and pipe it to "kubectl apply -f -"`,
  );
}

function bytes(fields: readonly WireField[], number: number): Buffer {
  const value = fields.findLast((field) => field.number === number)?.value;
  if (value === undefined) return Buffer.alloc(0);
  if (typeof value === 'bigint') throw new WireError(`field ${number} is not bytes`);
  return value;
}

function decodeMessage(message: string, body: Buffer): JsonObject {
  const known = messages[message] ?? {};
  const object: Record<string, JsonValue> = {};
  for (const { number, value } of readFields(body)) {
    const entry = known[number];
    if (entry === undefined) throw unreadable(`field ${number} of ${message}`);
    const space = entry.indexOf(' ');
    addField(object, { name: entry.slice(0, space), type: entry.slice(space + 1), value });
  }
  return object;
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly value: bigint | Buffer;
}

function addField(object: Record<string, JsonValue>, { name, type, value }: Field): void {
  if (type === '-') return;
  if (type === 'map' || type === 'map bytes') {
    const present = object[name];
    object[name] = { ...(isObject(present) ? present : {}), ...mapEntry(value, type === 'map' ? 'utf8' : 'base64') };
  } else if (type.startsWith('*')) {
    const present = object[name];
    object[name] = [...(Array.isArray(present) ? (present as JsonValue[]) : []), decodeValue(type.slice(1), value) ?? ''];
  } else {
    const decoded = decodeValue(type, value);
    if (decoded !== undefined) object[name] = decoded;
  }
}

/** A value; `undefined` for the zero of a field that has no pointer in Go, which JSON leaves out. */
function decodeValue(type: string, value: bigint | Buffer): JsonValue | undefined {
  const optional = type.endsWith('?');
  const base = optional ? type.slice(0, -1) : type;
  if (base === 'int' || base === 'bool') {
    if (typeof value !== 'bigint') throw new WireError(`a ${base} is no varint`);
    if (value === 0n && !optional) return undefined;
    return base === 'int' ? Number(value) : value !== 0n;
  }
  if (typeof value === 'bigint') throw new WireError(`a ${base} is a varint`);
  if (base === 'string') return value.length === 0 ? undefined : value.toString('utf8');
  return base === 'IntOrString' ? intOrString(value) : decodeMessage(base, value);
}

function mapEntry(value: bigint | Buffer, encoding: 'utf8' | 'base64'): JsonObject {
  if (typeof value === 'bigint') throw new WireError('a map entry is a varint');
  const entry = readFields(value);
  return { [bytes(entry, 1).toString('utf8')]: bytes(entry, 2).toString(encoding) };
}

/** @source k8s.io/apimachinery/pkg/util/intstr: type=1 (0 int, 1 string), intVal=2, strVal=3 */
function intOrString(body: Buffer): JsonValue {
  const fields = readFields(body);
  const varint = (number: number): bigint => {
    const value = fields.findLast((field) => field.number === number)?.value ?? 0n;
    return typeof value === 'bigint' ? value : 0n;
  };
  return varint(1) === 0n ? Number(varint(2)) : bytes(fields, 3).toString('utf8');
}
