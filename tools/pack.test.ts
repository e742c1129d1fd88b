import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository, textOf, workspaces } from './workspaces.ts';

const run = promisify(execFile);

/** What a user of the package would get, as paths from its root. */
async function packedFiles(folder: string): Promise<readonly string[]> {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: join(repository, folder) });
  const packed = JSON.parse(stdout) as readonly { readonly files: readonly { readonly path: string }[] }[];
  return packed.flatMap(({ files }) => files.map(({ path }) => path));
}

/** Files that the doors of a package lead to, for those who do not run from source. */
function doorsOf(folder: string): readonly string[] {
  const { exports } = JSON.parse(textOf(`${folder}/package.json`)) as {
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };
  return Object.values(exports)
    .flatMap((door) =>
      typeof door === 'string' ? [door] : Object.entries(door).flatMap(([key, file]) => (key === '@kube-ovn/source' ? [] : [file])),
    )
    .map((file) => file.replace('./', ''));
}

/** Every schema that Debian's packages of OVN and Open vSwitch install, OVN_Northbound first. */
async function installedSchemas(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of ['/usr/share/ovn', '/usr/share/openvswitch'])
    for (const name of (await readdir(folder)).toSorted()) if (name.endsWith('.ovsschema')) found.push(join(folder, name));
  return found.toSorted((a, b) => Number(b.endsWith('/ovn-nb.ovsschema')) - Number(a.endsWith('/ovn-nb.ovsschema')));
}

describe('npm pack', () => {
  it.each(workspaces().filter(({ folder }) => folder.startsWith('packages/')))(
    '$folder holds its doors, its licence and no tests',
    async ({ folder }) => {
      const files = await packedFiles(folder);
      expect(files).toEqual(expect.arrayContaining([...doorsOf(folder), 'README.md', 'LICENSE']));
      expect(files.filter((file) => /\.test\.|\.bench\.|tsbuildinfo|^src\/|^test\//.test(file))).toEqual([]);
    },
  );
});

describe('the packed packages/ovsdb in an empty project', () => {
  const project = mkdtempSync(join(tmpdir(), 'packed-ovsdb-'));
  const inProject = (program: string, ...args: readonly string[]) => run(program, args, { cwd: project, maxBuffer: 1 << 26 });
  const write = (name: string, text: string): void => writeFileSync(join(project, name), text);

  beforeAll(async () => {
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
      cwd: join(repository, 'packages/ovsdb'),
    });
    const [{ filename } = { filename: '' }] = JSON.parse(stdout) as readonly { readonly filename: string }[];
    write('package.json', JSON.stringify({ name: 'empty', private: true, dependencies: { '@kube-ovn/ovsdb': `file:${filename}` } }));
    await inProject('npm', 'install', '--offline', '--no-audit', '--no-fund');
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it('brings no other package along', async () => {
    const { stdout } = await inProject('npm', 'ls', '--all', '--parseable');
    expect(stdout.trim().split('\n').slice(1)).toEqual([join(realpathSync(project), 'node_modules/@kube-ovn/ovsdb')]);
  });

  it('works by import and by require', async () => {
    const use = `const table = defineTable('T', { name: column.string() });
console.log(operationsOn(table).insert({ name: 'x' }).op, typeof openDatabase, typeof startTestServer);
`;
    write(
      'use.mjs',
      `import { column, defineTable, operationsOn } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { startTestServer } from '@kube-ovn/ovsdb/testing';
${use}`,
    );
    write(
      'use.cjs',
      `const { column, defineTable, operationsOn } = require('@kube-ovn/ovsdb');
const { openDatabase } = require('@kube-ovn/ovsdb/node');
const { startTestServer } = require('@kube-ovn/ovsdb/testing');
${use}`,
    );
    for (const file of ['use.mjs', 'use.cjs']) expect((await inProject(process.execPath, file)).stdout).toBe('insert function function\n');
  });

  it('has both programs, and what they write type-checks with every strict setting, without types of Node', async () => {
    expect((await inProject('npx', '--offline', 'ovsdb', '--help')).stdout).toContain('usage: ovsdb COMMAND');
    const schemas = await installedSchemas();
    for (const [at, schema] of schemas.entries())
      write(`schema${at}.ts`, (await inProject('npx', '--offline', 'ovsdb-codegen', schema)).stdout);
    // One module of either kind, and every door.
    const user = `import type { OvsdbError, RowOf } from '@kube-ovn/ovsdb';
import { operationsOn } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { startTestServer } from '@kube-ovn/ovsdb/testing';
import { logicalSwitch } from './schema0.js';
export async function use(): Promise<readonly RowOf<typeof logicalSwitch>[]> {
  await using server = await startTestServer();
  await using client = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: 'all' });
  client.onProblem((problem: OvsdbError) => problem.code === 'OVSDB_UNREACHABLE');
  const switches = operationsOn(logicalSwitch);
  // @ts-expect-error: the name of a switch is a string
  switches.insert({ name: 1 });
  return switches.rows((await client.transact([switches.select([['name', '==', 'blue']])]))[0]);
}
`;
    write('user.mts', user);
    write('user.ts', user);
    write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2022',
          lib: ['es2024', 'esnext.disposable'],
          types: [],
          strict: true,
          skipLibCheck: false,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          noPropertyAccessFromIndexSignature: true,
          noImplicitOverride: true,
          noUnusedLocals: true,
          verbatimModuleSyntax: false,
          isolatedModules: true,
          noEmit: true,
        },
        include: ['*.ts', '*.mts'],
      }),
    );
    const compiled = await inProject(process.execPath, join(repository, 'node_modules/.bin/tsc'), '-p', '.').catch(
      (error: { readonly stdout: string }) => error,
    );
    expect(compiled.stdout).toBe('');
  });
});

describe('the packed packages/policy in an empty project', () => {
  const project = mkdtempSync(join(tmpdir(), 'packed-policy-'));
  const ours = ['ipam', 'ovsdb', 'ovn-model', 'policy'];
  /** What these need from others, as it is installed here. */
  const others = ['ip-num', '@noble/hashes', 'typebox', 'yaml'];

  beforeAll(async () => {
    const packed = await Promise.all(
      ours.map(async (name) => {
        const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
          cwd: join(repository, 'packages', name),
        });
        const [{ filename } = { filename: '' }] = JSON.parse(stdout) as readonly { readonly filename: string }[];
        return [`@kube-ovn/${name}`, `file:${filename}`] as const;
      }),
    );
    const linked = others.map((name) => [name, `file:${realpathSync(join(repository, 'node_modules', name))}`] as const);
    const dependencies = Object.fromEntries([...packed, ...linked]);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module', dependencies }));
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund'], { cwd: project });
  }, 120_000);
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it('runs the example of its README: compiles a file, prints ACLs, says why', async () => {
    const readme = textOf('packages/policy/README.md');
    const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    expect(example.trim().split('\n').length).toBeLessThan(20);
    const pod = (name: string, address: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}
status: {podIPs: [{ip: ${address}}]}
---
`;
    const rule = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 5432}]}]}
`;
    writeFileSync(join(project, 'cluster.yaml'), `${pod('web', '10.16.0.2')}${pod('db', '10.16.0.3')}${rule}`);
    writeFileSync(join(project, 'example.ts'), example);
    const { stdout } = await run(process.execPath, ['example.ts'], { cwd: project, env: { ...process.env, FORCE_COLOR: '0' } });
    expect(stdout).toMatch(/^policy\/NetworkPolicy\/shop\/db 2002 outport == @pods\.\w+ && tcp\.dst == 5432 allow-related$/m);
    expect(stdout).toMatch(/^deny isolated for ingress isolated\.ingress$/m);
    const compiler = { module: 'nodenext', target: 'es2024', types: [], strict: true, noUncheckedIndexedAccess: true, noEmit: true };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: compiler, include: ['*.ts'] }));
    const checked = await run(process.execPath, [join(repository, 'node_modules/.bin/tsc'), '-p', '.'], { cwd: project }).catch(
      (error: { readonly stdout: string }) => error,
    );
    expect(checked.stdout).toBe('');
  }, 60_000);
});
