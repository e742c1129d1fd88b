/** The installation, as users apply it: the plain manifest by kubectl, the chart by Helm; and its removal. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeAuthority } from '@kube-ovn/kube/certificates';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../src/apiserver/testing/test-server.ts';
import { kubectl, requireKubectl, type Kubectl } from './kubectl.ts';

const deploy = fileURLToPath(new URL('../../../../deploy', import.meta.url));
const manifest = join(deploy, 'install.yaml');
/** Kinds of which an installation has objects. */
const kinds =
  'statefulsets,daemonsets,deployments,services,configmaps,secrets,serviceaccounts,poddisruptionbudgets,clusterroles,clusterrolebindings,roles,rolebindings,customresourcedefinitions';

let server: TestServer;
let run: Kubectl;
let home: string;

/** Everything that there is, as `kind/name version`; what the server makes by itself is there from the start. */
async function state(): Promise<readonly string[]> {
  const columns = 'custom-columns=KIND:.kind,NAME:.metadata.name,NAMESPACE:.metadata.namespace,VERSION:.metadata.resourceVersion';
  const { code, out, err } = await run(['get', kinds, '--all-namespaces', '--no-headers', '-o', columns]);
  expect({ code, err }).toMatchObject({ code: 0 });
  return out.split('\n').filter((line) => line !== '');
}

async function names(): Promise<readonly string[]> {
  return (await state()).map((line) => line.split(/\s+/).slice(0, 3).join(' '));
}

async function helm(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: server.kubeconfig };
  const { stdout } = await promisify(execFile)('helm', [...args, '--namespace', 'kube-system'], { env, timeout: 60_000 });
  return stdout;
}

beforeAll(async () => {
  await requireKubectl();
  server = await startTestServer();
  run = kubectl(server.kubeconfig);
  home = mkdtempSync(join(tmpdir(), 'lab-helm-'));
});
afterAll(async () => {
  run[Symbol.dispose]();
  rmSync(home, { recursive: true, force: true });
  await server[Symbol.asyncDispose]();
});

describe('the plain manifest', () => {
  it('is taken by a server that validates strictly, and applied again changes nothing', async () => {
    const before = await names();
    const apply = ['apply', '--server-side', '--validate=strict', '-f', manifest];
    const first = await run(apply);
    expect(first).toMatchObject({ code: 0, err: '' });
    const made = await state();
    expect(made.length - before.length).toBe(first.out.trim().split('\n').length);
    expect(await names()).toEqual(expect.arrayContaining(['StatefulSet ovn-central kube-system', 'DaemonSet kube-ovn-cni kube-system']));
    expect(await run(apply)).toMatchObject({ code: 0 });
    expect(await state()).toEqual(made);
    expect(await run(['delete', '--wait=false', '-f', manifest])).toMatchObject({ code: 0 });
    await expect.poll(names, { timeout: 20_000 }).toEqual(before);
  });

  it('is taken by client-side apply as well', async () => {
    expect(await run(['apply', '--validate=strict', '-f', manifest])).toMatchObject({ code: 0 });
    const made = await state();
    expect(await run(['apply', '-f', manifest])).toMatchObject({ code: 0 });
    expect(await state()).toEqual(made);
    expect(await run(['delete', '--wait=false', '-f', manifest])).toMatchObject({ code: 0 });
    await expect.poll(async () => (await names()).join(), { timeout: 20_000 }).not.toContain('kubeovn');
  });
});

describe('the chart', () => {
  const chart = join(deploy, 'chart');
  const nodes = ['--set', 'central.addresses={192.0.2.1,192.0.2.2,192.0.2.3}'];

  it('is installed, changed, rolled back and removed; the definitions stay', async () => {
    const before = await names();
    expect(await helm('install', 'kube-ovn', chart, ...nodes)).toContain('STATUS: deployed');
    const installed = await names();
    expect(installed).toEqual(
      expect.arrayContaining(['Deployment kube-ovn-controller kube-system', 'PodDisruptionBudget ovn-central kube-system']),
    );
    expect(installed).not.toContain('DaemonSet kube-ovn-speaker kube-system');

    expect(await helm('upgrade', 'kube-ovn', chart, ...nodes, '--set', 'speaker.enabled=true')).toContain('REVISION: 2');
    expect(await names()).toContain('DaemonSet kube-ovn-speaker kube-system');
    expect(await helm('rollback', 'kube-ovn', '1')).toContain('Rollback was a success');
    expect((await names()).filter((name) => !name.startsWith('Secret sh.helm'))).toEqual(
      installed.filter((name) => !name.startsWith('Secret sh.helm')),
    );

    expect(await helm('uninstall', 'kube-ovn')).toContain('release "kube-ovn" uninstalled');
    const left = (await names()).filter((name) => !before.includes(name));
    expect(left.length).toBeGreaterThan(20);
    expect(left.filter((name) => !/^CustomResourceDefinition .*\.kubeovn\.io /.test(name))).toEqual([]);
    // and are taken up again
    expect(await helm('install', 'kube-ovn', chart, ...nodes)).toContain('STATUS: deployed');
    await helm('uninstall', 'kube-ovn');
  });
});

describe('the keys', () => {
  const tls = (...args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> =>
    new Promise((resolve) => {
      const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: server.kubeconfig };
      execFile(join(deploy, 'tls.sh'), args, { env, timeout: 60_000 }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), text: out + err }),
      );
    });
  const fields = async (name: string): Promise<unknown> => {
    const { out } = await run([
      'get',
      'secret',
      name,
      '-n',
      'kube-system',
      '-o',
      'go-template={{.type}}{{range $key, $_ := .data}} {{$key}}{{end}}',
    ]);
    return out;
  };

  it('are written by tls.sh; the authority by a step of its own, and never a certificate that has ended', async () => {
    const keys = join(home, 'keys');
    expect(await tls('make', keys)).toEqual({ code: 0, text: '' });
    expect(await tls('apply', keys)).toMatchObject({ code: 0 });
    expect(await fields('kube-ovn-tls')).toBe('Opaque cacert cert key');
    expect(await fields('kube-ovn-tls-authority')).toBe('');
    expect(await tls('entrust', keys)).toMatchObject({ code: 0 });
    expect(await fields('kube-ovn-tls-authority')).toBe('kubernetes.io/tls tls.crt tls.key');

    const { certificate } = await makeAuthority('old', { nowMs: Date.now() - 1000, lifetimeMs: 1000 });
    writeFileSync(join(keys, 'cert'), certificate);
    expect(await tls('apply', keys)).toEqual({ code: 1, text: `tls.sh: ${join(keys, 'cert')} has ended, or does soon: run renew first\n` });
    expect(await tls('renew', keys)).toEqual({ code: 0, text: '' });
    expect(await tls('apply', keys)).toMatchObject({ code: 0 });
    rmSync(join(keys, 'current.key'));
    expect(await tls('entrust', keys)).toEqual({
      code: 1,
      text: `tls.sh: ${join(keys, 'current.key')} is missing: it was made elsewhere\n`,
    });
    expect(await tls('trust')).toMatchObject({ code: 2, text: expect.stringContaining('tls.sh entrust DIR') });
    expect(await run(['delete', 'secret', '-n', 'kube-system', 'kube-ovn-tls', 'kube-ovn-tls-authority'])).toMatchObject({ code: 0 });
  });
});

describe('the removal', () => {
  const script = (): Promise<{ readonly code: number; readonly text: string }> =>
    new Promise((resolve) => {
      const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: server.kubeconfig, TIMEOUT: '20s' };
      execFile(join(deploy, 'uninstall.sh'), [], { env, timeout: 60_000 }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), text: out + err }),
      );
    });
  const make = async (apiVersion: string, kind: string, name: string, more: object): Promise<void> => {
    const object = { apiVersion, kind, ...more, metadata: { name, ...('metadata' in more ? (more.metadata as object) : {}) } };
    expect(await run(['apply', '--server-side', '-f', '-'], JSON.stringify(object))).toMatchObject({ code: 0 });
  };
  const annotations = async (what: string): Promise<unknown> =>
    (JSON.parse((await run(['get', what, '-o', 'json'])).out) as { readonly metadata: { readonly annotations?: unknown } }).metadata
      .annotations;

  it('waits for physical networks to be given back', async () => {
    expect(await run(['apply', '--server-side', '-f', manifest])).toMatchObject({ code: 0 });
    await make('kubeovn.io/v1', 'ProviderNetwork', 'nets', { spec: { defaultInterface: 'eth1' } });
    expect(await script()).toMatchObject({ code: 1, text: expect.stringContaining('kubeovn.io/nets') });
    expect(await names()).toContain('Deployment kube-ovn-controller kube-system');
    expect(await run(['delete', 'provider-networks', 'nets'])).toMatchObject({ code: 0 });
  });

  it('leaves nothing, though nobody is there to take finalizers off', async () => {
    const metadata = { finalizers: ['kubeovn.io/kube-ovn-controller'] };
    await make('kubeovn.io/v1', 'Subnet', 'ovn-default', { metadata, spec: { cidrBlock: '10.16.0.0/16' } });
    await make('kubeovn.io/v1', 'IP', 'web.shop', { metadata, spec: { ipAddress: '10.16.0.2' } });
    const noted = { annotations: { 'ovn.kubernetes.io/allocated': 'true', 'example.org/other': 'kept' } };
    await make('v1', 'Node', 'node1', { metadata: noted });
    await make('v1', 'Namespace', 'shop', { metadata: noted });
    for (const name of ['kube-ovn-tls', 'kube-ovn-tls-authority'])
      await make('v1', 'Secret', name, { metadata: { namespace: 'kube-system' } });
    const removing = script();
    // in place of the controller of DaemonSets
    const status = { observedGeneration: 1, desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1, numberReady: 1 };
    const patch = [
      'patch',
      'daemonset',
      'kube-ovn-cleanup',
      '-n',
      'kube-system',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    ];
    await expect.poll(async () => (await run(patch)).code, { timeout: 40_000 }).toBe(0);
    const { code, text } = await removing;
    expect({ code, text }).toMatchObject({ code: 0 });
    expect((await names()).filter((name) => /kube-?ovn|ovs-ovn|ovn-central/.test(name))).toEqual([]);
    for (const what of ['node/node1', 'namespace/shop']) expect(await annotations(what)).toEqual({ 'example.org/other': 'kept' });
  });
});
