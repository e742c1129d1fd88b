/** A lab that uses an API server which was there before it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resources } from '@kube-ovn/api';
import { kubeClient, type KubeClient } from '@kube-ovn/kube';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measurementOf, runDemo } from '../src/demo/demo.ts';
import { layoutOf } from '../src/infra/layout.ts';
import { describeLeftovers, findLeftovers } from '../src/infra/leftovers.ts';
import { Supervisor } from '../src/infra/supervisor.ts';
import { tearDown } from '../src/infra/teardown.ts';
import { startLab, type Lab } from '../src/lab/lab.ts';
import { apiServer, workloads } from '../src/lab/programs.ts';
import { measure } from '../src/matrix/measure.ts';
import { renderFailures } from '../src/matrix/render.ts';
import { testLabName } from './names.ts';

describe('a lab on an API server that is not its own', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lab-guest-'));
  // The server's own place, beside the lab's: same shape, another folder, no namespaces.
  const host = {
    ...layoutOf({ name: testLabName('th'), nodes: 1, raft: false, families: 'ipv4' }),
    dir,
    logDir: join(dir, 'logs'),
    manifest: join(dir, 'manifest.jsonl'),
  };
  const layout = layoutOf({ name: testLabName('tg'), nodes: 1, raft: false, families: 'ipv4' });
  const kubeconfig = join(dir, 'api', 'admin.kubeconfig');
  const servers = new Supervisor({ layout: host });
  let client: KubeClient;
  let lab: Lab;

  beforeAll(async () => {
    await servers.start({ ...apiServer(host, 0), ready: () => servers.logTail('apiserver').includes('ready:') });
    await servers.start(workloads(kubeconfig));
    client = kubeClient({ kubeconfig });
    lab = await startLab({ layout, progress: () => undefined, kubeconfig });
  }, 90_000);

  afterAll(async () => {
    await lab?.stop();
    client?.close();
    servers.release();
    await tearDown(host);
    rmSync(dir, { recursive: true, force: true });
  }, 60_000);

  it('runs the demo there', async () => {
    const pods = await runDemo({ layout, client: lab.client, timeoutMs: 60_000, progress: () => undefined });
    expect(renderFailures(await measure(measurementOf(layout, pods)))).toBe('');
    expect((await client.list(resources.node)).items.map(({ metadata }) => metadata.name)).toEqual(['node1']);
  }, 90_000);

  it('takes its objects along when it goes, and leaves the server as it is', async () => {
    await lab.stop();
    expect(describeLeftovers(findLeftovers(layout))).toEqual([]);
    expect((await client.list(resources.node)).items).toEqual([]);
    expect((await client.list(resources.pod)).items).toEqual([]);
    expect((await client.list(resources.namespace)).items.map(({ metadata }) => metadata.name)).not.toContain('shop');
  }, 90_000);
});
