/** Where a reader stands in an object, and what it found wrong there. */
import { problem, type Problem, type ProblemCode } from '../problem.ts';

/** Collects the problems of one object. */
export interface Report {
  /** `Kind namespace/name`. */
  readonly object: string;
  readonly problems: Problem[];
}

/** A field of the object. */
export interface Field {
  readonly report: Report;
  /** Path from the root, e.g. `spec.ingress[0].from[1]`. */
  readonly path: string;
}

/** What a reader makes of an object. */
export interface Read<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}

export function below({ report, path }: Field, name: string | number): Field {
  return { report, path: typeof name === 'number' ? `${path}[${name}]` : `${path}.${name}` };
}

/** Note a problem. @returns undefined, for the value that there is none of */
export function complain({ report, path }: Field, value: unknown, hint: string, code: ProblemCode = 'POLICY_BAD_FIELD'): undefined {
  report.problems.push(problem({ code, object: report.object, field: path, value, hint }));
}

/** A list, whatever a user wrote there. */
export function listOf<T>(field: Field, value: readonly T[] | null | undefined): readonly T[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as readonly T[];
  complain(field, value, 'make it a list');
  return [];
}

/**
 * Read what an API server may have let through unseen: where the object has not even the shape of its kind, the reader trips over it.
 *
 * @param closed what stands for an object that can not be read: it lets nothing pass
 */
export function readShaped<T>(
  object: string,
  spec: unknown,
  { read, closed }: { readonly read: () => Read<T>; readonly closed: () => T },
): Read<T> {
  const refused = (why: string): Read<T> => {
    const hint = `write it as the API has it (${why})`;
    return { value: closed(), problems: [problem({ code: 'POLICY_BAD_FIELD', object, field: 'spec', value: spec, hint })] };
  };
  if (spec === null || (spec !== undefined && typeof spec !== 'object')) return refused('an object');
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return refused(error.message);
  }
}
