import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { CniRuntime } from './cni/runtime.ts';
import { Sandboxes } from './sandbox.ts';

const root = mkdtempSync(join(tmpdir(), 'lab-sandbox-'));
afterAll(() => rmSync(root, { recursive: true }));

it("a pod is not put on the node's network when the cluster's is gone at the moment of making its sandbox", async () => {
  const cni = new CniRuntime({ cacheDir: join(root, 'cache'), path: [] });
  const sandboxes = new Sandboxes({ root, prefix: 'none-', cni, hostAddresses: ['192.0.2.1'] });
  const pod = (hostNetwork: boolean) => ({
    metadata: { uid: `uid-${hostNetwork}`, namespace: 'shop', name: 'web' },
    spec: { containers: [], hostNetwork },
  });
  await expect(sandboxes.create(pod(false), undefined, [])).rejects.toMatchObject({
    code: 'LAB_CNI',
    message: expect.stringContaining('shop/web'),
  });
  expect(sandboxes.existing()).toEqual([]);
  expect((await sandboxes.create(pod(true), undefined, [])).addresses).toEqual(['192.0.2.1']);
});
