/** What `ko` packs for those who were not there. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BgpConf, type ConfigMap, resources, type Secret } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import { ko } from './ko.ts';
import { type LabRef, namespaceObject, remove, removeNamespaces } from './support.ts';

const NAMESPACE = 'ko-support';
const LONG = 'ovn-ko-support';
const HIDDEN = 'nobody-may-see-this';

interface Index {
  readonly bytes: number;
  readonly packedBytes: number;
  readonly entries: readonly { readonly path: string; readonly bytes: number; readonly note?: string }[];
  readonly missing: readonly { readonly path: string; readonly note: string }[];
}

export function koSupport(lab: LabRef): void {
  const folder = mkdtempSync(join(tmpdir(), 'ko-support-'));

  beforeAll(async () => {
    await lab().client.create(resources.namespace, namespaceObject(NAMESPACE));
    const conf = {
      apiVersion: 'kubeovn.io/v1',
      kind: 'BgpConf',
      metadata: { name: NAMESPACE },
      spec: { password: HIDDEN, localASN: 65_000 },
    };
    const data = { password: Buffer.from(HIDDEN).toString('base64') };
    await lab().client.create(resources.bgpConf, conf as unknown as BgpConf);
    await lab().client.create(resources.secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'bgp', namespace: NAMESPACE },
      data,
    } as Secret);
  }, 30_000);

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await Promise.all([remove(lab(), resources.bgpConf, NAMESPACE), remove(lab(), resources.configMap, `kube-system/${LONG}`)]);
    await removeNamespaces(lab(), [NAMESPACE]);
  }, 60_000);

  it('packs objects, databases, logs, flows and the state of nodes, and no secret', async () => {
    const file = join(folder, 'whole.tar.gz');
    const { code, stdout, stderr } = await ko(lab(), 'support-bundle', 'node1', '--file', file, '--lines', '200', '-o', 'json');
    if (stdout === '') throw new Error(stderr);
    const { entries, missing } = JSON.parse(stdout) as Index;
    expect({ code, stderr, missing }).toEqual({ code: 0, stderr: '', missing: [] });
    await runTool(['tar', '-xzf', file, '--strip-components=1', '-C', folder]);
    const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
    expect(entries.filter(({ path, bytes }) => Buffer.byteLength(readFileSync(join(folder, path))) !== bytes)).toEqual([]);
    expect({
      peer: /password: REDACTED/.test(read('objects/bgp-confs.kubeovn.io.yaml')),
      subnets: read('objects/subnets.kubeovn.io.yaml').includes('name: ovn-default'),
      flows: /cookie=.*table=0/.test(read('nodes/node1/flows.txt')),
      log: entries.some(({ path }) => path === 'logs/daemon/node1-daemon.log'),
      others: existsSync(join(folder, 'nodes/node2')),
      secrets: existsSync(join(folder, 'objects/secrets.yaml')),
      index: entries.every(({ path }) => read('INDEX.md').includes(`| ${path} |`)),
    }).toEqual({ peer: true, subnets: true, flows: true, log: true, others: false, secrets: false, index: true });
    const { stdout: database } = await runTool(['ovsdb-tool', 'db-name', join(folder, 'databases/ovnnb_db.backup')]);
    expect(database.trim()).toBe('OVN_Northbound');
    const encoded = Buffer.from(HIDDEN).toString('base64');
    const found = await runTool(['grep', '-rlF', '-e', HIDDEN, '-e', encoded, folder], { accept: [0, 1] });
    expect(found.stdout).toBe('');
  }, 90_000);

  it('keeps to the size that it may have, and says what is cut short', async () => {
    const file = join(folder, 'small.tar.gz');
    const metadata = { name: LONG, namespace: 'kube-system' };
    await lab().client.create(resources.configMap, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { lines: 'line\n'.repeat(100_000) },
    } as ConfigMap);
    const { code, stdout } = await ko(lab(), 'support-bundle', '--file', file, '--max-size', '1', '-o', 'json');
    const { bytes, entries } = JSON.parse(stdout) as Index;
    expect(code).toBe(0);
    expect(bytes).toBeLessThanOrEqual(1024 * 1024);
    expect(entries.find(({ path }) => path === 'objects/configmaps.yaml')?.note).toMatch(/^the first \d+ of \d+ bytes$/);
    expect(await ko(lab(), 'support-bundle', '--file', file)).toMatchObject({ code: 2, stderr: expect.stringContaining('EEXIST') });
  }, 90_000);
}
