/** docs/embedding.md: its three examples, run by Node as a user would run them, with the packages as npm would give them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PackedProject, packedProject } from './packed-project.ts';
import { repository, textOf } from './workspaces.ts';

const run = promisify(execFile);
const examples = readdirSync(join(repository, 'docs/examples')).toSorted((a, b) => (a < b ? -1 : 1));

let project: PackedProject;
beforeAll(async () => {
  project = await packedProject(['ipam', 'policy', 'dataflow', 'kube', 'ovn-model', 'ovsdb', 'api']);
  for (const name of examples) copyFileSync(join(repository, 'docs/examples', name), join(project.folder, name));
});
afterAll(() => project?.[Symbol.dispose]());

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function node(...argv: readonly string[]): Promise<Ended> {
  const options = { cwd: project.folder, env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning', FORCE_COLOR: '0' } };
  try {
    return { code: 0, ...(await run(process.execPath, argv, options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

describe('docs/embedding.md', () => {
  it.each(examples)('has docs/examples/%s as it is', (name) => {
    expect(textOf('docs/embedding.md')).toContain(`\`\`\`ts\n${textOf(`docs/examples/${name}`)}\`\`\``);
  });

  it('what it shows type-checks with every strict setting', async () => {
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2024', 'esnext.disposable'],
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      noUnusedLocals: true,
      noEmit: true,
    };
    writeFileSync(join(project.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const { stdout } = await node(join(repository, 'node_modules/.bin/tsc'), '-p', '.');
    expect(stdout).toBe('');
  });
});

describe('ipam alone', () => {
  it('gives, remembers over starts, refuses with the way out, and takes back', async () => {
    const given = await node('ipam.ts', 'give', 'printer');
    expect(given).toMatchObject({ code: 0, stdout: expect.stringMatching(/^10\.20\.0\.3 fd00:20::2 (?:[0-9a-f]{2}:){5}[0-9a-f]{2}\n$/) });
    expect((await node('ipam.ts', 'give', 'printer')).stdout).toBe(given.stdout);
    for (const name of ['phone', 'scanner', 'door']) expect((await node('ipam.ts', 'give', name)).code).toBe(0);
    expect(await node('ipam.ts', 'give', 'late')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^IPAM_EXHAUSTED: .*office/) });
    await node('ipam.ts', 'take', 'phone');
    expect((await node('ipam.ts', 'give', 'late')).stdout).toMatch(/^10\.20\.0\.4 /);
    expect(
      (await node('ipam.ts', 'show')).stdout
        .trim()
        .split('\n')
        .toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual(['door 10.20.0.6', 'late 10.20.0.4', 'printer 10.20.0.3', 'scanner 10.20.0.5']);
  });
});

describe('policy alone', () => {
  const pod = (name: string, address: string, labels: string): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {${labels}}}
status: {podIPs: [{ip: ${address}}]}
---
`;
  const pods = `${pod('web', '10.16.0.2', 'db-client: "yes"')}${pod('spy', '10.16.0.3', 'app: spy')}${pod('db', '10.16.0.4', 'app: db')}`;
  const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {matchLabels: {db-client: "yes"}}}], ports: [{port: 5432}]}]
`;

  it('fails while anybody else reaches the database, names who and why, and passes with the policy', async () => {
    writeFileSync(join(project.folder, 'pods.yaml'), pods);
    writeFileSync(join(project.folder, 'policy.yaml'), policy);
    expect(await node('policy.ts', 'pods.yaml')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^shop\/spy -> shop\/db 5432: allow \(.+\)\n1 connections are not as they should be\n$/),
    });
    expect(await node('policy.ts', 'pods.yaml', 'policy.yaml')).toMatchObject({ code: 0, stdout: 'only clients reach the database\n' });
  });
});

describe('a controller of your own', () => {
  let children: readonly ChildProcess[] = [];
  const remote = (): string => `unix:${join(project.folder, 'nb.sock')}`;
  const kubeconfig = (): string => join(project.folder, 'admin.kubeconfig');
  const nbctl = async (...argv: readonly string[]): Promise<string> =>
    (await run('ovn-nbctl', [`--db=${remote()}`, '--timeout=10', ...argv])).stdout;
  const sets = async (): Promise<readonly string[]> => {
    const rows = await nbctl('--format=csv', '--no-headings', '--data=bare', '--columns=name,addresses', 'list', 'Address_Set');
    return rows
      .split('\n')
      .filter(Boolean)
      .toSorted((a, b) => (a < b ? -1 : 1));
  };

  beforeAll(async () => {
    const { folder } = project;
    await run('ovsdb-tool', ['create', join(folder, 'nb.db'), '/usr/share/ovn/ovn-nb.ovsschema']);
    const files = [`--remote=punix:${join(folder, 'nb.sock')}`, `--unixctl=${join(folder, 'nb.ctl')}`];
    const database = spawn('ovsdb-server', [join(folder, 'nb.db'), '-vconsole:off', ...files], { stdio: 'ignore' });
    const main = join(repository, 'apps/lab/src/apiserver/main.ts');
    const api = spawn(process.execPath, ['--conditions=@kube-ovn/source', main, '--dir', folder, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children = [database, api];
    for await (const line of createInterface({ input: api.stdout })) if (line.startsWith('ready')) break;
    api.stdout.resume();
    writeFileSync(
      join(folder, 'put-node.mjs'),
      `import { resources } from '@kube-ovn/api';
import { kubeClient } from '@kube-ovn/kube';
const [kubeconfig, name, zone, address] = process.argv.slice(2);
const client = kubeClient({ kubeconfig });
if (zone === undefined) await client.delete(resources.node, name);
else {
  await client.create(resources.node, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } } });
  await client.patch(resources.node, name, { status: { addresses: [{ type: 'InternalIP', address }] } }, { subresource: 'status' });
}
client.close();
`,
    );
  });
  afterAll(async () => {
    for (const child of children.toReversed()) await end(child);
  });

  const put = async (...argv: readonly string[]): Promise<void> => {
    expect(await node('put-node.mjs', kubeconfig(), ...argv)).toMatchObject({ code: 0, stderr: '' });
  };
  const start = (): ChildProcess => {
    const argv = ['controller.ts', kubeconfig(), remote()];
    const child = spawn(process.execPath, argv, { cwd: project.folder, stdio: ['ignore', 'ignore', 'inherit'] });
    children = [...children, child];
    return child;
  };

  it('follows Nodes, leaves rows of others alone, mends its own, and goes on when it starts anew', async () => {
    await expect.poll(() => nbctl('show').catch(() => 'away'), { timeout: 60_000 }).not.toBe('away');
    await put('n1', 'east-1', '192.0.2.1');
    await nbctl('create', 'Address_Set', 'name=theirs', 'addresses=198.51.100.1');
    const first = start();
    const settles = async (...expected: readonly string[]): Promise<void> => {
      await expect.poll(sets, { timeout: 60_000 }).toEqual(expected);
    };
    await settles('theirs,198.51.100.1', 'zone.east.1,192.0.2.1');
    await put('n2', 'east-1', '192.0.2.2');
    await put('n3', 'west-1', '192.0.2.3');
    await settles('theirs,198.51.100.1', 'zone.east.1,192.0.2.1 192.0.2.2', 'zone.west.1,192.0.2.3');
    // somebody edits a row of ours
    await nbctl('set', 'Address_Set', 'zone.east.1', 'addresses=203.0.113.9');
    await settles('theirs,198.51.100.1', 'zone.east.1,192.0.2.1 192.0.2.2', 'zone.west.1,192.0.2.3');
    await put('n3');
    await settles('theirs,198.51.100.1', 'zone.east.1,192.0.2.1 192.0.2.2');
    expect(await end(first)).toBe(0);
    const second = start();
    await put('n4', 'east-1', '192.0.2.4');
    await settles('theirs,198.51.100.1', 'zone.east.1,192.0.2.1 192.0.2.2 192.0.2.4');
    expect(await end(second)).toBe(0);
  });
});

/** End a process that this test has started. */
async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = (await exited) as [number | null];
  return code;
}
