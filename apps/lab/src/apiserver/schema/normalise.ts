/** What every write of an object goes through: prune, default, validate, in this order. */
import type { JsonObject } from '../json.ts';
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

/** Prune, default and validate; the input is left as it is. */
export function normalise(object: JsonObject, schema: StructuralSchema): Normalised {
  const pruned = prune(object, schema);
  const filled = applyDefaults(pruned.object, schema);
  return { object: filled, errors: validate(filled, schema), unknown: pruned.unknown };
}
