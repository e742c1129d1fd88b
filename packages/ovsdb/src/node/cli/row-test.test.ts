import { describe, expect, test } from 'vitest';
import type { Row, Uuid } from '../../notation/value.ts';
import { parseSchema } from '../../schema/parse.ts';
import type { TableSchema } from '../../schema/types.ts';
import { UsageError } from './arguments.ts';
import { compileTest, readTest } from './row-test.ts';

const optional = (key: string): object => ({ type: { key, min: 0, max: 1 } });
const many = (key: string, value?: string): object => ({
  type: { key, min: 0, max: 'unlimited', ...(value === undefined ? {} : { value }) },
});
const columns = {
  name: { type: 'string' },
  serial: { type: 'integer' },
  rate: { type: 'real' },
  up: optional('boolean'),
  tag: optional('integer'),
  chassis: optional('uuid'),
  addresses: many('string'),
  queues: many('integer', 'string'),
  ids: many('string', 'string'),
};
const schema = parseSchema(JSON.parse(JSON.stringify({ name: 'D', tables: { T: { columns } } })));
const table = schema.tables.get('T') as TableSchema;
const uuid = '1234abcd-0000-4000-8000-000000000000' as Uuid;
const row: Row = {
  _uuid: uuid,
  name: 'blue sky',
  serial: 9_007_199_254_740_993n,
  rate: 0.5,
  up: true,
  tag: undefined,
  chassis: undefined,
  addresses: ['10.0.0.1', 'fd00::1'],
  queues: new Map([[7, 'seven']]),
  ids: new Map([
    ['a:b', 'c=d'],
    ['empty', ''],
  ]),
};
const meets = (text: string): boolean => compileTest(readTest(text), table)(row);

describe('a condition', () => {
  test.for([
    'name=blue sky',
    'name="blue sky"',
    'name!=blue',
    'serial=9007199254740993',
    'serial>9007199254740992',
    'serial<=9007199254740993',
    'rate<1',
    'rate>=0.5',
    'up=true',
    'up!=[]',
    'tag=[]',
    'tag!=5',
    'chassis=[]',
    `_uuid=${uuid.toUpperCase()}`,
    'addresses=[fd00::1, 10.0.0.1]',
    'addresses=["10.0.0.1","fd00::1"]',
    'addresses!=[10.0.0.1]',
    'addresses:fd00::1',
    'queues:7=seven',
    'queues:7',
    'queues:8!=seven',
    'queues!={}',
    'ids:a:b=c=d',
    'ids:"a:b"=c=d',
    'ids:empty=',
    'ids:empty',
  ])('%s holds', (text) => {
    expect(meets(text)).toBe(true);
  });

  test.for([
    'name=blue',
    'name=',
    'name!=blue sky',
    'serial=9007199254740992',
    'serial<9007199254740993',
    'rate>0.5',
    'up=false',
    'up=[]',
    'tag=5',
    'tag<5',
    'tag>=5',
    'addresses=[]',
    'addresses=10.0.0.1',
    'addresses:10.0.0.2',
    'queues:7=eight',
    'queues:8',
    'queues:8=',
    'queues:7!=seven',
    'ids={}',
  ])('%s does not hold', (text) => {
    expect(meets(text)).toBe(false);
  });

  test.for([
    ['name', '"name" is no condition'],
    ['=x', '"=x" is no condition'],
    ['nope=x', 'has no column "nope"; it has addresses, chassis,'],
    ['serial=ten', '"ten" is no integer'],
    ['rate=fast', '"fast" is no real'],
    ['up=yes', '"yes" is no boolean'],
    ['chassis=x', '"x" is no uuid'],
    ['ids=x', 'name a key as in ids:KEY=VALUE'],
    ['queues:x', '"x" is no integer'],
    ['name:x', 'column name holds one value'],
    ['addresses:x=y', 'addresses:ELEMENT asks for an element'],
    ['addresses<x', '"<" compares single values alone'],
  ] as const)('%s is refused: %s', ([text, words]) => {
    expect(() => meets(text)).toThrow(UsageError);
    expect(() => meets(text)).toThrow(words);
  });
});
