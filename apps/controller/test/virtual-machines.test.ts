import { type IP, resources, type VirtualMachineInstance } from '@kube-ovn/api';
import type { KubeClient } from '@kube-ovn/kube';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { installKubevirt, instanceObject, launcherObject, machineObject } from './support/kubevirt.ts';
import { allocated, createNode, namespaceObject, nodeObject, podObject } from './support/objects.ts';
import { healthFacts } from '../src/observability.ts';
import { readiness } from '../src/health.ts';
import type { Log } from '../src/ports.ts';
import { refusing } from './support/refusing.ts';
import { eventually } from './support/wait.ts';

describe('addresses of virtual machines', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    for (const n of [1, 2]) await createNode(cluster.kube, nodeObject(`node${n}`, `192.0.2.${n}`));
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const ip = async (name: string): Promise<IP | undefined> =>
    (await cluster.kube.list(resources.ip)).items.find(({ metadata }) => metadata.name === name);
  const port = (name: string) => [...rowsOf(cluster.northbound.replica, tables.logicalSwitchPort)].find((row) => row.name === name);
  const option = (name: string, key: string): string | undefined => port(name)?.options.get(key);
  const isInGroupOf = (name: string, node: string): boolean => {
    const group = [...rowsOf(cluster.northbound.replica, tables.portGroup)].find((row) => row.name === `distributed.gateway.${node}`);
    const uuid = port(name)?._uuid;
    return uuid !== undefined && group?.ports.includes(uuid) === true;
  };
  const remove = async (pod: string): Promise<void> => {
    await cluster.kube.delete(resources.pod, `shop/virt-launcher-${pod}`, { gracePeriodSeconds: 0 });
  };
  /** The run of a machine, which begins here if there is none. */
  const instance = async (machine: string): Promise<VirtualMachineInstance> => {
    const { items } = await cluster.kube.list(resources.virtualMachineInstance);
    const found = items.find(({ metadata }) => metadata.name === machine);
    return found ?? cluster.kube.create(resources.virtualMachineInstance, instanceObject(machine));
  };
  /** Another pod for a machine; what it is told. */
  const run = async (machine: string, suffix: string, node: string, annotations = {}): Promise<readonly (string | undefined)[]> => {
    await cluster.kube.create(resources.pod, launcherObject(await instance(machine), suffix, { node, annotations }));
    const told = await allocated(cluster, `shop/virt-launcher-${machine}-${suffix}`);
    return [told['ip_address'], told['mac_address']];
  };
  const stop = async (machine: string, ...suffixes: readonly string[]): Promise<void> => {
    for (const suffix of suffixes) await remove(`${machine}-${suffix}`);
    await cluster.kube.delete(resources.virtualMachineInstance, `shop/${machine}`);
  };
  const move = (machine: string, suffix: string, node: string) => run(machine, suffix, node, { 'kubevirt.io/migrationJobName': 'move' });
  const setNode = (machine: string, nodeName: string): Promise<unknown> =>
    cluster.kube.patch(resources.virtualMachineInstance, `shop/${machine}`, { status: { nodeName } });

  it('a controller leads without KubeVirt, and notices when it is installed', async () => {
    expect(running.controller.sources.virtualMachines.synced.peek()).toBe(true);
    expect(running.controller.sources.virtualMachines.state.peek()).toBe('syncing');
    await cluster.kube.create(resources.pod, podObject('plain'));
    await allocated(cluster, 'shop/plain');
    await installKubevirt(cluster.kube);
    await eventually(() => running.controller.sources.virtualMachines.state.peek() === 'live', 10_000);
    await eventually(() => running.controller.sources.virtualMachineInstances.state.peek() === 'live', 10_000);
  }, 30_000);

  it('port, journal and annotations are under the name of the machine', async () => {
    await cluster.kube.create(resources.virtualMachine, machineObject('db'));
    const [address, mac] = await run('db', 'a', 'node1');
    expect(await ip('db.shop')).toMatchObject({
      spec: { podName: 'db', namespace: 'shop', podType: 'VirtualMachine', nodeName: 'node1', ipAddress: address, macAddress: mac },
    });
    expect((await allocated(cluster, 'shop/virt-launcher-db-a'))['virtualmachine']).toBe('db');
    expect(port('db.shop')?.addresses).toEqual([`${mac} ${address}`]);
    expect(port('db.shop')?.external_ids.get('pod')).toBe('shop/db');
    expect(option('db.shop', 'requested-chassis')).toBe('node1');
    expect(option('db.shop', 'activation-strategy')).toBeUndefined();
    expect(isInGroupOf('db.shop', 'node1')).toBe(true);
  });

  it('stopped, it keeps them; its next pod has them on another node', async () => {
    const before = await ip('db.shop');
    await stop('db', 'a');
    await eventually(() => port('db.shop') === undefined);
    await cluster.kube.create(resources.pod, podObject('other')); // would get the address if it were free
    expect((await allocated(cluster, 'shop/other'))['ip_address']).not.toBe(before?.spec.ipAddress);
    expect(await run('db', 'b', 'node2')).toEqual([before?.spec.ipAddress, before?.spec.macAddress]);
    await eventually(async () => (await ip('db.shop'))?.spec.nodeName === 'node2');
    expect(option('db.shop', 'requested-chassis')).toBe('node2');
    expect(isInGroupOf('db.shop', 'node1')).toBe(false);
  });

  it('a pod that starts while the last one is going has the port at once', async () => {
    const before = await ip('db.shop');
    await cluster.kube.patch(resources.pod, 'shop/virt-launcher-db-b', { metadata: { finalizers: ['example.com/busy'] } });
    await cluster.kube.delete(resources.pod, 'shop/virt-launcher-db-b', { gracePeriodSeconds: 0 });
    expect(await run('db', 'c', 'node1')).toEqual([before?.spec.ipAddress, before?.spec.macAddress]);
    expect(option('db.shop', 'requested-chassis')).toBe('node1');
    await cluster.kube.patch(resources.pod, 'shop/virt-launcher-db-b', { metadata: { finalizers: null } });
  });

  it('moved while it runs: both nodes may bind the port on the way, and then the new one alone; the port itself stays', async () => {
    await setNode('db', 'node1');
    const before = await ip('db.shop');
    const row = port('db.shop')?._uuid;
    expect(await move('db', 'd', 'node2')).toEqual([before?.spec.ipAddress, before?.spec.macAddress]);
    await eventually(() => option('db.shop', 'requested-chassis') === 'node1,node2');
    expect(option('db.shop', 'activation-strategy')).toBe('rarp');
    expect((await ip('db.shop'))?.spec.nodeName).toBe('node1');

    const operations = running.controller.leadership.northboundTotals.operations;
    await setNode('db', 'node2');
    await eventually(() => option('db.shop', 'requested-chassis') === 'node2');
    expect(option('db.shop', 'activation-strategy')).toBeUndefined();
    await eventually(async () => (await ip('db.shop'))?.spec.nodeName === 'node2');
    await running.settled();
    expect(isInGroupOf('db.shop', 'node2')).toBe(true);
    expect(isInGroupOf('db.shop', 'node1')).toBe(false);
    expect(port('db.shop')?._uuid).toBe(row);
    // the options, out of one group, into the other
    expect(running.controller.leadership.northboundTotals.operations - operations).toBeLessThanOrEqual(4);

    await cluster.kube.patch(resources.pod, 'shop/virt-launcher-db-c', { status: { phase: 'Succeeded' } }, { subresource: 'status' });
    await remove('db-c');
    await running.settled();
    expect(port('db.shop')?._uuid).toBe(row);
  });

  it('a move that fails leaves it where it is', async () => {
    await move('db', 'e', 'node1');
    await eventually(() => option('db.shop', 'requested-chassis') === 'node2,node1');
    await cluster.kube.patch(resources.pod, 'shop/virt-launcher-db-e', { status: { phase: 'Failed' } }, { subresource: 'status' });
    await eventually(() => option('db.shop', 'requested-chassis') === 'node2');
    expect(option('db.shop', 'activation-strategy')).toBeUndefined();
    await remove('db-e');
  });

  it('a restart writes nothing: with a machine that runs, one that is being moved, and one that is stopped', async () => {
    for (const name of ['moving', 'stopped']) await cluster.kube.create(resources.virtualMachine, machineObject(name));
    await run('moving', 'a', 'node1');
    await setNode('moving', 'node1');
    await move('moving', 'b', 'node2');
    const [address] = await run('stopped', 'a', 'node1');
    await stop('stopped', 'a');
    await eventually(() => port('stopped.shop') === undefined);
    await running.settled();
    await running.stop();

    running = await startController(cluster);
    await running.settled();
    expect(running.writes).toEqual([]);
    expect(running.controller.leadership.northboundTotals.operations).toBe(0);
    expect((await ip('stopped.shop'))?.spec.ipAddress).toBe(address);
    expect(await run('stopped', 'b', 'node2')).toContain(address);
  });

  it('deleted, it gives them back when it has come to its end', async () => {
    for (const name of ['db', 'moving', 'stopped']) await cluster.kube.delete(resources.virtualMachine, `shop/${name}`);
    await cluster.kube.patch(resources.virtualMachineInstance, 'shop/stopped', { metadata: { finalizers: ['example.com/busy'] } });
    await cluster.kube.delete(resources.virtualMachineInstance, 'shop/stopped');
    await running.settled();
    expect(await ip('stopped.shop')).toBeDefined(); // its pod is there
    await remove('stopped-b');
    await eventually(async () => (await ip('stopped.shop')) === undefined);
    expect(await ip('db.shop')).toBeDefined(); // its run is there, and is no machine's any more
    await stop('db', 'd');
    await stop('moving', 'a', 'b');
    await eventually(async () => {
      const { items } = await cluster.kube.list(resources.ip);
      return items.every(({ spec }) => spec.podType !== 'VirtualMachine');
    });
    expect(port('db.shop')).toBeUndefined();
  });

  it('an instance without machine keeps them while it is there', async () => {
    const [address] = await run('lone', 'a', 'node1');
    await remove('lone-a');
    await eventually(() => port('lone.shop') === undefined);
    await running.settled();
    expect((await ip('lone.shop'))?.spec.ipAddress).toBe(address);
    await cluster.kube.delete(resources.virtualMachineInstance, 'shop/lone');
    await eventually(async () => (await ip('lone.shop')) === undefined);
  });

  it('without the right to read them: the controller leads, says so once, and what a machine had stays until machines can be seen', async () => {
    for (const name of ['unseen', 'deleted']) {
      await cluster.kube.create(resources.virtualMachine, machineObject(name));
      await run(name, 'a', 'node1');
      await stop(name, 'a');
    }
    await running.settled();
    await running.stop();

    let isForbidden = true;
    const told: object[] = [];
    const log: Log = { info: () => {}, error: () => {}, debug: () => {}, warn: (fields) => told.push(fields) };
    running = await startController(cluster, [], {
      log,
      kube: (client) => refusing(client, 'kubevirt.io/', () => (isForbidden ? 'forbidden' : undefined)),
    });
    expect(readiness(healthFacts(running.controller))).toEqual({ ok: true, reasons: [] });
    await cluster.kube.create(resources.pod, podObject('beside'));
    await allocated(cluster, 'shop/beside');
    await cluster.kube.delete(resources.virtualMachine, 'shop/deleted');
    await running.settled();
    for (const name of ['unseen', 'deleted']) expect(await ip(`${name}.shop`)).toBeDefined();
    const refused = told.filter((fields) => JSON.stringify(fields).includes('HTTP 403'));
    expect(refused).toHaveLength(2);
    for (const kind of ['virtualMachines', 'virtualMachineInstances']) expect(refused).toContainEqual(expect.objectContaining({ kind }));

    isForbidden = false;
    await eventually(async () => (await ip('deleted.shop')) === undefined, 20_000);
    expect(await ip('unseen.shop')).toBeDefined();
    await cluster.kube.delete(resources.virtualMachine, 'shop/unseen');
    await eventually(async () => (await ip('unseen.shop')) === undefined);
  }, 60_000);

  it('a server that does not know their kinds when a controller starts: what a machine had stays until machines can be seen', async () => {
    for (const name of ['unknown', 'gone']) {
      await cluster.kube.create(resources.virtualMachine, machineObject(name));
      await run(name, 'a', 'node1');
      await stop(name, 'a');
    }
    await running.settled();
    await running.stop();

    let isMissing = true;
    const kube = (client: KubeClient): KubeClient => refusing(client, 'kubevirt.io/', () => (isMissing ? 'missing' : undefined));
    running = await startController(cluster, [], { kube });
    await cluster.kube.delete(resources.virtualMachine, 'shop/gone');
    await cluster.kube.create(resources.pod, podObject('meanwhile'));
    await allocated(cluster, 'shop/meanwhile');
    await running.settled();
    for (const name of ['unknown', 'gone']) expect(await ip(`${name}.shop`)).toBeDefined();

    isMissing = false;
    await eventually(async () => (await ip('gone.shop')) === undefined, 20_000);
    expect(await ip('unknown.shop')).toBeDefined();
    await cluster.kube.delete(resources.virtualMachine, 'shop/unknown');
    await eventually(async () => (await ip('unknown.shop')) === undefined);
  }, 60_000);

  it('--keep-vm-ip=false: each pod has a port and addresses of its own', async () => {
    await running.stop();
    running = await startController(cluster, ['--keep-vm-ip=false']);
    await cluster.kube.create(resources.virtualMachine, machineObject('db'));
    const told = await run('db', 'z', 'node1');
    expect(await ip('virt-launcher-db-z.shop')).toMatchObject({ spec: { podName: 'virt-launcher-db-z', podType: '', ipAddress: told[0] } });
    expect((await allocated(cluster, 'shop/virt-launcher-db-z'))['virtualmachine']).toBeUndefined();
    expect(option('virt-launcher-db-z.shop', 'requested-chassis')).toBeUndefined();
    await stop('db', 'z');
    await eventually(async () => (await ip('virt-launcher-db-z.shop')) === undefined);
  });
});
