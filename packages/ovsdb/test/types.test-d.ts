/** What the compiler refuses: compiled by `npm run typecheck`, never run. An error that is no longer one fails the compilation. */
import {
  changesOf,
  column,
  defineTable,
  findBy,
  findRows,
  indexOn,
  indexOnEntry,
  indexRows,
  named,
  onRows,
  operationsOn,
  rowOf,
  rowRef,
  rowsOf,
  wantedRow,
} from '../src/index.ts';
import type { InsertOf, OperationResult, Replica, RowOf, TableChange, Uuid, UuidOf, WritableRow } from '../src/index.ts';

const port = defineTable('Port', { name: column.string({ maxLength: 15 }), tag: column.optional(column.integer(0, 4095)) });
const bridge = defineTable('Bridge', {
  name: column.string(),
  mode: column.enum('secure', 'standalone'),
  level: column.enumOf('integer', 1, 2, 3),
  ports: column.set(column.uuid('Port')),
  mirrors: column.set(column.uuid('Mirror', 'weak'), { max: 4 }),
  serial: column.integer(),
  rate: column.real(0, 1),
  options: column.map(column.string(), column.string()),
  queues: column.map(column.integer(0, 100), column.uuid('Queue')),
});

type Exactly<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

export function reading(replica: Replica, row: RowOf<typeof bridge>): readonly unknown[] {
  holds<Exactly<typeof row.mode, 'secure' | 'standalone'>>();
  holds<Exactly<typeof row.level, 1 | 2 | 3>>();
  holds<Exactly<typeof row.ports, readonly UuidOf<'Port'>[]>>();
  holds<Exactly<typeof row.serial, number | bigint>>();
  holds<Exactly<typeof row.rate, number>>();
  holds<Exactly<typeof row.options, ReadonlyMap<string, string>>>();
  holds<Exactly<typeof row.queues, ReadonlyMap<number, UuidOf<'Queue'>>>>();
  holds<Exactly<RowOf<typeof port>['tag'], number | undefined>>();
  const first: UuidOf<'Port'> | undefined = row.ports[0];
  // @ts-expect-error: a row of another table
  const wrong: UuidOf<'Mirror'> | undefined = row.ports[0];
  // @ts-expect-error: no such column
  const none = row.nonsense;
  // @ts-expect-error: an optional column may be empty
  const tag: number = [...rowsOf(replica, port)].map((one) => one.tag)[0];
  // @ts-expect-error: rows do not change
  row.name = 'x';
  indexRows(replica, bridge, { index: 'mode', keysOf: ({ mode }) => [mode] });
  // @ts-expect-error: keys are strings
  indexRows(replica, bridge, { index: 'rate', keysOf: ({ rate }) => [rate] });
  const [found] = findRows(replica, bridge, { index: 'mode', key: 'secure' });
  return [first, wrong, none, tag, found?.options.get('k')];
}

export function wanting(uuid: Uuid, portUuid: UuidOf<'Port'>, mirrorUuid: UuidOf<'Mirror'>): readonly unknown[] {
  const good: InsertOf<typeof bridge> = {
    mode: 'secure',
    level: 2,
    serial: 1n,
    ports: [rowRef('Port', 'p'), named('p'), uuid, portUuid],
    mirrors: [],
    options: { a: 'b' },
    queues: new Map([[1, rowRef('Queue', 'q')]]),
  };
  // @ts-expect-error: no such mode
  wantedRow(bridge, 'b', { mode: 'open' });
  // @ts-expect-error: no such level
  wantedRow(bridge, 'b', { level: 4 });
  // @ts-expect-error: a reference to a row of another table
  wantedRow(bridge, 'b', { ports: [rowRef('Mirror', 'm')] });
  // @ts-expect-error: the UUID of a row of another table
  wantedRow(bridge, 'b', { ports: [mirrorUuid] });
  // @ts-expect-error: a set, not one element
  wantedRow(bridge, 'b', { ports: portUuid });
  // @ts-expect-error: a number within the bounds is never a bigint
  wantedRow(bridge, 'b', { queues: new Map([[1n, rowRef('Queue', 'q')]]) });
  // @ts-expect-error: values of a map have their type
  wantedRow(bridge, 'b', { options: { a: 1 } });
  // @ts-expect-error: a column that must not be empty
  wantedRow(bridge, 'b', { mode: undefined });
  // @ts-expect-error: no such column
  wantedRow(bridge, 'b', { nonsense: 1 });
  return [good];
}

export function sending(result: OperationResult, portUuid: UuidOf<'Port'>, mirrorUuid: UuidOf<'Mirror'>): readonly unknown[] {
  const on = operationsOn(bridge);
  const rows: readonly RowOf<typeof bridge>[] = on.rows(result);
  on.insert({ name: 'b', ports: [named('p'), portUuid], options: { k: 'v' } }, 'b');
  on.update([['name', '==', 'b']], { mode: 'standalone', rate: 0.5 });
  on.mutate(
    [
      ['ports', 'includes', portUuid],
      ['serial', '>', 7n],
    ],
    [
      ['ports', 'delete', [portUuid]],
      ['serial', '+=', 1],
      ['options', 'delete', ['k']],
      ['options', 'insert', { k: 'w' }],
    ],
  );
  on.delete([['_uuid', '!=', rows[0]?._uuid ?? named('b')]]);
  // @ts-expect-error: a transaction takes UUIDs and names, references by natural key are the planner's
  on.insert({ ports: [rowRef('Port', 'p')] });
  // @ts-expect-error: no such column
  on.select([['nonsense', '==', 1]]);
  // @ts-expect-error: no such mode
  on.delete([['mode', '==', 'open']]);
  // @ts-expect-error: a row of another table
  on.mutate([], [['ports', 'insert', [mirrorUuid]]]);
  // @ts-expect-error: a row of another table
  on.delete([['_uuid', '==', portUuid]]);
  // @ts-expect-error: no such mutator
  on.mutate([], [['serial', '**', 2]]);
  // @ts-expect-error: no such function
  on.select([['serial', '~', 2]]);
  return [rows];
}

/** No type that a user meets is `any`, under which every wrong use would compile. */
type IsAny<T> = 0 extends 1 & T ? true : false;
type AnyIn<T> = { readonly [K in keyof T]: IsAny<T[K]> }[keyof T];

export function nothingIsAny(): void {
  holds<Exactly<AnyIn<RowOf<typeof bridge>>, false>>();
  holds<Exactly<AnyIn<Required<InsertOf<typeof bridge>>>, false>>();
  holds<Exactly<AnyIn<TableChange<typeof bridge>>, false>>();
  holds<Exactly<IsAny<WritableRow[string]>, false>>();
  holds<Exactly<IsAny<Parameters<ReturnType<typeof operationsOn<typeof bridge>>['insert']>[0]>, false>>();
  holds<Exactly<IsAny<OperationResult['rows']>, false>>();
}

export async function finding(replica: Replica, bridgeUuid: UuidOf<'Bridge'>, portUuid: UuidOf<'Port'>): Promise<readonly unknown[]> {
  const byMode = indexOn(bridge, 'mode', 'level');
  const [typed] = findBy(replica, byMode, 'secure', 2);
  holds<Exactly<typeof typed, RowOf<typeof bridge> | undefined>>();
  const byPort = indexOn(bridge, 'ports');
  const byOption = indexOnEntry(bridge, 'options', 'k');
  const optional: RowOf<typeof port>[] = [...findBy(replica, indexOn(port, 'tag'), 7)];
  // @ts-expect-error: no such mode
  findBy(replica, byMode, 'open', 2);
  // @ts-expect-error: a key has a value for each column
  findBy(replica, byMode, 'secure');
  // @ts-expect-error: a set is found by its elements
  findBy(replica, byPort, [portUuid]);
  // @ts-expect-error: the UUID of a row of another table
  findBy(replica, byPort, bridgeUuid);
  // @ts-expect-error: maps are found by an entry
  indexOn(bridge, 'options');
  // @ts-expect-error: no such column
  indexOn(bridge, 'nonsense');
  // @ts-expect-error: the key of an entry has the type of the map's keys
  indexOnEntry(bridge, 'queues', 'one');
  // @ts-expect-error: no map
  indexOnEntry(bridge, 'ports', 'x');
  // @ts-expect-error: the UUID of a row of another table
  rowOf(replica, bridge, portUuid);
  onRows(replica, bridge, (changes) => {
    for (const { before, after } of changes) {
      holds<Exactly<typeof before, RowOf<typeof bridge> | undefined>>();
      holds<Exactly<typeof after, RowOf<typeof bridge> | undefined>>();
    }
  });
  for await (const batch of changesOf(replica, bridge)) {
    // @ts-expect-error: a batch may say that there was too much to keep
    if (batch.kind !== 'changes') return batch.changes;
    const [change] = batch.changes;
    holds<Exactly<typeof change, TableChange<typeof bridge> | undefined>>();
  }
  return [findBy(replica, byPort, portUuid), findBy(replica, byOption, 'v'), optional];
}

/** Definitions themselves are checked. */
export function defining(): readonly unknown[] {
  return [
    // @ts-expect-error: sets are made of single atoms
    column.set(column.set(column.string())),
    // @ts-expect-error: maps are made of single atoms
    column.map(column.string(), column.optional(column.string())),
    // @ts-expect-error: a reference is strong or weak
    column.uuid('Port', 'firm'),
    // @ts-expect-error: a set holds at least none or one
    column.set(column.string(), { min: 2 }),
    // @ts-expect-error: bounds are numbers
    column.integer('0', 10),
  ];
}
