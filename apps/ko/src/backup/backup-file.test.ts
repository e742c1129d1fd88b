import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { objection, readBackupFile } from './backup-file.ts';

function record(value: unknown, magic = 'JSON'): string {
  const body = `${JSON.stringify(value)}\n`;
  return `OVSDB ${magic} ${Buffer.byteLength(body)} ${createHash('sha1').update(body).digest('hex')}\n${body}`;
}

const schema = record({ name: 'OVN_Northbound', version: '7.0.0', cksum: '1 2', tables: {} });
const first = record({
  _date: 1_700_000_000_000,
  _comment: 'made',
  Logical_Switch: { a: { name: 'é' }, b: { name: 'b' } },
  ACL: { c: {} },
});
const second = record({ _date: 1_700_000_001_000, Logical_Switch: { a: null, d: {} }, ACL: { c: null } });
const read = (text: string) => readBackupFile('nb.backup', Buffer.from(text));

describe('a backup', () => {
  it('tells its database, schema, time and the rows that its transactions leave', () => {
    expect(read(`${schema}${first}${second}`)).toEqual({
      database: 'OVN_Northbound',
      version: '7.0.0',
      checksum: '1 2',
      writtenAt: new Date(1_700_000_001_000),
      rows: new Map([['Logical_Switch', 2]]),
    });
  });

  it.each([
    ['nothing', '', 'it is empty'],
    ['another file', 'apiVersion: v1\n', 'it is no file of a database'],
    ['one of a cluster', record({}, 'CLUSTER'), 'ovsdb-tool cluster-to-standalone'],
    ['one cut short', `${schema}${first}`.slice(0, -5), 'it is not whole'],
    ['one with a byte changed', `${schema}${first.replace('made', 'maid')}`, 'is not what its checksum says'],
    ['one with more behind it', `${schema}${first}more\n`, 'no record begins there'],
    ['one that begins otherwise', record({ tables: {} }), 'no schema'],
  ])('is refused when it is %s', (_name, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it.each([
    ['OVN_Northbound', { version: '7.0.0', checksum: '1 2' }, undefined],
    ['OVN_Southbound', { version: '7.0.0', checksum: '1 2' }, 'it is a backup of OVN_Northbound, and not of OVN_Southbound'],
    ['OVN_Northbound', { version: '7.1.0', checksum: '1 3' }, 'its schema is 7.0.0'],
    ['OVN_Northbound', { version: '7.0.0', checksum: '1 3' }, 'ovsdb-tool convert'],
  ])('for %s with the schema %j', (database, serving, expected) => {
    const said = objection(read(schema), database, serving);
    expect(said ?? 'fits').toContain(expected ?? 'fits');
  });
});
