/** unix, tcp and ssl with mutual TLS, against a real server. */
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseClient, OvsdbError } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import type { TlsFiles } from '../src/node/index.ts';
import { startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { makeAuthority } from './support/certificates.ts';
import type { Authority } from './support/certificates.ts';

let directory: string;
let authority: Authority;
let server: TestServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ovsdb-tls-'));
  authority = await makeAuthority(directory);
  server = await startTestServer({
    listen: ['ptcp:0:127.0.0.1', 'pssl:0:127.0.0.1'],
    tls: await authority.issue('server'),
  });
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

function open(remote: string, tls?: TlsFiles): DatabaseClient {
  return openDatabase({
    remotes: [remote],
    database: 'OVN_Northbound',
    tables: { Logical_Switch: ['name'] },
    ...(tls === undefined ? {} : { tls }),
  });
}

const isLive = (client: DatabaseClient): Promise<void> => client.replica.waitFor(({ state }) => state.name === 'live', 30_000);
const firstProblem = (client: DatabaseClient): Promise<OvsdbError> => new Promise((resolve) => client.onProblem(resolve));
const remote = (kind: 'tcp' | 'ssl'): string => server.remotes.find((text) => text.startsWith(`${kind}:`)) ?? '';

describe('a transaction over', () => {
  test.for(['unix', 'tcp', 'ssl'] as const)('%s', async (kind) => {
    await using client = open(kind === 'unix' ? server.remote : remote(kind), await authority.issue('client'));
    await isLive(client);
    const name = `over ${kind}`;
    await client.transact([{ op: 'insert', table: 'Logical_Switch', row: { name } }]);
    expect([...client.replica.rows('Logical_Switch')].map((row) => row['name'])).toContain(name);
  });
});

describe('mutual TLS', () => {
  test('without files, there is nothing to try', async () => {
    await using client = open(remote('ssl'));
    expect(await firstProblem(client)).toMatchObject({ code: 'OVSDB_BAD_REMOTE' });
  });

  test('a client that another authority signed is not served', async () => {
    const stranger = await makeAuthority(directory, 'stranger');
    const files = await stranger.issue('intruder');
    await using client = open(remote('ssl'), { ...files, caCertificate: authority.certificate });
    expect(await firstProblem(client)).toMatchObject({ code: 'OVSDB_UNREACHABLE', retry: 'later' });
    expect(client.replica.state.name).toBe('connecting');
  });

  test('a server that another authority signed is not spoken to', async () => {
    const stranger = await makeAuthority(directory, 'other');
    await using client = open(remote('ssl'), { ...(await authority.issue('careful')), caCertificate: stranger.certificate });
    const problem = await firstProblem(client);
    expect(problem).toMatchObject({ code: 'OVSDB_UNREACHABLE' });
    expect(client.stats.receivedBytes).toBe(0);
  });
});

describe('rotation of certificates', () => {
  test('new files serve the next connection; the others live on; one is renewed at will', async () => {
    const files = await authority.issue('rotated');
    await using quiet = open(remote('ssl'), files);
    await using renewed = open(remote('ssl'), files);
    await Promise.all([quiet, renewed].map(isLive));
    const old = new X509Certificate(await readFile(files.certificate));
    await authority.issue('rotated');
    expect(new X509Certificate(await readFile(files.certificate)).serialNumber).not.toBe(old.serialNumber);
    await quiet.transact([{ op: 'insert', table: 'Logical_Switch', row: { name: 'still here' } }]);
    renewed.reconnect();
    expect(renewed.replica.state.name).toBe('stale');
    await isLive(renewed);
    expect([quiet.stats.syncs, renewed.stats.syncs]).toEqual([1, 2]);
    await using late = open(remote('ssl'), files);
    await isLive(late);
  });

  test('files that do not fit together yet are a problem until they do', async () => {
    const files = await authority.issue('half');
    const key = await readFile(files.privateKey, 'utf8');
    await using client = open(remote('ssl'), files);
    await isLive(client);
    await writeFile(files.privateKey, 'in the middle of being written');
    const problems: string[] = [];
    const isBad = new Promise<void>((resolve) => {
      client.onProblem((problem) => {
        problems.push(problem.code);
        if (problem.code === 'OVSDB_BAD_REMOTE') resolve();
      });
    });
    client.reconnect();
    await isBad;
    await writeFile(files.privateKey, key);
    await isLive(client);
    expect(new Set(problems)).toEqual(new Set(['OVSDB_UNREACHABLE', 'OVSDB_BAD_REMOTE']));
  });
});
