/** Services in Vpcs of users, on a real Northbound: which rows there are, and what a change costs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EndpointSlice, Service, Vpc } from '@kube-ovn/api';
import { tables } from '@kube-ovn/ovn-model';
import { type DatabaseClient, rowsOf, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type Objects, type World } from './scenario/world.ts';
import { type DatabaseServer, startDatabaseServer } from './support/database.ts';
import { namespaceObject, subnetObject } from './support/objects.ts';

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const vpc = (name: string, spec: Vpc['spec'] = {}): Vpc => ({ apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name }, spec });

interface Size {
  readonly vpcs: number;
  /** In each Vpc. */
  readonly services: number;
  /** Of the first service of the first Vpc. */
  readonly endpoints: number;
  /** Vpc that the first service of the first is told to be in. */
  readonly moved?: string;
}

/** Every Vpc has the same addresses, and a namespace of its name. */
function objectsOf({ vpcs, services, endpoints, moved }: Size): Objects {
  const places = numbers(vpcs).flatMap((of) => numbers(services).map((index) => ({ namespace: `red-${of}`, of, index })));
  return {
    vpcs: [vpc('ovn-cluster'), ...numbers(vpcs).map((of) => vpc(`red-${of}`, { namespaces: [`red-${of}`], defaultSubnet: `net-${of}` }))],
    subnets: [
      subnetObject('ovn-default', { cidrBlock: '10.16.0.0/16' }),
      ...numbers(vpcs).map((of) => subnetObject(`net-${of}`, { cidrBlock: '10.16.0.0/16', vpc: `red-${of}`, namespaces: [`red-${of}`] })),
    ],
    namespaces: numbers(vpcs).map((of) => namespaceObject(`red-${of}`)),
    nodes: [],
    pods: [],
    services: places.map(({ namespace, of, index }): Service => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: `s${index}`,
        namespace,
        ...(moved !== undefined && of === 0 && index === 0 && { annotations: { 'ovn.kubernetes.io/logical_router': moved } }),
      },
      spec: { clusterIPs: [`10.97.${of}.${index}`], ports: [{ name: 'web', port: 80 }] },
    })),
    endpointSlices: places.map(({ namespace, of, index }): EndpointSlice => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `s${index}-1`, namespace, labels: { 'kubernetes.io/service-name': `s${index}` } },
      addressType: 'IPv4',
      endpoints: numbers(of === 0 && index === 0 ? endpoints : 1).map((each) => ({ addresses: [`10.16.0.${each + 1}`] })),
      ports: [{ name: 'web', protocol: 'TCP', port: 8080 }],
    })),
  };
}

describe('services of Vpcs', () => {
  let directory: string;
  let server: DatabaseServer;
  let client: DatabaseClient;
  let world: World;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ct-vpcs-'));
    server = await startDatabaseServer(directory);
    client = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: selectionOf(Object.values(tables)) });
    await client.replica.waitFor((replica) => replica.state.name === 'live', 5000);
    world = createWorld(client);
  });
  afterEach(async () => {
    await world?.[Symbol.asyncDispose]();
    await client?.close();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const reach = async (size: Size): Promise<number> => {
    const before = world.operations;
    world.apply(objectsOf(size));
    await world.settled();
    return world.operations - before;
  };
  /** Names of load balancers by the name of their group. */
  const groups = (): Readonly<Record<string, readonly string[]>> => {
    const names = new Map<string, string>([...rowsOf(client.replica, tables.loadBalancer)].map(({ _uuid, name }) => [_uuid, name]));
    return Object.fromEntries(
      [...rowsOf(client.replica, tables.loadBalancerGroup)].map(({ name, load_balancer: its }) => [
        name,
        its.map((uuid) => names.get(uuid) ?? '').toSorted(),
      ]),
    );
  };

  it('are in a group of their Vpc, which its switches refer to', async () => {
    await reach({ vpcs: 2, services: 1, endpoints: 1 });
    expect(groups()).toEqual({
      'kube-ovn.services': [],
      'kube-ovn.services.red-0': ['red-0/s0/tcp'],
      'kube-ovn.services.red-1': ['red-1/s0/tcp'],
    });
    const uuids = new Map<string, string>([...rowsOf(client.replica, tables.loadBalancerGroup)].map(({ _uuid, name }) => [_uuid, name]));
    const used = [...rowsOf(client.replica, tables.logicalSwitch)].map(({ name, load_balancer_group: its }) => [
      name,
      its.map((uuid) => uuids.get(uuid)),
    ]);
    expect(Object.fromEntries(used)).toEqual({
      'ovn-default': ['kube-ovn.services'],
      'net-0': ['kube-ovn.services.red-0'],
      'net-1': ['kube-ovn.services.red-1'],
    });
  }, 60_000);

  it('an endpoint is one operation, a move to another Vpc two, among many as among few', async () => {
    const cost = async (size: Omit<Size, 'endpoints'>): Promise<readonly number[]> => {
      await reach({ ...size, endpoints: 1 });
      return [
        await reach({ ...size, endpoints: 2 }),
        await reach({ ...size, endpoints: 2, moved: 'red-1' }),
        await reach({ ...size, endpoints: 2 }),
      ];
    };
    expect(await cost({ vpcs: 2, services: 1 })).toEqual([1, 2, 2]);
    expect(await cost({ vpcs: 20, services: 20 })).toEqual([1, 2, 2]);
  }, 60_000);
});
