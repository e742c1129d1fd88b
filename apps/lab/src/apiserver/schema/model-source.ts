/**
 * Reads the models of @kubernetes/client-node: the one well-kept npm package that carries the fields of every
 * builtin kind (Apache-2.0, generated from Kubernetes' own OpenAPI). Types come from the attribute map in `X.js`,
 * optionality and descriptions from `X.d.ts`. Nothing is imported: one kind costs a few small files, not the client.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** One field of a model. */
export interface ModelField {
  /** Name in JSON. */
  readonly name: string;
  /** Type expression, such as `string`, `Array<V1Container>`, `{ [key: string]: string; }`. */
  readonly type: string;
  readonly format: string;
  readonly required: boolean;
  readonly description: string;
}

/** One model. */
export interface Model {
  readonly name: string;
  readonly description: string;
  readonly fields: readonly ModelField[];
}

/** Where models come from; a port, so that tests can feed text. */
export interface ModelSource {
  model(name: string): Model | undefined;
}

/** The models of the installed @kubernetes/client-node. */
export function clientNodeModels(): ModelSource {
  const entry = createRequire(import.meta.url).resolve('@kubernetes/client-node');
  const directory = join(dirname(entry), 'gen', 'models');
  return {
    model: (name) => {
      if (!/^\w+$/.test(name)) return undefined;
      const script = join(directory, `${name}.js`);
      if (!existsSync(script)) return undefined;
      return parseModel(name, readFileSync(script, 'utf8'), readFileSync(join(directory, `${name}.d.ts`), 'utf8'));
    },
  };
}

interface Attribute {
  readonly name: string;
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

/**
 * Parse one model from the text of its two files.
 *
 * @throws {Error} when the script holds no attribute map: the package changed its form
 */
export function parseModel(name: string, script: string, declaration: string): Model {
  const map = /\.attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(script)?.[1];
  if (map === undefined) throw new Error(`bug: model ${name} of @kubernetes/client-node has no attribute map`);
  const documented = parseDeclaration(declaration);
  const fields = (JSON.parse(map) as readonly Attribute[]).map((attribute): ModelField => {
    const about = documented.fields.get(attribute.name);
    return {
      name: attribute.baseName,
      type: attribute.type,
      format: attribute.format,
      required: about?.required ?? false,
      description: about?.description ?? '',
    };
  });
  return { name, description: documented.description, fields };
}

interface Documented {
  readonly description: string;
  readonly fields: ReadonlyMap<string, { readonly required: boolean; readonly description: string }>;
}

function parseDeclaration(text: string): Documented {
  const start = text.indexOf('export declare class');
  const description = lastComment(text.slice(0, Math.max(start, 0)));
  const fields = new Map<string, { required: boolean; description: string }>();
  const member = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?'([^']+)'(\?)?: /g;
  for (const match of text.slice(Math.max(start, 0)).matchAll(member)) {
    const [, comment, name, optional] = match;
    if (name !== undefined) fields.set(name, { required: optional === undefined, description: commentText(comment ?? '') });
  }
  return { description, fields };
}

function lastComment(text: string): string {
  const at = text.lastIndexOf('/**');
  return at < 0 ? '' : commentText(text.slice(at + 3));
}

function commentText(comment: string): string {
  return comment
    .replace(/\*\/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim()
    .replaceAll(/\\(['"`])/g, '$1');
}
