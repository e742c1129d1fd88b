/** The databases' certificate, renewed while an ovsdb-server and its clients run, by a controller that has the rights of an installation. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { type Event, resources, type Secret } from '@kube-ovn/api';
import { KubeError, kubeClient, type KubeClient, systemScheduler } from '@kube-ovn/kube';
import { type KeyPair, makeAuthority, pairProblem, renewCertificate } from '@kube-ovn/kube/certificates';
import { tables } from '@kube-ovn/ovn-model';
import { type DatabaseClient, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDatabaseTls } from '../src/database-tls.ts';
import { certificateLives } from '../src/database-tls/lives.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { end, northboundSchema } from './support/database.ts';
import { eventually } from './support/wait.ts';

const dayMs = 86_400_000;
const script = new URL('../../../deploy/tls.sh', import.meta.url).pathname;
const name = 'kube-ovn-tls';

let cluster: Cluster;
/** With the controller's rights. */
let kube: KubeClient;
let home: string;
let server: ChildProcess;
let port: number;
/** Of before, never interrupted. */
let ours: DatabaseClient;
let ovs: ChildProcess;
let heard = '';
const logged: string[] = [];

const at = (...path: readonly string[]): string => join(home, ...path);
const files = () => ({ privateKey: at('mounted/key'), certificate: at('mounted/cert'), caCertificate: at('mounted/cacert') });
const asOptions = () => [`--private-key=${at('mounted/key')}`, `--certificate=${at('mounted/cert')}`, `--ca-cert=${at('mounted/cacert')}`];
const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const read = (path: string): string => readFileSync(at(path), 'utf8');
const secret = (): Promise<Secret> => cluster.kube.get(resources.secret, `kube-system/${name}`);
const field = async (key: string): Promise<string> => Buffer.from((await secret()).data?.[key] ?? '', 'base64').toString('utf8');

/** As kubelet does: all files at once, by another target of a link. */
let mounts = 0;
function mount(contents: Readonly<Record<string, string>>): void {
  mounts += 1;
  mkdirSync(at('mounted', `..${mounts}`), { recursive: true });
  for (const [file, text] of Object.entries(contents)) writeFileSync(at('mounted', `..${mounts}`, file), text);
  symlinkSync(`..${mounts}`, at('mounted/..tmp'));
  renameSync(at('mounted/..tmp'), at('mounted/..data'));
  if (mounts === 1) for (const file of Object.keys(contents)) symlinkSync(`..data/${file}`, at('mounted', file));
}

const writeSecret = async (object: Secret): Promise<unknown> => {
  const key = `kube-system/${object.metadata.name}`;
  await cluster.kube.delete(resources.secret, key).catch(() => undefined);
  return cluster.kube.create(resources.secret, { ...object, apiVersion: 'v1', kind: 'Secret' });
};
const entrust = ({ certificate, key }: KeyPair): Promise<unknown> =>
  writeSecret({
    type: 'kubernetes.io/tls',
    metadata: { name: `${name}-authority`, namespace: 'kube-system' },
    data: { 'tls.crt': encode(certificate), 'tls.key': encode(key) },
  });

const told = async (): Promise<readonly string[]> =>
  (await cluster.kube.list<Event>(resources.event, { namespace: 'kube-system' })).items
    .filter(({ involvedObject }) => involvedObject?.kind === 'Secret')
    .map(({ involvedObject, reason, message }) => `${involvedObject?.name} ${reason} ${message}`);

function controller(): { stop(): Promise<void> } {
  const write = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  return startDatabaseTls(
    { files: files(), secret: { name, isRenewed: true }, namespace: 'kube-system' },
    {
      kube,
      scheduler: systemScheduler(),
      random: Math.random,
      now: () => Date.now(),
      log: { info: write, warn: write, error: write, debug: write },
    },
  );
}

/** What the server shows to one that connects now, with the files of now. */
async function shown(): Promise<string> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    key: read('mounted/key'),
    cert: read('mounted/cert'),
    ca: read('mounted/cacert'),
    checkServerIdentity: () => undefined,
  });
  try {
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    return socket.getPeerX509Certificate()?.serialNumber ?? '';
  } finally {
    socket.destroy();
  }
}

const nbctl = (...args: readonly string[]): string =>
  execFileSync('ovn-nbctl', [...asOptions(), `--db=ssl:127.0.0.1:${port}`, '--no-leader-only', '--timeout=10', ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, OVS_RUNDIR: home, OVN_RUNDIR: home },
  });

let authority: KeyPair;
/** By OpenSSL, with 115 days left of its 365. */
let former: KeyPair;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'database-tls-'));
  execFileSync(script, ['make', at('made')], { stdio: 'pipe' });
  authority = { certificate: read('made/current.crt'), key: read('made/current.key') };
  former = await renewCertificate(authority, read('made/cert'), Date.now() - 249 * dayMs);
  mount({ cacert: read('made/cacert'), cert: former.certificate, key: former.key });
  execFileSync('ovsdb-tool', ['create', at('nb.db'), northboundSchema]);
  const remotes = ['--remote=pssl:0:127.0.0.1', `--unixctl=${at('nb.ctl')}`, `--log-file=${at('nb.log')}`];
  server = spawn('ovsdb-server', [at('nb.db'), '-vconsole:off', ...asOptions(), ...remotes], {
    stdio: 'ignore',
    env: { ...process.env, OVS_RUNDIR: home },
  });
  port = Number(await eventually(() => /listening on port (\d+)/.exec(read('nb.log'))?.[1]));
  nbctl('init');
  ours = openDatabase({
    remotes: [`ssl:127.0.0.1:${port}`],
    database: 'OVN_Northbound',
    tables: selectionOf(Object.values(tables)),
    tls: files(),
  });
  await eventually(() => [...ours.replica.rows('NB_Global')].length === 1);
  ovs = spawn('ovsdb-client', [...asOptions(), 'monitor', `ssl:127.0.0.1:${port}`, 'OVN_Northbound', 'Logical_Switch', 'name'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  ovs.stdout?.on('data', (chunk: Buffer) => (heard += String(chunk)));
  cluster = await startCluster();
  kube = kubeClient({ kubeconfig: cluster.kubeconfig });
  await writeSecret({
    type: 'Opaque',
    metadata: { name, namespace: 'kube-system', labels: { mine: 'kept' } },
    data: { cacert: encode(read('mounted/cacert')), cert: encode(former.certificate), key: encode(former.key), more: encode('kept') },
  });
});
afterAll(async () => {
  kube.close();
  await ours.close();
  await Promise.all([end(ovs), end(server)]);
  await cluster.stop();
  rmSync(home, { recursive: true, force: true });
});

describe("the databases' certificate", () => {
  it('without the key of its authority is told of in time, and stays', async () => {
    const running = controller();
    await eventually(async () => (await told()).some((each) => each.startsWith(`${name} DatabaseCertificateEnds `)));
    await running.stop();
    expect((await told())[0]).toContain('run deploy/tls.sh renew and apply, or entrust it with deploy/tls.sh entrust');
    expect(await field('cert')).toBe(former.certificate);
    const [cert, cacert] = certificateLives(files(), Date.now());
    expect(cert).toMatchObject({ file: 'cert', lifeMs: 365 * dayMs });
    expect((cert?.remainingMs ?? 0) / dayMs).toBeCloseTo(115, 0);
    expect(cacert).toMatchObject({ file: 'cacert', lifeMs: 1095 * dayMs });
  });

  it('is not touched for the key of another authority, nor for what is none', async () => {
    const other = await makeAuthority('another', { nowMs: Date.now() });
    for (const [given, words] of [
      [other, 'tls.crt is not the authority in cacert that signed cert'],
      [{ ...authority, key: other.key }, 'tls.key does not belong to tls.crt'],
      [{ ...authority, key: 'no PEM' }, 'tls.key is no private key'],
    ] as const) {
      await entrust(given);
      const running = controller();
      await eventually(async () => (await told()).some((each) => each.startsWith(`${name}-authority `) && each.includes(words)));
      await running.stop();
      expect(await field('cert')).toBe(former.certificate);
    }
  });

  it('is renewed, by one of two that do so at once; nothing else of the Secret changes', async () => {
    await entrust(authority);
    const before = await secret();
    const running = [controller(), controller()];
    await eventually(async () => (await field('cert')) !== former.certificate);
    await Promise.all(running.map((each) => each.stop()));
    const after = await secret();
    expect(logged.filter((line) => line.includes('cert was renewed'))).toHaveLength(1);
    expect(after).toMatchObject({
      type: 'Opaque',
      metadata: { labels: { mine: 'kept' } },
      data: { cacert: before.data?.['cacert'], more: encode('kept') },
    });
    const [certificate, key] = [await field('cert'), await field('key')];
    expect(pairProblem({ certificate, key })).toBeUndefined();
    const { publicKey, subject } = new X509Certificate(certificate);
    expect([subject, publicKey.asymmetricKeyDetails?.modulusLength]).toEqual(['O=kube-ovn\nCN=ovn', 3072]);
    await eventually(async () => (await told()).some((each) => each.startsWith(`${name} DatabaseCertificateRenewed `)));
  });

  it('renewed is taken by a server and by clients that run; connections of before go on', async () => {
    const { pid } = ovs;
    const { syncs } = ours.stats;
    expect(await shown()).toBe(new X509Certificate(former.certificate).serialNumber);
    mount({ cacert: await field('cacert'), cert: await field('cert'), key: await field('key') });
    const { serialNumber } = new X509Certificate(await field('cert'));
    await eventually(async () => (await shown()) === serialNumber);
    expect(nbctl('ls-add', 'after')).toBe('');
    // both were made with the certificate of before
    await eventually(() => [...ours.replica.rows('Logical_Switch')].length === 1);
    await eventually(() => heard.includes('after'));
    expect([ours.stats.syncs, ovs.pid, ovs.exitCode]).toEqual([syncs, pid, null]);
    expect((certificateLives(files(), Date.now())[0]?.remainingMs ?? 0) / dayMs).toBeCloseTo(364, 0);
  });

  it('is left alone while it is good', async () => {
    const { metadata } = await secret();
    await controller().stop();
    expect((await secret()).metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  it('needs no other right: other Secrets, and to write the authority, are refused', async () => {
    await writeSecret({ metadata: { name: 'other', namespace: 'kube-system' }, data: {} });
    const codeOf = (request: Promise<unknown>): Promise<unknown> =>
      request.then(
        () => 'let through',
        (error: unknown) => (error instanceof KubeError ? error.code : error),
      );
    expect(await codeOf(kube.get(resources.secret, 'kube-system/other'))).toBe('KUBE_FORBIDDEN');
    const held = await cluster.kube.get(resources.secret, `kube-system/${name}-authority`);
    expect(await codeOf(kube.replace(resources.secret, held))).toBe('KUBE_FORBIDDEN');
    expect(await codeOf(kube.list(resources.secret, { namespace: 'kube-system' }))).toBe('KUBE_FORBIDDEN');
  });

  it('leaves nothing of a key in logs and events', async () => {
    const all = `${logged.join('\n')}\n${(await told()).join('\n')}`;
    expect(logged.length).toBeGreaterThan(4);
    for (const key of [authority.key, former.key, await field('key')])
      for (const line of key.trim().split('\n').slice(1, -1)) expect(all).not.toContain(line);
  });
});
