import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  makeInformer,
  setHeaderOptions,
} from '@kubernetes/client-node';
import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../src/apiserver/testing/test-server.ts';
import { startTestServer } from '../../src/apiserver/testing/test-server.ts';
import { crds, pod, pods, widget, widgetDefinition } from './objects.ts';

let server: TestServer;
let config: KubeConfig;
beforeAll(async () => {
  server = await startTestServer();
  config = new KubeConfig();
  config.loadFromFile(server.kubeconfig);
});
afterAll(() => server[Symbol.asyncDispose]());

describe('the official client', () => {
  it('creates, reads, patches and deletes typed objects with a client certificate', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const made = await core.createNamespacedConfigMap({
      namespace: 'default',
      body: { metadata: { generateName: 'c-' }, data: { a: '1' } },
    });
    expect(made.metadata!.creationTimestamp).toBeInstanceOf(Date);
    const name = made.metadata!.name!;
    const patched = await core.patchNamespacedConfigMap(
      { namespace: 'default', name, body: { data: { b: '2' } } },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
    expect(patched.data).toEqual({ a: '1', b: '2' });
    const { items } = await core.listNamespacedConfigMap({ namespace: 'default', fieldSelector: `metadata.name=${name}` });
    expect(items).toHaveLength(1);
    await core.deleteNamespacedConfigMap({ namespace: 'default', name });
    const error: unknown = await core.readNamespacedConfigMap({ namespace: 'default', name }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiException);
    expect(error).toMatchObject({ code: 404 });
  });

  it('scales a deployment and reads a service with its cluster address', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const labels = { app: 'd' };
    const body = {
      metadata: { name: 'd' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'x' }] } } },
    };
    const made = await apps.createNamespacedDeployment({ namespace: 'default', body });
    expect(made.spec).toMatchObject({ replicas: 1, strategy: { type: 'RollingUpdate' } });
    const scale = await apps.readNamespacedDeploymentScale({ namespace: 'default', name: 'd' });
    scale.spec!.replicas = 6;
    await apps.replaceNamespacedDeploymentScale({ namespace: 'default', name: 'd', body: scale });
    expect((await apps.readNamespacedDeployment({ namespace: 'default', name: 'd' })).spec!.replicas).toBe(6);
    const service = await config.makeApiClient(CoreV1Api).createNamespacedService({
      namespace: 'default',
      body: { metadata: { name: 's' }, spec: { selector: labels, ports: [{ port: 80 }] } },
    });
    expect(service.spec).toMatchObject({
      type: 'ClusterIP',
      clusterIP: '10.96.0.11',
      clusterIPs: ['10.96.0.11'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    });
  });

  it('handles custom objects', async () => {
    await server.ok('POST', crds, widgetDefinition());
    const custom = config.makeApiClient(CustomObjectsApi);
    const place = { group: 'example.com', version: 'v1', namespace: 'default', plural: 'widgets' };
    await custom.createNamespacedCustomObject({ ...place, body: widget('w', { size: 4 }) });
    const list = (await custom.listNamespacedCustomObject(place)) as { items: unknown[] };
    expect(list.items).toMatchObject([{ spec: { size: 4, colour: 'red' } }]);
  });

  it('keeps an informer true through changes and cut watches', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const seen = new Map<string, string>();
    const informer = makeInformer<V1Pod>(config, pods, () => core.listNamespacedPod({ namespace: 'default' }));
    const keep = (object: V1Pod): void => void seen.set(object.metadata!.name!, object.metadata!.labels?.['step'] ?? '');
    informer.on('add', keep);
    informer.on('update', keep);
    informer.on('delete', (object) => void seen.delete(object.metadata!.name!));
    // a cut watch is an error to this client; it is started again by its user
    informer.on('error', () => void informer.start());
    await server.ok('POST', pods, pod('i1'));
    await informer.start();
    for (const how of ['close', 'expire', 'close']) {
      await expect.poll(() => server.wired.hub.size, { timeout: 5000 }).toBe(1);
      await server.ok('POST', pods, pod(`i-${seen.size}`, {}, { labels: { step: how } }));
      await server.ok('POST', `/debug/lab/cut-watches?how=${how}`);
      await server.ok('PATCH', `${pods}/i1`, { metadata: { labels: { step: how } } }, { 'content-type': 'application/merge-patch+json' });
      await expect.poll(() => seen.get('i1'), { timeout: 10_000 }).toBe(how);
    }
    const { items } = await core.listNamespacedPod({ namespace: 'default' });
    expect(new Set(seen.keys())).toEqual(new Set(items.map(({ metadata }) => metadata!.name)));
    await informer.stop();
  }, 30_000);
});
