/** unix, tcp and ssl with mutual TLS, against a real server. */
import { X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseClient, OvsdbError } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import type { TlsFiles } from '../src/node/index.ts';
import { scriptedAnswers, startTestPeer, startTestServer } from '../src/testing/index.ts';
import type { ScriptedDatabase, TestServer } from '../src/testing/index.ts';
import { makeAuthority } from './support/certificates.ts';
import type { Authority } from './support/certificates.ts';

let directory: string;
let authority: Authority;
let server: TestServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ovsdb-tls-'));
  authority = await makeAuthority(directory);
  server = await startTestServer({
    listen: ['ptcp:0:127.0.0.1', 'pssl:0:127.0.0.1', 'ptcp:0:[::1]', 'pssl:0:[::1]'],
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
const remote = (kind: 'ssl'): string => server.remotes.find((text) => text.startsWith(`${kind}:`)) ?? '';

describe('a transaction over', () => {
  test.for(['unix', 'tcp:127.0.0.1', 'ssl:127.0.0.1', 'tcp:[::1]', 'ssl:[::1]'])('%s', async (kind) => {
    const address = server.remotes.find((text) => text.startsWith(`${kind}:`)) ?? server.remote;
    expect(address).toContain(kind);
    await using client = open(address, await authority.issue('client'));
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

/** A database of one row, as JSON of the protocol. */
const scripted: ScriptedDatabase = {
  schema: { name: 'OVN_Northbound', version: '1.0.0', tables: { Logical_Switch: { columns: { name: { type: 'string' } } } } },
  rows: { Logical_Switch: { '11111111-0000-4000-8000-00000000000a': { name: 'scripted' } } },
};

describe('a peer that listens on', () => {
  test.for(['punix', 'ptcp:0:127.0.0.1', 'ptcp:0:[::1]', 'pssl:0:127.0.0.1', 'pssl:0:[::1]'])('%s', async (passive) => {
    const listen = [passive === 'punix' ? `punix:${join(directory, 'peer.sock')}` : passive];
    await using peer = await startTestPeer({ listen, tls: await authority.issue('peer'), answer: scriptedAnswers(() => scripted) });
    await using client = open(peer.remotes[0] ?? '', await authority.issue('client'));
    await isLive(client);
    expect([...client.replica.rows('Logical_Switch')].map((row) => row['name'])).toEqual(['scripted']);
  });
});

/** How a refusal reads; the server's reason can be lost when it closes at once. */
const refusal = ({ certificate }: TlsFiles, reason: string): RegExp =>
  new RegExp(
    `^${remote('ssl')}: the server .*refuses? the certificate ${certificate}(: ${reason} \\(ERR_SSL_[\\w/]+\\)| \\((EPIPE|ECONNRESET)\\))$`,
  );

describe('what cannot be used is named', () => {
  test('an authority that did not sign the server', async () => {
    const stranger = await makeAuthority(directory, 'no-signer');
    const tls = { ...(await authority.issue('doubtful')), caCertificate: stranger.certificate };
    await using client = open(remote('ssl'), tls);
    const problem = await firstProblem(client);
    expect(problem).toMatchObject({ code: 'OVSDB_UNREACHABLE', retry: 'later', cause: expect.any(Error) });
    expect(problem.message).toMatch(`${remote('ssl')}: no authority in ${stranger.certificate} signed the server's certificate (`);
  });

  test('our certificate, where another authority signed it', async () => {
    const stranger = await makeAuthority(directory, 'foreign');
    const tls = { ...(await stranger.issue('outsider')), caCertificate: authority.certificate };
    await using client = open(remote('ssl'), tls);
    expect((await firstProblem(client)).message).toMatch(refusal(tls, 'unknown ca'));
  });

  test('our certificate, where it has expired', async () => {
    const tls = await authority.issue('outdated', { days: 0 });
    await using client = open(remote('ssl'), tls);
    const problem = await firstProblem(client);
    expect(problem).toMatchObject({ code: 'OVSDB_UNREACHABLE', retry: 'later' });
    expect(problem.message).toMatch(refusal(tls, 'certificate expired'));
  });

  test("the server's certificate, where it has expired", async () => {
    await using own = await startTestServer({ listen: ['pssl:0:127.0.0.1'], tls: await authority.issue('old-server', { days: 0 }) });
    await using client = open(own.remotes[0] ?? '', await authority.issue('client'));
    expect((await firstProblem(client)).message).toBe(`${own.remotes[0]}: the server's certificate has expired (CERT_HAS_EXPIRED)`);
  });

  test('a server that does not speak TLS', async () => {
    // A server of another protocol that answers whatever it is sent.
    const plain = createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const ssl = `ssl:127.0.0.1:${(plain.address() as AddressInfo).port}`;
    await using client = open(ssl, await authority.issue('client'));
    const { message } = await firstProblem(client);
    plain.close();
    expect(message).toContain(`${ssl}: the server does not speak TLS (`);
  });

  test.for(['privateKey', 'certificate', 'caCertificate'] as const)('a missing file: %s', async (file) => {
    const tls = { ...(await authority.issue('incomplete')), [file]: join(directory, 'missing.pem') };
    await using client = open(remote('ssl'), tls);
    const problem = await firstProblem(client);
    expect(problem).toMatchObject({ code: 'OVSDB_BAD_REMOTE', retry: 'never' });
    expect(problem.message).toBe(`${remote('ssl')}: ENOENT: no such file or directory, open '${join(directory, 'missing.pem')}'`);
  });

  test('a key that belongs to another certificate', async () => {
    const { privateKey } = await authority.issue('mismatched');
    const tls = { ...(await authority.issue('client')), privateKey };
    await using client = open(remote('ssl'), tls);
    expect(await firstProblem(client)).toMatchObject({
      code: 'OVSDB_BAD_REMOTE',
      message: `${remote('ssl')}: the private key ${privateKey} does not belong to the certificate ${tls.certificate}`,
    });
  });

  test('a file that is none of PEM, without a word of what is in it', async () => {
    const tls = await authority.issue('garbled');
    const secret = 'correct horse battery staple';
    await writeFile(tls.privateKey, `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`);
    await using client = open(remote('ssl'), tls);
    const problem = await firstProblem(client);
    expect(problem.message).toContain(`${remote('ssl')}: ${tls.privateKey} is no unencrypted private key in PEM (`);
    expect(inspect(problem, { depth: 10, showHidden: true })).not.toContain('horse');
  });

  test('a socket and a key that may not be touched', async () => {
    const tls = await authority.issue('locked');
    await chmod(tls.privateKey, 0);
    const socket = server.remote.slice('unix:'.length);
    const { mode } = await stat(socket);
    await chmod(socket, 0);
    // Root may touch everything, so for a moment it is nobody.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      await using local = open(server.remote);
      expect((await firstProblem(local)).message).toBe(`${server.remote}: connect EACCES ${socket}`);
      await using distant = open(remote('ssl'), tls);
      expect((await firstProblem(distant)).message).toBe(`${remote('ssl')}: EACCES: permission denied, open '${tls.privateKey}'`);
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(socket, mode);
    }
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

  test('the server sees the new certificate on the next connection, while an older connection works on with the old one', async () => {
    const files = await authority.issue('seen');
    const serial = async (): Promise<string> => new X509Certificate(await readFile(files.certificate)).serialNumber;
    const before = await serial();
    await using peer = await startTestPeer({
      listen: ['pssl:0:127.0.0.1'],
      tls: await authority.issue('peer'),
      answer: scriptedAnswers(() => scripted),
    });
    const shown = (): (string | undefined)[] => [...peer.connections].map(({ certificateSerial }) => certificateSerial);
    await using older = open(peer.remotes[0] ?? '', files);
    await isLive(older);
    expect(shown()).toEqual([before]);
    await authority.issue('seen');
    const after = await serial();
    expect(after).not.toBe(before);
    await using newer = open(peer.remotes[0] ?? '', files);
    await isLive(newer);
    expect(shown()).toEqual([before, after]);
    // The older one has not been touched: it works, and still under its old certificate.
    await older.server.echo();
    expect([older.stats.syncs, older.replica.state.name, peer.connectionCount]).toEqual([1, 'live', 2]);
    older.reconnect();
    expect(older.replica.state.name).toBe('stale');
    await isLive(older);
    expect(shown()).toEqual([after, after]);
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
    // The end of the old connection was asked for, which is no problem.
    expect(new Set(problems)).toEqual(new Set(['OVSDB_BAD_REMOTE']));
  });
});
