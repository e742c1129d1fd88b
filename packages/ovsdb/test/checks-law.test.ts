/** The law: what the checks before sending accept is what a real server accepts, for random values of every type of column. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OvsdbError } from '../src/index.ts';
import type { DatabaseClient, DatabaseSchema, Operation } from '../src/index.ts';
import type { Json } from '../src/json/json.ts';
import { isArray, isObject } from '../src/json/json.ts';
import { encodeOperations } from '../src/notation/operation.ts';
import { parseSchema } from '../src/schema/parse.ts';
import type { BaseType, ColumnSchema, ColumnType } from '../src/schema/types.ts';
import { everyTypeSchema } from './support/every-type.ts';
import { EVERY_TYPE, startEveryType } from './support/every-type-server.ts';
import type { EveryTypeServer } from './support/every-type-server.ts';

const table = 'Everything';
const RUNS = Number(process.env['LAW_VALUES'] ?? 6000);
const options = { seed: Number(process.env['LAW_SEED'] ?? 7047), numRuns: RUNS };
const schema: DatabaseSchema = parseSchema(everyTypeSchema);
const columns: readonly ColumnSchema[] = [...(schema.tables.get(table)?.columns.values() ?? [])];

let place: EveryTypeServer;
let client: DatabaseClient;

beforeAll(async () => {
  place = await startEveryType({});
  ({ client } = place);
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
});

type AnyAtom = string | number | bigint | boolean;
type AnyValue = AnyAtom | undefined | readonly AnyAtom[] | ReadonlyMap<AnyAtom, AnyAtom>;

const uuid = fc.oneof(
  fc.constantFrom('abcdef01-2345-4678-89ab-cdef01234567', 'ABCDEF01-2345-4678-89AB-CDEF01234567', 'abcdef01-2345'),
  fc.uuid(),
  fc.uuid().map((text) => text.toUpperCase()),
);
const integer = fc.oneof(
  fc.constantFrom(
    -6,
    -5,
    -1,
    0,
    1,
    7,
    8,
    1000,
    1001,
    0n,
    7n,
    1000n,
    1001n,
    9_000_000_000,
    2n ** 53n,
    2n ** 63n - 1n,
    2n ** 63n,
    -(2n ** 63n) - 1n,
  ),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
);
// Neither subnormal: no server can read these at all.
const real = fc.oneof(
  fc.constantFrom(
    -1.6,
    -1.5,
    0,
    -0,
    0.5,
    1,
    7,
    1e6,
    1_000_000.5,
    2 ** 53,
    2 ** 63,
    1e20,
    1e21,
    1.7976931348623157e308,
    2.2250738585072014e-308,
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => value === 0 || Math.abs(value) >= 2.2250738585072014e-308),
);
// Neither NUL nor half a surrogate pair: no server can read these at all.
const string = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'only', 'abc', 'abcd', 'abcde', '日本語x', '😀😀😀😀', '😀😀😀😀😀', '\u0001', '"\\', '\u2028'),
  fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => !text.includes('\0')),
);

function atomOf({ type }: BaseType): fc.Arbitrary<AnyAtom> {
  return { integer, real, string, boolean: fc.boolean(), uuid }[type];
}

/** Mostly of the right type; a number without a fraction that a double does not hold must be a bigint, which only integers are. */
function anyAtomOf(base: BaseType): fc.Arbitrary<AnyAtom> {
  const isExact = (atom: AnyAtom): boolean =>
    base.type === 'real' ? typeof atom !== 'bigint' : typeof atom !== 'number' || !Number.isInteger(atom) || Number.isSafeInteger(atom);
  return fc
    .oneof({ weight: 30, arbitrary: atomOf(base) }, fc.oneof(integer, real, string, fc.boolean(), uuid))
    .filter((atom) => base.type !== 'integer' || typeof atom !== 'number' || isExact(atom))
    .filter((atom) => base.type !== 'real' || isExact(atom));
}

function valueOf({ key, value = { type: 'string' }, shape }: ColumnType): fc.Arbitrary<AnyValue> {
  const set = fc.array(anyAtomOf(key), { maxLength: 5 });
  const map = fc.array(fc.tuple(anyAtomOf(key), anyAtomOf(value)), { maxLength: 4 }).map((pairs) => new Map(pairs));
  const right: fc.Arbitrary<AnyValue> = shape === 'map' ? map : shape === 'set' ? set : anyAtomOf(key);
  return fc.oneof({ weight: 8, arbitrary: right }, anyAtomOf(key), set, map, fc.constant(undefined));
}

/** The notation of RFC 7047 5.1 without any check. */
function notation(value: AnyValue, { key, value: item }: ColumnType): Json {
  const atom = (one: AnyAtom, base: BaseType | undefined): Json => (base?.type === 'uuid' && typeof one === 'string' ? ['uuid', one] : one);
  if (value === undefined) return [item === undefined ? 'set' : 'map', []];
  if (value instanceof Map) return ['map', [...(value as ReadonlyMap<AnyAtom, AnyAtom>)].map(([k, v]) => [atom(k, key), atom(v, item)])];
  if (isArray(value as Json)) return ['set', (value as readonly AnyAtom[]).map((one) => atom(one, key))];
  return atom(value as AnyAtom, key);
}

function weAccept(operation: Operation): boolean {
  try {
    encodeOperations([operation], schema);
    return true;
  } catch (error) {
    if (error instanceof OvsdbError && error.code === 'OVSDB_BAD_VALUE') return false;
    throw error;
  }
}

/** Whether the server carries an operation out; it is taken back before the commit, where references would be looked at. */
async function serverAccepts(operation: Json): Promise<boolean> {
  const results = await client.request('transact', [EVERY_TYPE, operation, { op: 'abort' }]);
  const errors = (isArray(results) ? results : []).map((result) => (isObject(result) ? result['error'] : undefined));
  expect(errors.findLast((error) => error !== undefined && error !== null)).toBeDefined();
  return errors[1] === 'aborted';
}

/** Both verdicts were met, and not by chance alone. */
function expectBoth(verdicts: readonly boolean[]): void {
  for (const verdict of [true, false]) expect(verdicts.filter((one) => one === verdict).length).toBeGreaterThan(RUNS / 10);
}

const columnAndValue = fc.constantFrom(...columns).chain((column) => fc.tuple(fc.constant(column), valueOf(column.type)));

test('a value of an insert', async () => {
  const verdicts: boolean[] = [];
  const property = fc.asyncProperty(columnAndValue, async ([{ name, type }, value]) => {
    const ours = weAccept({ op: 'insert', table, row: { [name]: value as never } });
    verdicts.push(ours);
    expect(ours).toBe(await serverAccepts({ op: 'insert', table, row: { [name]: notation(value, type) } }));
  });
  await fc.assert(property, options);
  expectBoth(verdicts);
});

test('a condition', async () => {
  const verdicts: boolean[] = [];
  const comparison = fc.constantFrom('<', '<=', '==', '!=', '>=', '>', 'includes', 'excludes');
  const property = fc.asyncProperty(columnAndValue, comparison, async ([{ name, type }, value], test) => {
    const ours = weAccept({ op: 'delete', table, where: [[name, test as '==', value as never]] });
    verdicts.push(ours);
    expect(ours).toBe(await serverAccepts({ op: 'delete', table, where: [[name, test, notation(value, type)]] }));
  });
  await fc.assert(property, options);
  expectBoth(verdicts);
});

test('a mutation', async () => {
  const verdicts: boolean[] = [];
  const mutator = fc.constantFrom('+=', '-=', '*=', '/=', '%=', 'insert', 'delete');
  // The table is empty, and a division by zero is found only where there is a row.
  const nonZero = columnAndValue.filter(([, value]) => value !== 0 && value !== 0n);
  const property = fc.asyncProperty(nonZero, mutator, async ([{ name, type }, value], how) => {
    const ours = weAccept({ op: 'mutate', table, where: [], mutations: [[name, how as '+=', value as never]] });
    verdicts.push(ours);
    expect(ours).toBe(await serverAccepts({ op: 'mutate', table, where: [], mutations: [[name, how, notation(value, type)]] }));
  });
  await fc.assert(property, options);
  expectBoth(verdicts);
});
