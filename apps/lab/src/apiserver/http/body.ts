/** Reading request bodies: bounded, JSON or YAML. */
import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import type { JsonValue } from '../json.ts';
import { isDeeperThan, parseJson } from '../json.ts';
import { decodeProtobuf } from '../protobuf/decode.ts';
import { depthLimit } from '../schema/index.ts';
import { badRequest, tooLarge, unsupportedMediaType } from '../status.ts';
import type { Exchange } from './exchange.ts';

/** The limit of kube-apiserver. @source k8s.io/apiserver/pkg/server/config.go MaxRequestBodyBytes */
const bodyLimitBytes = 3 * 1024 * 1024;

/** Collect a body. @throws {StatusError} 413 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimitBytes) throw tooLarge(bodyLimitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The media type of a Content-Type header, without parameters. */
export function mediaType(header: string | undefined): string {
  return (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The value in a request's body; `undefined` when there is none. @throws {StatusError} 400, 413, 415 */
export async function readOptionalValue(exchange: Exchange): Promise<JsonValue | undefined> {
  const body = await readBody(exchange.request);
  return body.length === 0 ? undefined : parseBody(body, exchange.header('content-type'));
}

/** The value in a request's body. @throws {StatusError} 400, 413, 415 */
export async function readValue(exchange: Exchange): Promise<JsonValue> {
  return parseBody(await readBody(exchange.request), exchange.header('content-type'));
}

function parseBody(body: Buffer, contentType: string | undefined): JsonValue {
  const type = mediaType(contentType);
  if (type === '' || type === 'application/json' || type === '*/*') return parseJsonBody(body.toString('utf8'));
  if (type === 'application/yaml') return parseYamlBody(body.toString('utf8'));
  if (type === 'application/vnd.kubernetes.protobuf') return decodeProtobuf(body);
  throw unsupportedMediaType(
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  );
}

/** JSON text as a value. @throws {StatusError} 400 */
export function parseJsonBody(text: string): JsonValue {
  try {
    return shallow(parseJson(text));
  } catch (error) {
    throw badRequest(`the body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** YAML text (of which JSON is a part) as a value. @throws {StatusError} 400 */
export function parseYamlBody(text: string): JsonValue {
  if (/^\s*[{[]/.test(text)) return parseJsonBody(text);
  try {
    return shallow(exactNumbers(parseYaml(text, { intAsBigInt: true, maxAliasCount: 100 }) as JsonValue));
  } catch (error) {
    throw badRequest(`the body is not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws {Error} deeper than any code after this may recurse */
function shallow(value: JsonValue): JsonValue {
  if (isDeeperThan(value, depthLimit)) throw new Error(`it nests deeper than ${depthLimit} levels`);
  return value;
}

function exactNumbers(value: JsonValue): JsonValue {
  if (typeof value === 'bigint') return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  if (Array.isArray(value)) return value.map((item: JsonValue) => exactNumbers(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, exactNumbers(member as JsonValue)]));
}
