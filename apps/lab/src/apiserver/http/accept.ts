/** Content negotiation: which form of an object a client takes. @source Kubernetes API, "Resource representations"; RFC 9110 §12.5.1 */
import { notAcceptable } from '../status.ts';

/** The forms an object or list can take. */
export type Form = 'Object' | 'Table' | 'PartialObjectMetadata';

/** A chosen representation. */
export interface Accepted {
  readonly encoding: 'json' | 'yaml';
  readonly form: Form;
}

/** A media range with its parameters. */
export interface MediaRange {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The media ranges of an Accept header, in the order written. */
export function mediaRanges(header: string): MediaRange[] {
  return header.split(',').map((part) => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters = rest.map((piece): [string, string] => {
      const [key = '', value = ''] = piece.split('=');
      return [key.trim().toLowerCase(), value.trim()];
    });
    return { type: type.toLowerCase(), parameters: Object.fromEntries(parameters) };
  });
}

/**
 * Choose the first range that this server can serve. Protobuf is not among them.
 *
 * @throws {StatusError} 406 when there is none
 */
export function negotiate(header: string | undefined): Accepted {
  if (header === undefined || header.trim() === '') return { encoding: 'json', form: 'Object' };
  for (const range of mediaRanges(header)) {
    const encoding = encodingOf(range.type);
    const form = formOf(range);
    if (encoding !== undefined && form !== undefined) return { encoding, form };
  }
  throw notAcceptable();
}

function encodingOf(type: string): 'json' | 'yaml' | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}

function formOf({ parameters }: MediaRange): Form | undefined {
  const { as, g, v } = parameters;
  if (as === undefined) return 'Object';
  if (g !== 'meta.k8s.io' || v !== 'v1') return undefined;
  if (as === 'Table') return 'Table';
  return as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList' ? 'PartialObjectMetadata' : undefined;
}
