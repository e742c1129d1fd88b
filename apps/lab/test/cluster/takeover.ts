import { resources, type KubeObject } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { disagreements, eventually, ips, isReady, leader, nbctl, podsOf, remove, type LabRef } from './support.ts';

const PODS = 200;

/** Line 4: the leading controller is killed while 200 pods are being created. */
export function takeover(lab: LabRef): void {
  it('kill -9 of the leader in a burst of 200 pods: all become Ready, and everybody agrees on every address', async () => {
    const { client, supervisor } = lab();
    const namespace = 'burst';
    await client.create(resources.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const deployments = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
    await client.create(deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'many', namespace },
      spec: {
        replicas: PODS,
        selector: { matchLabels: { app: 'many' } },
        template: {
          metadata: { labels: { app: 'many' } },
          spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'pause' }] },
        },
      },
    } as KubeObject);
    const addressed = async (): Promise<number> => (await ips(lab())).filter(({ spec }) => spec?.namespace === namespace).length;
    const dead = await leader(lab());
    await eventually('a part has addresses', async () => (await addressed()) >= 20, 60_000);
    await supervisor.kill(dead.id);
    // The blow fell in the middle: with the burst wholly served, this would prove nothing.
    expect(await addressed()).toBeLessThan(PODS);
    const next = await leader(lab());
    expect(next.id).not.toBe(dead.id);
    const pods = await eventually(
      'all are Ready',
      async () => {
        const all = await podsOf(lab(), namespace);
        return all.filter(isReady).length === PODS ? all : undefined;
      },
      120_000,
    );
    const addresses = pods.map(({ metadata, status }) => ({ pod: metadata.name, ips: (status?.podIPs ?? []).map(({ ip }) => ip) }));
    expect(addresses.filter(({ ips: held }) => held.length !== 2)).toEqual([]);
    expect(new Set(addresses.flatMap(({ ips: held }) => held)).size).toBe(PODS * 2);
    expect(await disagreements(lab())).toBe('');
    await supervisor.start(dead.spec);
    await remove(lab(), deployments, `${namespace}/many`);
    await eventually('all pods are gone', async () => (await podsOf(lab(), namespace)).length === 0, 120_000);
    await eventually(
      'no port is left',
      async () => !(await nbctl(lab(), '--bare', '--columns=name', 'list', 'Logical_Switch_Port')).includes(`.${namespace}`),
    );
    expect(await disagreements(lab())).toBe('');
    await remove(lab(), resources.namespace, namespace);
  }, 300_000);
}
