import { resources, type KubeObject } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import {
  becomesReady,
  disagreements,
  eventsOf,
  eventually,
  idlePod,
  ips,
  isReady,
  leader,
  nbctl,
  podsOf,
  remove,
  subnet,
  type LabRef,
} from './support.ts';

/** What a /24 holds beside its gateway. */
const PODS = 253;
/** How long an address that became free may lie there while a pod waits. */
const HANDED_ON_MS = 1000;

/** The leading controller is killed while a /24 is being filled; the pod beyond waits until an address becomes free. */
export function takeover(lab: LabRef): void {
  it('kill -9 of the leader in a burst that fills a /24: all become Ready, everybody agrees on every address, and one more waits its turn', async () => {
    const { client, supervisor } = lab();
    const namespace = 'burst';
    await client.create(resources.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const cidrBlock = '10.86.0.0/24,fd00:86::/112';
    await client.create(resources.subnet, subnet(namespace, { cidrBlock, namespaces: [namespace] }));
    await eventually(
      'bound',
      async () =>
        (await client.get(resources.namespace, namespace)).metadata.annotations?.['ovn.kubernetes.io/logical_switch'] === namespace,
    );
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
    const hasAddress = async (pod: string): Promise<boolean> =>
      (await ips(lab())).some(({ spec }) => spec.namespace === namespace && spec.podName === pod);
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
      300_000,
    );
    const addresses = pods.map(({ metadata, status }) => ({ pod: metadata.name, ips: (status?.podIPs ?? []).map(({ ip }) => ip) }));
    expect(addresses.filter(({ ips: held }) => held.length !== 2)).toEqual([]);
    const holders = Map.groupBy(
      addresses.flatMap(({ pod, ips: held }) => held.map((ip) => ({ pod, ip }))),
      ({ ip }) => ip,
    );
    expect(
      [...holders].filter(([, pods]) => pods.length > 1).map(([ip, pods]) => `${ip}: ${pods.map(({ pod }) => pod).join(', ')}`),
    ).toEqual([]);
    expect(new Set(addresses.flatMap(({ ips: held }) => held)).size).toBe(PODS * 2);
    expect(await disagreements(lab())).toBe('');
    await supervisor.start(dead.spec);

    await client.create(resources.pod, idlePod({ name: 'beyond', namespace }));
    const event = await eventually('an event', async () =>
      (await eventsOf(lab(), 'Pod', 'beyond')).find(({ type, message = '' }) => type === 'Warning' && message.includes(namespace)),
    );
    expect(event.message).toContain('0 of 253');
    const { status } = await client.get(resources.subnet, namespace);
    expect([status?.v4usingIPs, status?.v4availableIPs]).toEqual([PODS, 0]);
    // The Deployment would take the address for the successor of a pod that is deleted; it is scaled down instead.
    await client.patch(deployments, `${namespace}/many`, { spec: { replicas: PODS - 1 } });
    await eventually('an address becomes free', async () => (await addressed()) < PODS || hasAddress('beyond'));
    await eventually('it is handed on', () => hasAddress('beyond'), HANDED_ON_MS);
    await becomesReady(lab(), { namespace, name: 'beyond' });
    await remove(lab(), resources.pod, `${namespace}/beyond`);

    await remove(lab(), deployments, `${namespace}/many`);
    await eventually('all pods are gone', async () => (await podsOf(lab(), namespace)).length === 0, 120_000);
    await eventually(
      'no port is left',
      async () => !(await nbctl(lab(), '--bare', '--columns=name', 'list', 'Logical_Switch_Port')).includes(`.${namespace}`),
    );
    expect(await disagreements(lab())).toBe('');
    await remove(lab(), resources.namespace, namespace);
    await remove(lab(), resources.subnet, namespace);
  }, 600_000);
}
