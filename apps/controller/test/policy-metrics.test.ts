import { type NetworkPolicy, resources } from '@kube-ovn/api';
import { systemScheduler } from '@kube-ovn/kube';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { controllerMetrics } from '../src/observability.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, namespaceObject, nodeObject, podObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

let cluster: Cluster;
let running: RunningController;
beforeAll(async () => {
  cluster = await startCluster();
  running = await startController(cluster);
}, 60_000);
afterAll(async () => {
  await running?.stop();
  await cluster?.stop();
});

it('tells rows by kind, compiling, and the time until OVN has confirmed a policy', async () => {
  const { registry, ...metrics } = controllerMetrics(running.controller, cluster.kube, systemScheduler());
  using _followers = metrics;
  await cluster.kube.create(resources.namespace, namespaceObject('shop'));
  await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
  await cluster.kube.create(resources.pod, podObject('web-0'));
  await allocated(cluster, 'shop/web-0');
  const policy = (name: string): NetworkPolicy => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'shop' },
    spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
  });
  for (const name of ['one', 'two']) await cluster.kube.create(resources.networkPolicy, policy(name));
  const text = await eventually(async () => {
    const found = await registry.metrics();
    return /^policy_enforced_seconds_count 2$/m.test(found) ? found : undefined;
  });
  expect(text).toMatch(/^policy_rows\{kind="NetworkPolicy",table="ACL"\} 2$/m);
  expect(text).toMatch(/^policy_rows\{kind="shared",table="Port_Group"\} [1-9]/m);
  expect(text).toMatch(/^policy_compiles_total [1-9]/m);
  expect(text).toMatch(/^policy_compile_seconds_total 0\.\d/m);
  await cluster.kube.delete(resources.networkPolicy, 'shop/two');
  await eventually(async () => /^policy_rows\{kind="NetworkPolicy",table="ACL"\} 1$/m.test(await registry.metrics()));
});
