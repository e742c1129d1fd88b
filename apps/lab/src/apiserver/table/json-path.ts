/**
 * The part of kubectl's JSONPath that printer columns use: members, escaped dots, quoted members, indexes, `[*]` and
 * filters of one comparison. Simple and bounded: no recursion, no scripts.
 *
 * @source Kubernetes documentation "JSONPath Support"; apiextensions.k8s.io/v1 CustomResourceColumnDefinition.jsonPath
 */
import { asArray, asObject, isObject, type JsonValue } from '../json.ts';

type Step = (values: readonly JsonValue[]) => readonly JsonValue[];

/** A compiled path: value → what it selects. */
export type JsonPath = (value: JsonValue) => readonly JsonValue[];

const member = /^\.((?:[^.[\]\\]|\\.)+)/;
const quoted = /^\[(?:'([^']*)'|"([^"]*)")\]/;
const index = /^\[(-?\d+)\]/;
const every = /^(?:\[\*\]|\.\*)/;
const filter = /^\[\?\(@\.([\w.]+)\s*(==|!=|=)\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+))\)\]/;

/** Compile a path, or undefined when it uses more than this subset. */
export function compileJsonPath(path: string): JsonPath | undefined {
  const steps: Step[] = [];
  let rest = path
    .trim()
    .replace(/^\{(.*)\}$/, '$1')
    .replace(/^\$/, '');
  if (rest !== '' && !rest.startsWith('.') && !rest.startsWith('[')) rest = `.${rest}`;
  while (rest !== '' && rest !== '.') {
    const parsed = nextStep(rest);
    if (parsed === undefined) return undefined;
    steps.push(parsed.step);
    rest = rest.slice(parsed.length);
  }
  return (value) => steps.reduce<readonly JsonValue[]>((values, step) => step(values), [value]);
}

interface Parsed {
  readonly step: Step;
  readonly length: number;
}

function nextStep(rest: string): Parsed | undefined {
  let match = every.exec(rest);
  if (match !== null) return { length: match[0].length, step: flat((value) => (isObject(value) ? Object.values(value) : asArray(value))) };
  match = member.exec(rest);
  if (match !== null) return { length: match[0].length, step: named((match[1] ?? '').replaceAll(/\\(.)/g, '$1')) };
  match = quoted.exec(rest);
  if (match !== null) return { length: match[0].length, step: named(match[1] ?? match[2] ?? '') };
  match = index.exec(rest);
  if (match !== null) {
    const at = Number(match[1]);
    return { length: match[0].length, step: flat((value) => [asArray(value).at(at)]) };
  }
  match = filter.exec(rest);
  if (match === null) return undefined;
  const [whole, path, operator, ...literals] = match;
  const literal = literals.find((text) => text !== undefined) ?? '';
  const select = compileJsonPath(`.${path ?? ''}`);
  return {
    length: whole.length,
    step: flat((value) => asArray(value).filter((item) => (scalarText(select?.(item)[0]) === literal) === (operator !== '!='))),
  };
}

function scalarText(value: JsonValue | undefined): string | undefined {
  return typeof value === 'object' || value === undefined ? undefined : String(value);
}

function named(key: string): Step {
  return flat((value) => [asObject(value)[key]]);
}

function flat(select: (value: JsonValue) => readonly (JsonValue | undefined)[]): Step {
  return (values) => values.flatMap((value) => select(value).filter((item) => item !== undefined));
}
