/** What a resource URL names. */

/** The parts of `/api/v1/...` and `/apis/GROUP/VERSION/...`. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace?: string;
  readonly plural: string;
  readonly name?: string;
  readonly subresource?: string;
}

/**
 * Read a path.
 *
 * @returns `undefined` when it isn't one of a resource
 * @source k8s.io/apiserver/pkg/endpoints/request RequestInfoFactory.NewRequestInfo
 */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const segments = decode(path);
  if (segments === undefined) return undefined;
  const [root, ...rest] = segments;
  const groupLength = root === 'api' ? 1 : root === 'apis' ? 2 : -1;
  if (groupLength < 0 || rest.length <= groupLength) return undefined;
  const group = root === 'api' ? '' : (rest[0] ?? '');
  const version = rest[groupLength - 1] ?? '';
  const parts = rest.slice(groupLength);
  const place = parts[0] === 'namespaces' ? inNamespace(parts) : { parts };
  const [plural, name, subresource, ...more] = place.parts;
  if (plural === undefined || plural === '' || more.length > 0) return undefined;
  return {
    group,
    version,
    plural,
    ...('namespace' in place && place.namespace !== undefined ? { namespace: place.namespace } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function decode(path: string): string[] | undefined {
  try {
    const segments = path.split('/').slice(1).map(decodeURIComponent);
    if (segments.at(-1) === '') segments.pop();
    return segments.includes('') ? undefined : segments;
  } catch {
    // a malformed percent escape names nothing
    return undefined;
  }
}

/** `namespaces/NAME` and its own subresources are about the namespace; anything deeper is inside it. */
function inNamespace(parts: readonly string[]): { parts: readonly string[]; namespace?: string } {
  const [, namespace, third] = parts;
  if (namespace === undefined || third === undefined) return { parts };
  if (parts.length === 3 && (third === 'status' || third === 'finalize')) return { parts };
  return { parts: parts.slice(2), namespace };
}
