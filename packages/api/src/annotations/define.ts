/**
 * An annotation: its key, what it means, and the way between text and value.
 *
 * Definitions are data. Nothing outside this folder spells a key or parses an annotation.
 */
import type { KubeObject } from '../objects/meta.ts';
import type { Reading } from '../problem.ts';
import { describeObject, problem } from '../problem.ts';

/** Who writes an annotation. */
export type Writer = 'user' | 'controller' | 'daemon';

/** One annotation, without the prefix of its provider. */
export interface AnnotationDefinition<T> {
  /** Key after `<provider>.kubernetes.io/`. */
  readonly key: string;
  /** Kind of object that carries it. */
  readonly on: 'Pod' | 'Node' | 'Namespace' | 'Service' | 'NetworkPolicy' | 'Subnet';
  readonly writers: readonly Writer[];
  /** Form of the value, for people; it is the way out that a problem names. */
  readonly format: string;
  /** What it means, one sentence. */
  readonly doc: string;
  /** `undefined`: the text is not of that form. Must not throw. */
  parse(text: string): T | undefined;
  print(value: T): string;
}

/** An annotation with its whole key. */
export interface Annotation<T> {
  readonly key: string;
  /** The value; `undefined` when the object does not have the annotation. */
  read(object: KubeObject): Reading<T | undefined>;
  /** `{ [key]: text }`, to be spread into wanted annotations. */
  entry(value: T): Record<string, string>;
}

/** A set of definitions, each with its whole key. */
export type Bound<D> = { readonly [K in keyof D]: D[K] extends AnnotationDefinition<infer T> ? Annotation<T> : never };

const MAX_TEXT = 65_536;

/** State an annotation; gives its value type a name for the compiler. */
export function defineAnnotation<T>(definition: AnnotationDefinition<T>): AnnotationDefinition<T> {
  return definition;
}

/** The annotation under a key prefix. */
export function bindAnnotation<T>(definition: AnnotationDefinition<T>, prefix: string): Annotation<T> {
  const key = `${prefix}/${definition.key}`;
  return {
    key,
    read(object) {
      const text = object.metadata.annotations?.[key];
      if (text === undefined) return { ok: true, value: undefined };
      const value = text.length <= MAX_TEXT ? definition.parse(text) : undefined;
      if (value !== undefined) return { ok: true, value };
      const field = `metadata.annotations[${key}]`;
      return {
        ok: false,
        problem: problem({
          code: 'API_BAD_ANNOTATION',
          object: describeObject(object, definition.on),
          field,
          value: text,
          hint: `must be ${definition.format}`,
        }),
      };
    },
    entry: (value) => ({ [key]: definition.print(value) }),
  };
}

/** All annotations of a set under one prefix. */
export function bindAnnotations<D extends Record<keyof D, AnnotationDefinition<unknown>>>(definitions: D, prefix: string): Bound<D> {
  const bound = Object.entries<AnnotationDefinition<unknown>>(definitions).map(([name, definition]) => [
    name,
    bindAnnotation(definition, prefix),
  ]);
  return Object.fromEntries(bound) as Bound<D>;
}

/** Prefix of the keys of one network interface. @source Kube-OVN, `%s.kubernetes.io/...` templates */
export function annotationPrefix(provider: string): string {
  return `${provider}.kubernetes.io`;
}
