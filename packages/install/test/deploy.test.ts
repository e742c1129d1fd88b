import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  chart,
  cleanupManifest,
  exampleAddresses,
  installation,
  type InstalledObject,
  manifest,
  type Values,
  valuesText,
} from '../src/index.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(repository, 'deploy', 'chart');
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };

const documents = (text: string): readonly unknown[] =>
  parseAllDocuments(text)
    .map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as unknown;
    })
    .filter((object) => object !== null);
const name = (object: unknown): string => `${(object as InstalledObject).kind} ${(object as InstalledObject).metadata.name}`;
const byName = (objects: readonly unknown[]): readonly unknown[] => objects.toSorted((a, b) => name(a).localeCompare(name(b)));

describe('deploy/', () => {
  it('install.yaml is what the source says (npm run deploy -w packages/install)', () => {
    expect(readFileSync(join(repository, 'deploy', 'install.yaml'), 'utf8')).toBe(manifest());
  });

  it('names the Secret with what signs certificates in one role alone, and nowhere when nobody renews', () => {
    const naming = (given: Partial<Values>): readonly string[] =>
      installation({ ...exampleAddresses, ...given })
        .filter((object) => JSON.stringify(object).includes('-authority'))
        .map(name);
    expect(naming({})).toEqual(['Role kube-ovn-controller-tls']);
    expect(naming({ 'tls.renew': false })).toEqual([]);
    expect(naming({ 'tls.enabled': false })).toEqual([]);
  });

  it('so is cleanup.yaml', () => {
    expect(readFileSync(join(repository, 'deploy', 'cleanup.yaml'), 'utf8')).toBe(cleanupManifest());
  });

  it('the chart is what the source says, and has no other file', () => {
    const wanted = chart(version);
    const found = globSync('**/*', { cwd: folder, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
    expect(found.toSorted()).toEqual([...wanted.keys()].toSorted());
    for (const [path, text] of wanted) expect(`${path}\n${readFileSync(join(folder, path), 'utf8')}`).toBe(`${path}\n${text}`);
  });

  it('install.yaml read as YAML has the objects of the installation', () => {
    expect(documents(manifest())).toEqual(JSON.parse(JSON.stringify(installation(exampleAddresses))));
  });
});

describe('the chart, rendered by Helm', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'kube-ovn-chart-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  const helm = (given: Partial<Values>): string => {
    const values = join(scratch, 'values.json');
    writeFileSync(values, valuesText(given));
    return execFileSync('helm', ['template', 'kube-ovn', folder, '--namespace', 'kube-system', '--values', values], {
      encoding: 'utf8',
      stdio: 'pipe',
      env: { PATH: process.env['PATH'], HOME: scratch },
    });
  };

  it.each<[string, Partial<Values>]>([
    ['defaults', {}],
    [
      'everything switched on',
      {
        'speaker.enabled': true,
        'dpdk.enabled': true,
        'webhook.enabled': true,
        'monitoring.serviceMonitor': true,
        'monitoring.alerts': true,
        'monitoring.dashboard': true,
        'crds.networkPolicyApi': true,
        'image.pullSecrets': [{ name: 'registry' }],
      },
    ],
    ['keys that nobody renews', { 'tls.renew': false }],
    ['everything switched off', { 'tls.enabled': false, 'crds.install': false, 'networking.nodeServices': false }],
    [
      'values of every form',
      {
        namespace: 'network',
        'tls.secretName': 'ovn-keys',
        'central.addresses': ['2001:db8::1'],
        'central.nodeSelector': { 'a.example/b': 'yes', number: '1' },
        'networking.podCidr': '10.1.0.0/16,fd00:1::/64',
        'networking.podGateway': '10.1.0.1,fd00:1::1',
        'networking.iface': 'eth1,bond.*',
        'networking.mtu': 9000,
        'controller.replicas': 3,
        'controller.extraArgs': ['--keep-vm-ip=false', `--x="q" 'r' \\ # : %v {{ no }}`],
        'daemon.extraArgs': ['--encap-checksum=false'],
        'controller.resources': { requests: { cpu: 2, memory: '1Gi' }, limits: { memory: '1000000000' } },
      },
    ],
  ])('gives the same objects as the plain manifest: %s', (_what, given) => {
    const values = { ...exampleAddresses, ...given };
    const wanted: unknown = JSON.parse(JSON.stringify(installation(values)));
    expect(byName(documents(helm(values)))).toEqual(byName(wanted as readonly unknown[]));
  });

  it.each<[Partial<Values>, RegExp]>([
    [{ 'central.addresses': [] }, /central\.addresses: Array must have at least 1 items/],
    [{ 'central.addresses': ['node1'] }, /central\.addresses\.0: Does not match pattern/],
    [{ 'networking.podCidr': '10.16.0.0' }, /networking\.podCidr: Does not match pattern/],
    [{ 'networking.tunnelType': 'gre' as never }, /networking\.tunnelType: .*must be one of/],
    [{ 'controller.replicas': 0 }, /controller\.replicas: Must be greater than or equal to 1/],
    [{ 'networking.podcidr': '10.0.0.0/8' } as never, /networking: Additional property podcidr is not allowed/],
  ])('refuses %j by its schema', (given, message) => {
    expect(() => helm({ ...exampleAddresses, ...given })).toThrow(message);
  });
});
