/** What every write of an object goes through: prune, default, validate, in this order. */
import { isDeeperThan, type JsonObject } from '../json.ts';
import { applyDefaults } from './defaults.ts';
import type { FieldError } from './problem.ts';
import { prune } from './prune.ts';
import type { StructuralSchema } from './structural.ts';
import { validate } from './validate.ts';

/** A normalised object with what was wrong with it. */
export interface Normalised {
  readonly object: JsonObject;
  readonly errors: readonly FieldError[];
  /** Paths of fields that were dropped, for fieldValidation=Strict and Warn. */
  readonly unknown: readonly string[];
}

/** Levels of nesting in one object. @source apimachinery json: maximum depth 10,000; less here, since each level takes stack */
export const depthLimit = 500;

/** Prune, default and validate; the input is left as it is. */
export function normalise(object: JsonObject, schema: StructuralSchema): Normalised {
  if (isDeeperThan(object, depthLimit)) {
    const message = `Invalid value: nested deeper than ${depthLimit} levels`;
    return { object, errors: [{ field: 'object', reason: 'FieldValueInvalid', message }], unknown: [] };
  }
  const pruned = prune(object, schema);
  const filled = applyDefaults(pruned.object, schema);
  return { object: filled, errors: validate(filled, schema), unknown: pruned.unknown };
}
