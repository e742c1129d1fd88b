/** Which patch language a request speaks. */
import type { JsonValue } from '../json.ts';
import type { Patch, PatchType } from '../operations/patch.ts';
import { badRequest, unsupportedMediaType } from '../status.ts';
import { mediaType, parseJsonBody, parseYamlBody, readBody } from './body.ts';
import type { Exchange } from './exchange.ts';

/** @source k8s.io/apimachinery/pkg/types PatchType */
const languages: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** Read the body of a PATCH. @throws {StatusError} 400, 413, 415 */
export async function readPatch(exchange: Exchange): Promise<Patch> {
  const type = languages[mediaType(exchange.header('content-type'))];
  if (type === undefined)
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${Object.keys(languages).join(', ')}`,
    );
  if (type === 'apply' && (exchange.query.get('fieldManager') ?? '') === '')
    throw badRequest('PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch');
  const force = exchange.query.get('force') === 'true';
  if (force && type !== 'apply')
    throw badRequest('PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch');
  const text = (await readBody(exchange.request)).toString('utf8');
  const body: JsonValue = type === 'apply' ? parseYamlBody(text) : parseJsonBody(text);
  return { type, body, force };
}
