/** The command line, as separate processes against a real server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaFiles, startTestPeer, startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { makeAuthority } from './support/certificates.ts';
import { ovsdb, ovsdbWithInput, startOvsdb } from './support/program.ts';

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
});

const NORTHBOUND = 'OVN_Northbound';
const insertSwitch = (name: string): string => JSON.stringify({ op: 'insert', table: 'Logical_Switch', row: { name } });

describe('help', () => {
  const commands = ['dump', 'monitor', 'watch', 'transact', 'wait', 'schema', 'list-dbs', 'replica'];

  test('of the program lists the commands and the exit codes', async () => {
    const { stdout } = await ovsdb('--help');
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} +\\w`, 'm'));
    expect(stdout).toMatch(/^exit codes$/m);
  });

  test.for(commands)('of %s tells its arguments, its options and examples', async (command) => {
    const { stdout } = await ovsdb(command, '--help');
    expect(stdout).toMatch(new RegExp(`^usage: ovsdb ${command} REMOTE`));
    expect(stdout).toMatch(/^ {2}--json/m);
    const [, examples = ''] = /^examples\n(.*?)\n\n/ms.exec(stdout) ?? [];
    for (const line of examples.split('\n')) expect(line).toContain(`ovsdb ${command} `);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(145);
  });
});

describe('dump', () => {
  test('shows the chosen tables and columns, as text that lines up and as JSON', async () => {
    await using own = await startTestServer();
    await ovsdb(
      'transact',
      own.remote,
      NORTHBOUND,
      insertSwitch('a b'),
      insertSwitch('c'),
      '{"op":"insert","table":"Meter","row":{"name":"m","unit":"kbps","bands":["named-uuid","b"]}}',
      '{"op":"insert","table":"Meter_Band","uuid-name":"b","row":{"action":"drop","rate":5}}',
    );
    const { stdout } = await ovsdb('dump', own.remote, NORTHBOUND, 'Logical_Switch:name,ports', '--table', 'Meter_Band:rate');
    const lines = stdout.split('\n');
    expect(lines.map((line) => line.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')).toSorted()).toEqual(
      [
        'Logical_Switch (2)',
        '_uuid                                name  ports',
        '------------------------------------ ----- -----',
        'UUID "a b" []',
        'UUID c     []',
        '',
        'Meter_Band (1)',
        '_uuid                                rate',
        '------------------------------------ ----',
        'UUID 5',
        '',
        '',
      ].toSorted(),
    );
    const json = JSON.parse((await ovsdb('dump', '--json', own.remote, NORTHBOUND, 'Logical_Switch:name')).stdout) as {
      Logical_Switch: object;
    };
    expect(Object.keys(json)).toEqual(['Logical_Switch']);
    expect(Object.values(json.Logical_Switch)).toEqual(expect.arrayContaining([{ name: 'a b' }, { name: 'c' }]));
  });

  test('a reader that goes away ends it without a complaint', async () => {
    await using own = await startTestServer();
    await own.client(
      'transact',
      own.remote,
      JSON.stringify([
        NORTHBOUND,
        ...Array.from({ length: 1000 }, (_, i) => ({ op: 'insert', table: 'Logical_Switch', row: { name: `s${i}` } })),
      ]),
    );
    await using running = startOvsdb(['dump', own.remote, NORTHBOUND]);
    await running.nextLine();
    running.child.stdout.destroy();
    expect(await running.ended).toBe(0);
    expect(running.complaints()).toBe('');
  });
});

test('schema and list-dbs: words for people, JSON for programs', async () => {
  const { stdout } = await ovsdb('schema', server.remote, NORTHBOUND, 'ACL', 'Logical_Switch');
  expect(stdout).toMatch(/^ACL: rows live as long as others refer to them$/m);
  expect(stdout).toMatch(/^direction +string \("from-lport", "to-lport"\)$/m);
  expect(stdout).toMatch(/^priority +integer \(0 to 32767\)$/m);
  expect(stdout).toMatch(/^Logical_Switch: root table$/m);
  expect(stdout).toMatch(/^ports +set of strong reference to Logical_Switch_Port$/m);
  const whole = JSON.parse((await ovsdb('schema', '--json', server.remote, NORTHBOUND)).stdout) as unknown;
  expect(whole).toEqual(JSON.parse(await server.client('get-schema', server.remote, NORTHBOUND)));
  expect(JSON.parse((await ovsdb('list-dbs', '--json', server.remote)).stdout)).toEqual(
    expect.arrayContaining(['OVN_Northbound', 'Open_vSwitch', '_Server']),
  );
});

describe('transact', () => {
  const switches = async (own: TestServer): Promise<unknown[]> => {
    const { stdout } = await ovsdb(
      'transact',
      own.remote,
      NORTHBOUND,
      '{"op":"select","table":"Logical_Switch","where":[],"columns":["name"]}',
    );
    return (JSON.parse(stdout) as [{ rows: { name: string }[] }])[0].rows.map(({ name }) => name).toSorted();
  };

  test('takes operations as arguments, as arrays, and from standard input as one text or one a line', async () => {
    await using own = await startTestServer();
    await ovsdb('transact', own.remote, NORTHBOUND, insertSwitch('a'), `[${insertSwitch('b')},${insertSwitch('c')}]`);
    await ovsdbWithInput(`[\n${insertSwitch('d')},\n${insertSwitch('e')}\n]\n`, 'transact', own.remote, NORTHBOUND, '-');
    await ovsdbWithInput(`${insertSwitch('f')}\n\n${insertSwitch('g')}\n`, 'transact', own.remote, NORTHBOUND, '-', insertSwitch('h'));
    expect(await switches(own)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  });

  test('is all or nothing, and says what was refused and why', async () => {
    await using own = await startTestServer();
    const bad = '{"op":"insert","table":"ACL","row":{"priority":99999}}';
    await expect(ovsdb('transact', own.remote, NORTHBOUND, insertSwitch('a'), bad)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/operation 1 was refused: constraint violation: .*32767/),
    });
    const twice = '{"op":"insert","table":"Port_Group","row":{"name":"same"}}';
    await expect(ovsdb('transact', own.remote, NORTHBOUND, twice, twice)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the commit was refused: constraint violation'),
    });
    expect(await switches(own)).toEqual([]);
  });

  test.for([
    ['', 'standard input holds no operation'],
    ['[1]', 'not a JSON object, nor an array of them: [1]'],
    [`${insertSwitch('a')}\nnonsense`, 'not a JSON object, nor an array of them: nonsense'],
  ])('standard input %j is refused before anything is sent', async ([input, words]) => {
    await expect(ovsdbWithInput(input as string, 'transact', 'unix:/nonexistent', NORTHBOUND, '-')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(words as string),
    });
  });
});

describe('wait', () => {
  test('until a row is there, which it names, and until it is gone', async () => {
    await using own = await startTestServer();
    await using waiting = startOvsdb(['wait', own.remote, NORTHBOUND, 'Logical_Switch', 'name=blue', 'other_config:vlan=7', 'ports=[]']);
    const row = { name: 'blue', other_config: ['map', [['vlan', '8']]] };
    const [{ uuid }] = JSON.parse(
      (await ovsdb('transact', own.remote, NORTHBOUND, JSON.stringify({ op: 'insert', table: 'Logical_Switch', row }))).stdout,
    ) as [{ uuid: [string, string] }];
    await expect(ovsdb('wait', '-t', '2', own.remote, NORTHBOUND, 'Logical_Switch', 'other_config:vlan=7')).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringContaining('table Logical_Switch did not have a row with other_config:vlan=7 within 2 s (--timeout)'),
    });
    const update = { op: 'update', table: 'Logical_Switch', where: [], row: { other_config: ['map', [['vlan', '7']]] } };
    await ovsdb('transact', own.remote, NORTHBOUND, JSON.stringify(update));
    expect(await waiting.nextLine()).toBe(uuid[1]);
    expect(await waiting.ended).toBe(0);
    const { stdout } = await ovsdb('wait', '--json', own.remote, NORTHBOUND, 'Logical_Switch', `_uuid=${uuid[1]}`);
    expect(JSON.parse(stdout)).toEqual([uuid[1]]);
    await using vanishing = startOvsdb(['wait', '--gone', own.remote, NORTHBOUND, 'Logical_Switch', 'name=blue']);
    await expect(ovsdb('wait', '-t', '2', '--gone', own.remote, NORTHBOUND, 'Logical_Switch')).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringContaining('still has a row'),
    });
    await ovsdb('transact', own.remote, NORTHBOUND, '{"op":"delete","table":"Logical_Switch","where":[]}');
    expect(await vanishing.ended).toBe(0);
  });

  test('for a server that is not there yet, and for one that never comes', async () => {
    await using own = await startTestServer();
    await own.kill();
    await using waiting = startOvsdb(['wait', '-t', '30', own.remote, NORTHBOUND]);
    await expect(ovsdb('wait', '-t', '0.3', own.remote, NORTHBOUND)).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/database OVN_Northbound cannot be used within 0.3 s \(--timeout\): unix:.*/),
    });
    await own.start();
    expect(await waiting.ended).toBe(0);
  });

  test.for([
    [['Nope', 'a=b'], 'has no table "Nope"; it has ACL,'],
    [['ACL', 'nope=b'], 'has no column "nope"; it has action,'],
    [['ACL', 'priority=high'], '"priority=high": "high" is no integer'],
    [['ACL', 'priority'], '"priority" is no condition'],
  ] as const)('%j is refused with words that help', async ([args, words]) => {
    await expect(ovsdb('wait', server.remote, NORTHBOUND, ...args)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(words),
    });
  });
});

test('over TLS, with the files that were named', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ovsdb-cli-tls-'));
  try {
    const authority = await makeAuthority(directory);
    await using own = await startTestServer({ listen: ['pssl:0:127.0.0.1'], tls: await authority.issue('server') });
    const { privateKey, certificate, caCertificate } = await authority.issue('client');
    const names = await ovsdb('list-dbs', own.remotes[0] ?? '', '-p', privateKey, '-c', certificate, '-C', caCertificate);
    expect(names.stdout).toContain(NORTHBOUND);
    const stranger = await makeAuthority(directory, 'stranger');
    const untrusted = ovsdb(
      'dump',
      own.remotes[0] ?? '',
      NORTHBOUND,
      '-t',
      '0.5',
      '-p',
      privateKey,
      '-c',
      certificate,
      '-C',
      stranger.certificate,
    );
    await expect(untrusted).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`no authority in ${stranger.certificate} signed the server's certificate`),
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});

describe('what cannot be', () => {
  test.for([
    [['dump', 'unix:/x', 'D', '--gone'], 2, '--gone is no option of dump; see "ovsdb dump --help"'],
    [['dump', 'unix:/x', 'D', '-t', 'soon'], 2, '--timeout takes a number of seconds, 0 for no limit, not "soon"'],
    [['dump', 'unix:/x', 'D', 'T:'], 2, '"T:" names no table'],
    [['watch', 'unix:/x', 'D'], 2, 'watch needs a table: --table NAME; monitor follows all'],
    [['wait', 'unix:/x', 'D', '--gone'], 2, '--gone needs a TABLE'],
    [['frobnicate', '--help'], 2, 'unknown command "frobnicate"; there are dump, monitor,'],
    [['list-dbs'], 2, 'REMOTE is needed'],
    [['monitor', ',', 'D'], 2, '"," names no remote'],
    [['dump', 'ssl:127.0.0.1:1', 'D'], 2, 'ssl:127.0.0.1:1: an ssl remote needs --private-key, --certificate and --ca-cert'],
  ] as const)('%j exits with %d', async ([args, code, words]) => {
    await expect(ovsdb(...args)).rejects.toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) });
  });

  test('a database that is not served, told at once and with those that are', async () => {
    await expect(ovsdb('dump', '-t', '0', server.remote, 'Nope')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /unix:\S+ does not serve database "Nope"; it serves (OVN_Northbound, Open_vSwitch|Open_vSwitch, OVN_Northbound)/,
      ),
    });
  });

  test('a column that is not there', async () => {
    await expect(ovsdb('dump', server.remote, NORTHBOUND, 'Logical_Switch:nope')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('table Logical_Switch has no column "nope"; it has acls, copp,'),
    });
  });

  test('a server that answers nothing', async () => {
    await using mute = await startTestPeer({ answer: () => undefined });
    await expect(ovsdb('dump', '-t', '0.3', mute.remotes[0] ?? '', 'D')).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringContaining('OVSDB_TIMEOUT'),
    });
  });

  test.for([['dump', 'D'], ['monitor', 'D'], ['watch', 'D', '--table', 'T'], ['wait', 'D'], ['replica', 'D'], ['list-dbs']])(
    '%j with a key that is not there, told at once and by name',
    async ([command = '', ...rest]) => {
      const missing = join(server.directory, 'missing.pem');
      const tls = ['-p', missing, '-c', missing, '-C', missing];
      await expect(ovsdb(command, 'ssl:127.0.0.1:1', ...rest, '-t', '0', ...tls)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`ssl:127.0.0.1:1: ENOENT: no such file or directory, open '${missing}' (OVSDB_BAD_REMOTE)`),
      });
    },
  );
});
