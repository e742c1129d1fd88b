/**
 * Validate a value against a structural schema, in the words of the Kubernetes API.
 * CEL rules (x-kubernetes-validations) are not evaluated: reading a CRD reports them as a warning.
 */
import { isObject, type JsonObject, type JsonValue } from '../json.ts';
import { hasFormat } from './formats.ts';
import { compilePattern } from './pattern.ts';
import { childPath, shown, type FieldError, type FieldReason } from './problem.ts';
import { memberSchema, type StructuralSchema, type ValueRules } from './structural.ts';

/** Problems that are reported at once; the rest shows when these are mended. */
const problemLimit = 50;

/** All that is wrong with a value; empty when nothing is. */
export function validate(value: JsonValue, schema: StructuralSchema): readonly FieldError[] {
  const problems: FieldError[] = [];
  check(value, schema, { path: '', problems });
  return problems.slice(0, problemLimit);
}

interface Walk {
  readonly path: string;
  readonly problems: FieldError[];
}

function report(walk: Walk, reason: FieldReason, message: string): void {
  walk.problems.push({ field: walk.path, reason, message });
}

function invalid(walk: Walk, value: JsonValue, rule: string): void {
  report(walk, 'FieldValueInvalid', `Invalid value: ${shown(value)}: ${walk.path === '' ? 'object' : walk.path} in body ${rule}`);
}

function check(value: JsonValue, schema: StructuralSchema, walk: Walk): void {
  if (walk.problems.length >= problemLimit) return;
  if (value === null && (schema.nullable === true || (schema.type === undefined && schema.preserveUnknownFields === true))) return;
  const actual = typeOf(value);
  const expected = schema.intOrString === true ? 'integer,string' : schema.type;
  if (expected !== undefined && !accepts(expected, actual)) {
    const where = walk.path === '' ? 'object' : walk.path;
    report(walk, 'FieldValueTypeInvalid', `Invalid value: "${actual}": ${where} in body must be of type ${expected}: "${actual}"`);
    return;
  }
  checkRules(value, schema, walk);
  if (Array.isArray(value)) checkList(value, schema, walk);
  else if (isObject(value)) {
    for (const [key, entry] of Object.entries(value)) {
      const member = memberSchema(schema, key);
      if (member !== undefined && entry !== undefined) check(entry, member, { ...walk, path: childPath(walk.path, key) });
    }
  }
}

function typeOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'bigint' || Number.isInteger(value)) return 'integer';
  return typeof value;
}

function accepts(expected: string, actual: string): boolean {
  return (
    expected === actual ||
    (expected === 'number' && actual === 'integer') ||
    (expected === 'integer,string' && (actual === 'integer' || actual === 'string'))
  );
}

function checkRules(value: JsonValue, rules: ValueRules, walk: Walk): void {
  if (rules.enum !== undefined && !rules.enum.some((allowed) => equal(allowed, value))) {
    const supported = rules.enum
      .filter((allowed) => allowed !== '')
      .map(shown)
      .join(', ');
    report(walk, 'FieldValueNotSupported', `Unsupported value: ${shown(value)}: supported values: ${supported}`);
  }
  if (typeof value === 'string') checkText(value, rules, walk);
  else if (typeof value === 'number' || typeof value === 'bigint') checkNumber(value, rules, walk);
  else if (Array.isArray(value)) checkSize(value.length, { minimum: rules.minItems, maximum: rules.maxItems, noun: 'items' }, walk);
  else if (isObject(value)) checkObject(value, rules, walk);
  checkCombined(value, rules, walk);
}

function checkText(value: string, rules: ValueRules, walk: Walk): void {
  const { length } = Array.from(value);
  if (rules.maxLength !== undefined && length > rules.maxLength)
    report(walk, 'FieldValueTooLong', `Too long: may not be more than ${rules.maxLength} bytes`);
  if (rules.minLength !== undefined && length < rules.minLength) invalid(walk, value, `should be at least ${rules.minLength} chars long`);
  if (rules.pattern !== undefined && compilePattern(rules.pattern)?.test(value) === false)
    invalid(walk, value, `should match '${rules.pattern}'`);
  if (rules.format !== undefined && !hasFormat(rules.format, value))
    invalid(walk, value, `must be of type ${rules.format}: ${shown(value)}`);
}

function checkNumber(value: number | bigint, rules: ValueRules, walk: Walk): void {
  const { minimum, maximum, multipleOf } = rules;
  if (minimum !== undefined && (value < minimum || (rules.exclusiveMinimum === true && value <= minimum)))
    invalid(walk, value, `should be greater than ${rules.exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`);
  if (maximum !== undefined && (value > maximum || (rules.exclusiveMaximum === true && value >= maximum)))
    invalid(walk, value, `should be less than ${rules.exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`);
  if (multipleOf !== undefined && !isMultiple(Number(value), multipleOf)) invalid(walk, value, `should be a multiple of ${multipleOf}`);
  if (rules.format === 'int32' && (value > 2147483647 || value < -2147483648)) invalid(walk, value, 'must be of type int32');
}

/** Decimal fractions are not exact: 0.3 is a multiple of 0.1 all the same. */
function isMultiple(value: number, of: number): boolean {
  const quotient = value / of;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}

function checkObject(value: JsonObject, rules: ValueRules, walk: Walk): void {
  checkSize(Object.keys(value).length, { minimum: rules.minProperties, maximum: rules.maxProperties, noun: 'properties' }, walk);
  for (const key of rules.required ?? []) {
    if (value[key] === undefined) report({ ...walk, path: childPath(walk.path, key) }, 'FieldValueRequired', 'Required value');
  }
}

interface SizeRule {
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly noun: string;
}

function checkSize(size: number, rule: SizeRule, walk: Walk): void {
  if (rule.maximum !== undefined && size > rule.maximum)
    report(walk, 'FieldValueTooMany', `Too many: ${size}: must have at most ${rule.maximum} ${rule.noun}`);
  if (rule.minimum !== undefined && size < rule.minimum) invalid(walk, size, `should have at least ${rule.minimum} ${rule.noun}`);
}

function checkCombined(value: JsonValue, rules: ValueRules, walk: Walk): void {
  for (const part of rules.allOf ?? []) check(value, part, walk);
  if (rules.anyOf !== undefined && !rules.anyOf.some((part) => matches(value, part, walk)))
    invalid(walk, value, 'must validate at least one schema (anyOf)');
  if (rules.oneOf !== undefined && rules.oneOf.filter((part) => matches(value, part, walk)).length !== 1)
    invalid(walk, value, 'must validate one and only one schema (oneOf)');
  if (rules.not !== undefined && matches(value, rules.not, walk)) invalid(walk, value, 'must not validate the schema (not)');
}

function matches(value: JsonValue, schema: StructuralSchema, walk: Walk): boolean {
  const problems: FieldError[] = [];
  check(value, schema, { ...walk, problems });
  return problems.length === 0;
}

function checkList(value: readonly JsonValue[], schema: StructuralSchema, walk: Walk): void {
  const seen = new Set<string>();
  value.forEach((item, index) => {
    const at = { ...walk, path: `${walk.path}[${index}]` };
    if (schema.items !== undefined) check(item, schema.items, at);
    const identity = itemIdentity(item, schema);
    if (identity === undefined) return;
    const text = shown(identity);
    if (seen.has(text)) report(at, 'FieldValueDuplicate', `Duplicate value: ${text}`);
    seen.add(text);
  });
}

/** What must be unique among the items of a set or of a keyed list. */
function itemIdentity(item: JsonValue, schema: StructuralSchema): JsonValue | undefined {
  if (schema.listType === 'set') return item;
  if (schema.listType !== 'map' || schema.allowDuplicates === true || !isObject(item)) return undefined;
  return Object.fromEntries((schema.listMapKeys ?? []).map((key) => [key, item[key] ?? memberSchema(schema.items, key)?.default ?? null]));
}

function equal(left: JsonValue, right: JsonValue): boolean {
  return left === right || shown(left) === shown(right);
}
