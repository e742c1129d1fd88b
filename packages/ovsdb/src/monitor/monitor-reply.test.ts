import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, printJson } from '../json/json.ts';
import type { Json, JsonObject } from '../json/json.ts';
import { MessageSplitter } from '../json/splitter.ts';
import { StringPool } from '../notation/string-pool.ts';
import { replicaToJson } from '../notation/print.ts';
import type { Row, Uuid } from '../notation/value.ts';
import { DatabaseReplica } from '../replica/replica.ts';
import { parseSchema } from '../schema/parse.ts';
import { MonitorReply } from './monitor-reply.ts';
import type { MonitorMethod } from './monitor-reply.ts';
import { selectColumns } from './selection.ts';

const columns = {
  name: { type: 'string' },
  tags: { type: { key: 'string', min: 0, max: 'unlimited' } },
  options: { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } },
  big: { type: 'integer' },
};
const schema = parseSchema({ name: 'D', version: '1.0.0', tables: { A: { columns }, B: { columns }, C: { columns } } });
const clock = { now: () => 0, setTimeout: () => () => undefined };
const limits = { maxMessageBytes: 1_000_000, maxDepth: 20 };

function emptyReplica(): DatabaseReplica {
  const replica = new DatabaseReplica('D', clock);
  replica.useSchema(schema, selectColumns(schema, 'all'));
  return replica;
}

/** Send a text in pieces through a splitter into a reply, as a peer does; how many parts came before the end is told. */
function receive(reply: MonitorReply, text: string, cuts: readonly number[]): number {
  const splitter = new MessageSplitter(limits);
  splitter.cut(reply.rule);
  const bytes = Buffer.from(text);
  const bounds = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  let parts = 0;
  let isDone = false;
  [...bounds, bytes.length].forEach((end, at) => {
    splitter.push(bytes.subarray(bounds[at - 1] ?? 0, end), (raw) => {
      const part = Buffer.from(raw.bytes).toString();
      if (raw.lead !== undefined) {
        parts++;
        reply.take(raw.lead, parseJson(`{${part}}`, raw.hasLongNumber));
      } else {
        isDone = true;
        reply.finish((parseJson(part, raw.hasLongNumber) as JsonObject)['result'] ?? null);
      }
    });
  });
  expect(isDone).toBe(true);
  return parts;
}

const TRANSACTION = '01234567-89ab-4def-8123-456789abcdef';
const atom = fc.string({ unit: 'binary', maxLength: 12 });
const row = fc.record(
  {
    name: atom,
    tags: fc.uniqueArray(atom, { maxLength: 4 }).map((tags): Json => ['set', tags]),
    options: fc.uniqueArray(fc.tuple(atom, atom), { selector: ([key]) => key, maxLength: 4 }).map((pairs): Json => ['map', pairs]),
    big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  },
  { requiredKeys: [] },
);
const rows = fc.dictionary(fc.uuid(), row, { maxKeys: 6, noNullPrototype: true });
const content = fc.record({ A: rows, B: rows, C: rows }, { requiredKeys: [], noNullPrototype: true });

const replies: Readonly<Record<MonitorMethod, (tables: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>) => Json>> = {
  monitor: (tables) => mapRows(tables, (item) => ({ new: item })),
  monitor_cond: (tables) => mapRows(tables, (item) => ({ initial: item })),
  monitor_cond_since: (tables) => [false, TRANSACTION, mapRows(tables, (item) => ({ initial: item }))],
};

function mapRows(tables: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>, change: (row: JsonObject) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(tables).map(([name, items]) => [
      name,
      Object.fromEntries(Object.entries(items).map(([uuid, item]) => [uuid, change(item)])),
    ]),
  );
}

describe.for(Object.keys(replies) as MonitorMethod[])('%s', (method) => {
  test('however the reply is cut and whatever the order of its members, the content is the same', () => {
    const envelope = fc.constantFrom<[string, string]>(
      ['{"id":3,"result":', ',"error":null}'],
      ['{"error":null,"id":3,"result":', '}'],
      ['{"result":', ',"error":null,"id":3}'],
      [' { "id" : 3 , "result" : ', ' , "error" : null } '],
    );
    fc.assert(
      fc.property(content, envelope, fc.array(fc.nat()), (tables, [before, after], cuts) => {
        const text = before + printJson(replies[method](tables)) + after;
        const whole = emptyReplica();
        receive(new MonitorReply(method, whole, new StringPool()), text, []);
        const pieces = emptyReplica();
        receive(new MonitorReply(method, pieces, new StringPool()), text, cuts);
        const plain = emptyReplica();
        new MonitorReply(method, plain, new StringPool()).finish((parseJson(text, true) as JsonObject)['result'] ?? null);
        expect(replicaToJson(pieces)).toEqual(replicaToJson(plain));
        expect(replicaToJson(whole)).toEqual(replicaToJson(plain));
      }),
    );
  });

  test('rows are given out before the end, and the replica shows none of them until then', () => {
    const uuids = Array.from({ length: 50 }, (_, at) => `00000000-0000-0000-0000-0000000000${at.toString().padStart(2, '0')}`);
    const tables = { A: Object.fromEntries(uuids.map((uuid) => [uuid, { name: 'x'.repeat(100) }])) };
    const replica = emptyReplica();
    const reply = new MonitorReply(method, replica, new StringPool());
    const take = reply.take.bind(reply);
    let countsBefore = 0;
    reply.take = (lead, members) => {
      take(lead, members);
      countsBefore += replica.count('A');
    };
    const text = `{"id":1,"error":null,"result":${printJson(replies[method](tables))}}`;
    const cuts = Array.from({ length: text.length / 500 }, (_, at) => at * 500);
    expect(receive(reply, text, cuts)).toBeGreaterThan(10);
    expect(countsBefore).toBe(0);
    expect(replica.count('A')).toBe(50);
  });
});

test('rows that look as a server writes them are never JSON values', () => {
  const members = [1, 2, 3].map((at) => initial(at)).join(',');
  const replica = emptyReplica();
  expect(receive(new MonitorReply('monitor_cond_since', replica, new StringPool()), reply(members), [])).toBe(0);
  expect(replica.count('A')).toBe(3);
});

const uuid = (at: number): Uuid => `00000000-0000-0000-0000-00000000000${at}` as Uuid;
const initial = (at: number): string => `"${uuid(at)}":{"initial":{"name":"n${at}"}}`;
const reply = (members: string): string => `{"id":1,"result":[false,"${TRANSACTION}",{"A":{${members}}}],"error":null}`;

describe('what is malformed is refused, wherever the cut is', () => {
  test.for([
    ['two rows without a comma', reply(`${initial(1)} ${initial(2)}`)],
    ['two commas', reply(`${initial(1)},,${initial(2)}`)],
    ['a comma at the end', reply(`${initial(1)},`)],
    ['a comma at the begin', reply(`,${initial(1)}`)],
    ['a scalar beside rows', reply(`${initial(1)},"x":1`)],
    ['a row that is an array', reply(`"${uuid(1)}":[]`)],
    ['an unknown column', reply(`"${uuid(1)}":{"initial":{"nope":1}}`)],
    ['an unknown table', `{"id":1,"result":[false,"${TRANSACTION}",{"Z":{${initial(1)}}}],"error":null}`],
  ] as const)('%s', ([, text]) => {
    for (let at = 0; at <= text.length; at++) {
      const replica = emptyReplica();
      expect(() => receive(new MonitorReply('monitor_cond_since', replica, new StringPool()), text, [at]), `cut at ${at}`).toThrow(
        /JSON|comma|no object|names/,
      );
      expect(replica.count('A')).toBe(0);
    }
  });

  test('a row that is stated twice in parts of its own', () => {
    const text = reply(`${initial(1)},${initial(1)}`);
    const at = text.indexOf(initial(1)) + initial(1).length;
    const run = (): number => receive(new MonitorReply('monitor_cond_since', emptyReplica(), new StringPool()), text, [at]);
    expect(run).toThrow(expect.objectContaining({ code: 'OVSDB_BAD_MESSAGE' }));
  });
});

describe('resume', () => {
  const resumed = (members: string): string => `{"id":1,"result":[true,"${TRANSACTION}",{"A":{${members}}}],"error":null}`;
  const known = (): DatabaseReplica => {
    const replica = emptyReplica();
    receive(new MonitorReply('monitor_cond_since', replica, new StringPool()), reply(`${initial(1)},${initial(2)}`), []);
    return replica;
  };
  const names = (replica: DatabaseReplica): unknown[] => [...replica.rows('A')].map((item: Row) => item['name']);

  test('only the changes are applied, and rows that did not change stay the same objects', () => {
    const replica = known();
    const second = replica.row('A', uuid(2));
    const text = resumed(`"${uuid(1)}":{"modify":{"name":"new"}},"${uuid(3)}":{"insert":{"name":"n3"}}`);
    for (const cut of [0, 60, 120]) receive(new MonitorReply('monitor_cond_since', known(), new StringPool()), text, [cut]);
    receive(new MonitorReply('monitor_cond_since', replica, new StringPool()), text, [100]);
    expect(names(replica)).toEqual(['new', 'n2', 'n3']);
    expect(replica.row('A', uuid(2))).toBe(second);
  });

  test('a change that is stated twice in parts of its own is refused, and nothing is applied', () => {
    const change = `"${uuid(1)}":{"modify":{"name":"new"}}`;
    const text = resumed(`${change},${change}`);
    const replica = known();
    const run = (): number =>
      receive(new MonitorReply('monitor_cond_since', replica, new StringPool()), text, [text.indexOf(change) + change.length]);
    expect(run).toThrow(expect.objectContaining({ code: 'OVSDB_BAD_MESSAGE' }));
    expect(names(replica)).toEqual(['n1', 'n2']);
  });

  test('a new download keeps the objects of rows that are as they were, and tells only what differs', () => {
    const replica = known();
    const [first] = replica.rows('A');
    const told: (readonly [Uuid, boolean, boolean])[] = [];
    replica.onChange((changes) => {
      for (const { uuid: id, before, after } of changes) told.push([id, before !== undefined, after !== undefined]);
    });
    receive(new MonitorReply('monitor_cond_since', replica, new StringPool()), reply(`${initial(1)},${initial(3)}`), [50]);
    expect(replica.row('A', uuid(1))).toBe(first);
    expect(told).toEqual([
      [uuid(3), false, true],
      [uuid(2), true, false],
    ]);
  });
});

test('empty values and shapes are shared between rows, which are plain data', () => {
  const replica = emptyReplica();
  const long = 'requested-chassis of the node';
  const wide = (at: number): string =>
    `"${uuid(at)}":{"initial":{"name":${JSON.stringify(long)},"options":["map",[[${JSON.stringify(`${long}!`)},"x"]]],"tags":["set",[]]}}`;
  receive(new MonitorReply('monitor_cond_since', replica, new StringPool()), reply(`${wide(1)},${wide(2)},${initial(3)}`), [200]);
  const [one, two, three] = [1, 2, 3].map((at) => replica.row('A', uuid(at)));
  expect(one?.['tags']).toBe(two?.['tags']);
  expect(one?.['tags']).toBe(three?.['tags']);
  expect(replica.row('A', uuid(3))?.['options']).toBe(selectBlank(replica)['options']);
  expect(Object.keys(one ?? {})).toEqual(Object.keys(three ?? {}));
  // Plain data: no accessor, no method, nothing that each row carries for itself.
  for (const item of [one, two, three]) {
    expect(Object.getPrototypeOf(item)).toBe(Object.prototype);
    for (const property of Object.values(Object.getOwnPropertyDescriptors(item ?? {}))) {
      expect(Object.hasOwn(property, 'get')).toBe(false);
      expect(typeof property.value).not.toBe('function');
    }
  }
});

function selectBlank(replica: DatabaseReplica): Row {
  const table = replica.monitored.get('A');
  if (table === undefined) throw new Error('bug: no table');
  return table.blank;
}
