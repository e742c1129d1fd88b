/** What the documents say is so: the examples run, every error code is explained. */
import { execFile, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '../src/testing/index.ts';

const run = promisify(execFile);
const STRICT =
  '--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --module nodenext --target es2024 --lib es2024,esnext.disposable --types node --allowImportingTsExtensions --customConditions @kube-ovn/source'.split(
    ' ',
  );
const file = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

const blocks = async (language: string): Promise<readonly string[]> =>
  [...(await readFile(file('README.md'), 'utf8')).matchAll(new RegExp(`^\`\`\`${language}\\n(?<code>.*?)^\`\`\`$`, 'gms'))].map(
    (match) => match.groups?.['code'] ?? '',
  );

describe('README', () => {
  const outputs = ['blue 10.0.0.0/24\n', '1 transaction, true\n0 ports\n', 'true\ntrue\n1\nOVSDB_CANCELED\n'];

  test('has an output here for each of its programs', async () => {
    expect(await blocks('ts')).toHaveLength(outputs.length);
    expect(await blocks('sh')).toHaveLength(1);
  });

  test.for([...outputs.entries()])('program %d prints what it says', async ([at, output]) => {
    await using server = await startTestServer();
    const program = file(`test/.readme-${process.pid}-${at}.ts`);
    await writeFile(program, ((await blocks('ts'))[at] ?? '').replace('unix:/run/ovn/ovnnb_db.sock', server.remote));
    try {
      const { stdout } = await run(process.execPath, ['--conditions=@kube-ovn/source', program], {
        env: { ...process.env, FORCE_COLOR: '0' },
      });
      expect(stdout).toBe(output);
      await run(process.execPath, [file('../../node_modules/.bin/tsc'), '--ignoreConfig', ...STRICT, program]);
    } finally {
      await rm(program);
    }
  });

  test('the lines for the shell run', { timeout: 120_000 }, async () => {
    await using server = await startTestServer({ listen: ['ptcp:0:127.0.0.1', 'ptcp:0:127.0.0.1'] });
    // Beside the repository's own programs, a shell needs an "npx" that runs these two from source.
    const npx = [
      '#!/bin/sh',
      'program=$1; shift',
      'case $program in ovsdb) file=main;; ovsdb-codegen) file=codegen;; *) exit 64;; esac',
      `exec "${process.execPath}" --conditions=@kube-ovn/source --disable-warning=ExperimentalWarning "${file('src/node/cli')}/$file.ts" "$@"`,
      '',
    ];
    await writeFile(join(server.directory, 'npx'), npx.join('\n'), { mode: 0o755 });
    const env = { ...process.env, PATH: `${server.directory}:${process.env['PATH']}` };
    const lines = (await blocks('sh')).join('').trim().split('\n');
    const [first = '', second = ''] = server.remotes;
    for (const line of lines) {
      expect(line).toContain('npx ovsdb');
      const command = line
        .replace('unix:/run/ovn/ovnnb_db.sock', server.remote)
        .replace('tcp:127.0.0.1:6641', first)
        .replace('tcp:127.0.0.1:6642', second);
      if (/ (monitor|watch) /.test(command)) {
        // Those that go on are read until they are live.
        const child = spawn('sh', ['-c', `exec ${command}`], { env, cwd: server.directory });
        for await (const text of createInterface({ input: child.stdout })) if (text === '# live') child.kill('SIGINT');
        continue;
      }
      const { stdout, stderr } = await run('sh', ['-c', command], { env, cwd: server.directory });
      expect({ line, stderr }).toEqual({ line, stderr: '' });
      const written = /> (?<name>\S+)$/.exec(line)?.groups?.['name'];
      const output = written === undefined ? stdout : await readFile(join(server.directory, written), 'utf8');
      expect({ line, isEmpty: output === '' }).toEqual({ line, isEmpty: false });
    }
  });
});

test('ERRORS.md explains exactly the codes that there are', async () => {
  const source = await readFile(file('src/errors.ts'), 'utf8');
  const declared = [...source.matchAll(/^ {2}\| '(?<code>OVSDB_\w+)'/gm)].map((match) => match.groups?.['code'] ?? '');
  const explained = [...(await readFile(file('ERRORS.md'), 'utf8')).matchAll(/^\| `(?<code>OVSDB_\w+)` \|/gm)].map(
    (match) => match.groups?.['code'] ?? '',
  );
  expect(new Set(explained)).toEqual(new Set(declared));
  expect(explained).toHaveLength(declared.length);
});
