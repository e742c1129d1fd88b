import { resources } from '@kube-ovn/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contradictions } from './support/checker.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { eventually } from './support/wait.ts';
import { createNode, namespaceObject, nodeObject, podObject } from './support/objects.ts';
import { type ControllerProcess, startProcess } from './support/process.ts';

describe('two replicas', { timeout: 120_000 }, () => {
  let cluster: Cluster;
  let replicas: ControllerProcess[];
  beforeEach(async () => {
    cluster = await startCluster();
    replicas = [await startProcess(cluster, 'one'), await startProcess(cluster, 'two')];
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    for (const n of [1, 2, 3]) await createNode(cluster.kube, nodeObject(`node${n}`, `192.0.2.${n}`));
    await eventually(async () => (await cluster.kube.get(resources.node, 'node3')).metadata.annotations?.['ovn.kubernetes.io/allocated']);
  }, 60_000);
  afterEach(async () => {
    for (const replica of replicas) {
      replica.signal('SIGCONT');
      replica.signal('SIGKILL');
      await replica.exited();
    }
    await cluster.stop();
  });

  const leader = (): Promise<ControllerProcess> =>
    eventually(async () => {
      const { spec } = await cluster.kube.get(resources.lease, 'kube-system/kube-ovn-controller');
      return replicas.find(({ identity }) => identity === spec?.holderIdentity);
    });
  const other = (than: ControllerProcess): ControllerProcess => replicas.find((replica) => replica !== than)!;
  const createPods = (count: number, prefix = 'p'): Promise<unknown> =>
    Promise.all(
      Array.from({ length: count }, (_, n) =>
        cluster.kube.create(resources.pod, podObject(`${prefix}${n}`, { node: `node${(n % 3) + 1}` })),
      ),
    );
  const allocatedPods = async (): Promise<readonly string[]> => {
    const { items } = await cluster.kube.list(resources.pod);
    return items.flatMap(({ metadata }) =>
      metadata.annotations?.['ovn.kubernetes.io/allocated'] === 'true' ? [`${metadata.namespace}/${metadata.name}`] : [],
    );
  };
  const allAllocated = (count: number): Promise<unknown> => eventually(async () => (await allocatedPods()).length === count, 60_000);
  const consistent = (): Promise<unknown> =>
    eventually(async () => {
      const found = await contradictions(cluster);
      if (found.length > 0) throw new Error(found.join('\n'));
      return true;
    });

  it('kill -9 of the leader among 200 pods coming and going: the other finishes, and no address is lost or held twice', async () => {
    const first = await leader();
    const creating = createPods(200);
    const served = await eventually(async () => {
      const pods = await allocatedPods();
      return pods.length > 20 ? pods : undefined;
    }, 60_000);
    const going = Promise.all(served.slice(0, 20).map((pod) => cluster.kube.delete(resources.pod, pod, { gracePeriodSeconds: 0 })));
    first.signal('SIGKILL');
    await creating;
    await going;
    await allAllocated(180);
    await consistent();
    expect((await leader()).identity).toBe(other(first).identity);
  });

  it('SIGTERM hands the lease over at once, and the process ends in order', async () => {
    const first = await leader();
    await createPods(10);
    await allAllocated(10);
    first.signal('SIGTERM');
    expect(await first.exited()).toBe(0);
    await createPods(10, 'q');
    await allAllocated(20);
    await consistent();
    expect(other(first).log.some((line) => line.includes('elected leader'))).toBe(true);
  });

  it('a leader that was stopped and goes on after another took over writes nothing', async () => {
    const first = await leader();
    await createPods(5);
    await allAllocated(5);
    const operations = async (): Promise<string | undefined> =>
      /^ovn_operations_total (\d+)$/m.exec(await (await fetch(`${first.url}/metrics`)).text())?.[1];
    const before = await operations();
    first.signal('SIGSTOP');
    await eventually(async () => (await leader()) !== first, 30_000);
    await createPods(40, 'q');
    first.signal('SIGCONT');
    await eventually(() => first.log.some((line) => line.includes('term ended')));
    expect(await operations()).toBe(before);
    await createPods(40, 'r');
    await allAllocated(85);
    await consistent();
    // Who leads tells a machine too slow for these leases, where the first was elected again, from a leader that writes without a lease.
    expect({ leader: (await leader()).identity, operations: await operations() }).toEqual({
      leader: other(first).identity,
      operations: before,
    });
  });

  it('tells its state: a standby is ready, metrics count', async () => {
    const first = await leader();
    await createPods(3);
    await allAllocated(3);
    for (const replica of replicas) await eventually(async () => (await fetch(`${replica.url}/readyz`)).status === 200);
    // counters of a Subnet are told at most five times a second
    const metrics = await eventually(async () => {
      const text = await (await fetch(`${first.url}/metrics`)).text();
      return text.includes('subnet_used_ip_count{subnet_name="ovn-default",protocol="IPv4"} 3') ? text : undefined;
    });
    expect(metrics).toMatch(/^ovn_operations_total [1-9]/m);
    expect(metrics).toMatch(/^kube_writes_total [1-9]/m);
    expect(metrics).toMatch(/^pod_allocated_seconds_count 3$/m);
    expect(metrics).toMatch(/^kube_ovn_controller_leader 1$/m);
    expect(metrics).toMatch(/^kube_ovn_db_status\{db_name="OVN_Northbound"\} 1$/m);
    expect(await (await fetch(`${other(first).url}/metrics`)).text()).toMatch(/^ovn_operations_total 0$/m);
    expect((await fetch(`${first.url}/nonsense`)).status).toBe(404);
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.3';
    const open = await fetch(`${first.url}/metrics`, { headers: { accept } });
    expect(open.headers.get('content-type')).toMatch(/^application\/openmetrics-text/);
    expect(await open.text()).toMatch(/^# TYPE ovn_operations counter\novn_operations_total [1-9]\d*\n[^]*# EOF\n$/m);
  });

  it('changes the level of its log at a signal, and goes on', async () => {
    const first = await leader();
    for (const level of ['debug', 'trace', 'info']) {
      first.signal('SIGUSR2');
      await eventually(async () => first.log.some((line) => line.includes(`log level is now ${level}`)));
    }
    expect((await fetch(`${first.url}/livez`)).status).toBe(200);
  });
});
