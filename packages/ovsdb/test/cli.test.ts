/** The command line, as separate processes against a real server. */
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaFiles, startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';

const run = promisify(execFile);
const source = ['--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
const program = (name: string): string => fileURLToPath(new URL(`../src/node/cli/${name}.ts`, import.meta.url));
const ovsdb = (...args: readonly string[]) => run(process.execPath, [...source, program('main'), ...args]);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ schemas: [schemaFiles.northbound, schemaFiles.openVswitch] });
});
afterAll(() => server.stop());

describe('ovsdb', () => {
  test('transact, dump, list-dbs, schema, wait', async () => {
    const insert = JSON.stringify({
      op: 'insert',
      table: 'Logical_Switch',
      row: { name: 'cli', other_config: ['map', [['n', '9007199254740993']]] },
    });
    const result = JSON.parse((await ovsdb('transact', server.remote, 'OVN_Northbound', insert)).stdout) as [{ uuid: [string, string] }];
    const uuid = result[0].uuid[1];
    const dumped = JSON.parse((await ovsdb('dump', server.remote, 'OVN_Northbound', 'Logical_Switch', '--json')).stdout) as Record<
      string,
      Record<string, unknown>
    >;
    expect(dumped['Logical_Switch']?.[uuid]).toMatchObject({
      name: 'cli',
      ports: ['set', []],
      other_config: ['map', [['n', '9007199254740993']]],
    });
    const table = (await ovsdb('dump', server.remote, 'OVN_Northbound')).stdout;
    expect(table).toContain(uuid);
    expect((await ovsdb('list-dbs', server.remote)).stdout.split('\n')).toEqual(expect.arrayContaining(['OVN_Northbound', 'Open_vSwitch']));
    expect(JSON.parse((await ovsdb('schema', server.remote, 'Open_vSwitch')).stdout)).toMatchObject({ name: 'Open_vSwitch' });
    expect((await ovsdb('wait', server.remote, 'OVN_Northbound')).stdout).toBe('');
  });

  test.for([
    [[], 2, 'a command is needed'],
    [['frobnicate'], 2, 'unknown command "frobnicate"'],
    [['dump'], 2, 'REMOTE and DATABASE are needed'],
    [['dump', 'udp:x', 'D'], 2, '"udp:x" is no remote'],
    [['dump', '--nonsense', 'unix:/x', 'D'], 2, '--nonsense'],
    [['dump', 'ssl:localhost:1', 'D', '-p', 'k'], 2, 'belong together'],
    [['transact', 'unix:/x', 'D', '{'], 2, 'not a JSON object'],
    [['dump', 'unix:/nonexistent', 'D', '-t', '0.3'], 1, 'ENOENT'],
  ] as const)('%j exits with %d', async ([args, code, words]) => {
    await expect(ovsdb(...args)).rejects.toMatchObject({ code, stderr: expect.stringContaining(words) });
  });

  test('a database or table that is not there, and a refused transaction', async () => {
    await expect(ovsdb('dump', server.remote, 'Nope', '-t', '0.5')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not serve'),
    });
    await expect(ovsdb('dump', server.remote, 'OVN_Northbound', 'Nope')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no table "Nope"'),
    });
    const refused = ovsdb('transact', server.remote, 'OVN_Northbound', '{"op":"insert","table":"Nope","row":{}}');
    await expect(refused).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('"error"'),
      stderr: expect.stringContaining('operation 0 was refused'),
    });
  });

  test('monitor prints the content and then the changes', async () => {
    const child = spawn(process.execPath, [...source, program('main'), 'monitor', server.remote, 'Open_vSwitch', 'Open_vSwitch', '--json']);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => JSON.parse((await lines.next()).value as string);
    expect(await next()).toEqual({ state: 'syncing' });
    expect(await next()).toEqual({ state: 'live' });
    await ovsdb('transact', server.remote, 'Open_vSwitch', '{"op":"insert","table":"Open_vSwitch","row":{"ovs_version":"x"}}');
    expect(await next()).toMatchObject({ table: 'Open_vSwitch', change: 'insert', columns: { ovs_version: 'x' } });
    await ovsdb('transact', server.remote, 'Open_vSwitch', '{"op":"update","table":"Open_vSwitch","where":[],"row":{"ovs_version":"y"}}');
    expect(await next()).toMatchObject({ table: 'Open_vSwitch', change: 'modify', columns: { ovs_version: 'y' } });
    child.kill();
  });

  test('replica: every dump shows all that was committed before, through a restart, and the end of input ends it', async () => {
    await using own = await startTestServer();
    const child = spawn(process.execPath, [...source, program('main'), 'replica', own.remote, 'OVN_Northbound']);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const names = async (): Promise<unknown[]> => {
      child.stdin.write('dump\n');
      const tables = JSON.parse((await lines.next()).value as string) as Record<string, Record<string, { name: string }>>;
      expect(Object.keys(tables)).toContain('Port_Group');
      return Object.values(tables['Logical_Switch'] ?? {}).map((row) => row.name);
    };
    const insert = (name: string) =>
      own.client('transact', own.remote, JSON.stringify(['OVN_Northbound', { op: 'insert', table: 'Logical_Switch', row: { name } }]));
    expect(await names()).toEqual([]);
    for (let i = 0; i < 20; i++) {
      await insert(`s${i}`);
      expect(await names()).toHaveLength(i + 1);
    }
    await own.kill();
    await own.start();
    await insert('after');
    expect(await names()).toContain('after');
    await own.kill();
    const pending = names();
    await own.start();
    expect(await pending).toHaveLength(21);
    child.stdin.end('nonsense\n\n');
    expect(await ended).toBe(0);
  });
});
