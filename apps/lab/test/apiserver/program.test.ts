import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '../../src/apiserver/main.ts');
let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'lab-apiserver-'))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcess;
  readonly line: string;
  readonly core: CoreV1Api;
}

async function start(): Promise<Started> {
  const child = spawn(process.execPath, ['--conditions=@kube-ovn/source', main, '--dir', dir, '--data', join(dir, 'data.json')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const config = new KubeConfig();
  config.loadFromFile(join(dir, 'admin.kubeconfig'));
  return { child, line, core: config.makeApiClient(CoreV1Api) };
}

async function stop({ child }: Started): Promise<unknown> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  return (await exit)[0] as unknown;
}

describe('the program', () => {
  it('says when it is ready, keeps secrets to itself, and has its objects back after a restart', async () => {
    const first = await start();
    expect(first.line).toMatch(/^ready: https:\/\/127\.0\.0\.1:\d+ kubeconfig .*admin\.kubeconfig$/);
    for (const file of ['admin.kubeconfig', 'admin.token', 'admin.key', 'ca.key'])
      expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600);
    const made = await first.core.createNamespacedConfigMap({
      namespace: 'default',
      body: { metadata: { name: 'kept' }, data: { a: '1' } },
    });
    const authority = readFileSync(join(dir, 'ca.crt'), 'utf8');
    expect(await stop(first)).toBe(0);

    const second = await start();
    expect(readFileSync(join(dir, 'ca.crt'), 'utf8')).toBe(authority);
    const kept = await second.core.readNamespacedConfigMap({ namespace: 'default', name: 'kept' });
    expect(kept).toEqual(made);
    const newer = await second.core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'newer' } } });
    expect(Number(newer.metadata!.resourceVersion)).toBeGreaterThan(Number(made.metadata!.resourceVersion));
    expect(await stop(second)).toBe(0);
  }, 30_000);

  it('loses nothing that it has answered when it is killed', async () => {
    const first = await start();
    const names = Array.from({ length: 20 }, (_, index) => `k${index}`);
    await Promise.all(names.map((name) => first.core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name } } })));
    await first.core.deleteNamespacedConfigMap({ namespace: 'default', name: 'k7' });
    const exit = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await exit;
    const second = await start();
    const { items } = await second.core.listNamespacedConfigMap({ namespace: 'default' });
    const found = new Set(items.map(({ metadata }) => metadata!.name!));
    expect(names.filter((name) => !found.has(name))).toEqual(['k7']);
    expect(await stop(second)).toBe(0);
  }, 30_000);

  it('ends with an error that names the flag or the file', async () => {
    const run = async (...args: string[]): Promise<{ code: unknown; err: string }> => {
      const child = spawn(process.execPath, ['--conditions=@kube-ovn/source', main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
      let err = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
      const [code] = (await once(child, 'close')) as [unknown];
      return { code, err };
    };
    expect(await run()).toEqual({ code: 1, err: expect.stringContaining('--dir: is required') as string });
    const broken = join(dir, 'broken.json');
    writeFileSync(broken, '{');
    expect(await run('--dir', dir, '--data', broken)).toEqual({ code: 1, err: expect.stringContaining(`--data ${broken}: `) as string });
  }, 30_000);
});
