/** What the documents say is so: the examples run, every error code is explained. */
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '../src/testing/index.ts';

const run = promisify(execFile);
const file = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

describe('README', () => {
  test.for([
    [0, 'blue 10.0.0.0/24\n'],
    [1, '1 transaction, true\n0 ports\n'],
  ] as const)('example %d prints what it says', async ([at, output]) => {
    const blocks = [...(await readFile(file('README.md'), 'utf8')).matchAll(/^```ts\n(?<code>.*?)^```$/gms)].map(
      (match) => match.groups?.['code'] ?? '',
    );
    await using server = await startTestServer();
    const program = file(`test/.readme-${process.pid}-${at}.ts`);
    await writeFile(program, (blocks[at] ?? '').replace('unix:/run/ovn/ovnnb_db.sock', server.remote));
    try {
      const { stdout } = await run(process.execPath, ['--conditions=@kube-ovn/source', program], {
        env: { ...process.env, FORCE_COLOR: '0' },
      });
      expect(stdout).toBe(output);
    } finally {
      await rm(program);
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
