import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EndpointSlice, Service } from '@kube-ovn/api';
import { tables } from '@kube-ovn/ovn-model';
import { type DatabaseClient, rowsOf, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type Objects, type World } from './scenario/world.ts';
import { type DatabaseServer, startDatabaseServer } from './support/database.ts';
import { namespaceObject, nodeObject, subnetObject } from './support/objects.ts';

const SERVICES = 1000;
const ENDPOINTS = 10;

function service(index: number): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `s${index}`, namespace: 'shop' },
    spec: {
      clusterIP: addressOf('10.96', index),
      clusterIPs: [addressOf('10.96', index)],
      ports: [
        { name: 'web', port: 80, protocol: 'TCP' },
        { name: 'admin', port: 8000, protocol: 'TCP' },
      ],
    },
  };
}

function slice(index: number, addresses: readonly string[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `s${index}-1`, namespace: 'shop', labels: { 'kubernetes.io/service-name': `s${index}` } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true, serving: true, terminating: false } })),
    ports: [
      { name: 'web', port: 8080, protocol: 'TCP' },
      { name: 'admin', port: 9090, protocol: 'TCP' },
    ],
  };
}

function addressOf(prefix: string, index: number): string {
  return `${prefix}.${(index >> 8) + 1}.${index & 255}`;
}

/** Of one service; no two services share any. A later generation has other ones. */
function endpointsOf(index: number, generation = 0): readonly string[] {
  return Array.from({ length: ENDPOINTS }, (_, each) => addressOf(`10.${20 + generation}`, index * ENDPOINTS + each));
}

/** The pods whose addresses these are do not matter to OVN's load balancers. */
function cluster(nodes: number, services: ReadonlyMap<string, Service>, slices: ReadonlyMap<string, EndpointSlice>): Objects {
  return {
    vpcs: [{ apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: 'ovn-cluster' }, spec: {} }],
    namespaces: [namespaceObject('shop')],
    nodes: Array.from({ length: nodes }, (_, index) => nodeObject(`node${index}`, `192.168.1.${index}`)),
    subnets: [subnetObject('ovn-default', { cidrBlock: '10.16.0.0/16' }), subnetObject('join', { cidrBlock: '100.64.0.0/16' })],
    pods: [],
    services: [...services.values()],
    endpointSlices: [...slices.values()],
  };
}

describe('1,000 services with ten endpoints each', () => {
  let directory: string;
  let server: DatabaseServer;
  let client: DatabaseClient;
  let world: World;
  const services = new Map<string, Service>();
  const slices = new Map<string, EndpointSlice>();
  let nodes = 10;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ct-services-'));
    server = await startDatabaseServer(directory);
    client = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: selectionOf(Object.values(tables)) });
    await client.replica.waitFor((replica) => replica.state.name === 'live', 5000);
    world = createWorld(client);
    await sent();
  }, 30_000);
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await client?.close();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Make the API hold what there is now: what goes to OVN for it. */
  const sent = async (): Promise<{ readonly transactions: number; readonly operations: number }> => {
    const before = [world.transactions, world.operations] as const;
    world.apply(cluster(nodes, services, slices));
    await world.settled();
    return { transactions: world.transactions - before[0], operations: world.operations - before[1] };
  };
  const endpoints = (index: number, addresses: readonly string[]): unknown => slices.set(`s${index}`, slice(index, addresses));
  const backends = (index: number): Readonly<Record<string, string>> => {
    const row = [...rowsOf(client.replica, tables.loadBalancer)].find(({ name }) => name === `shop/s${index}/tcp`);
    return Object.fromEntries([...(row?.vips ?? [])].map(([vip, text]) => [String(vip), String(text)]));
  };
  const backendsOf = (index: number, generation: number): Readonly<Record<string, string>> => {
    const sockets = (port: number): string =>
      endpointsOf(index, generation)
        .map((address) => `${address}:${port}`)
        .toSorted((a, b) => (a < b ? -1 : 1))
        .join();
    const vip = addressOf('10.96', index);
    return { [`${vip}:80`]: sockets(8080), [`${vip}:8000`]: sockets(9090) };
  };
  const balancers = (): readonly number[] => [
    [...rowsOf(client.replica, tables.loadBalancer)].length,
    ...[...rowsOf(client.replica, tables.loadBalancerGroup)].map((group) => group.load_balancer.length),
  ];
  const references = (): number =>
    [...rowsOf(client.replica, tables.logicalSwitch)].reduce((sum, row) => sum + row.load_balancer.length, 0);

  it('each is one row, inserted if it is not there yet; one operation tells the group of all', async () => {
    for (let index = 0; index < SERVICES; index += 1) {
      services.set(`s${index}`, service(index));
      endpoints(index, endpointsOf(index));
    }
    expect(await sent()).toEqual({ transactions: 1, operations: 2 * SERVICES + 1 });
    expect(balancers()).toEqual([SERVICES, SERVICES]);
  }, 60_000);

  it('rows grow with services alone: forty more nodes add none, and no switch names any', async () => {
    nodes = 50;
    expect((await sent()).operations).toBeGreaterThan(40);
    expect([balancers(), references()]).toEqual([[SERVICES, SERVICES], 0]);
  }, 60_000);

  it('of endpoints that are replaced one after the other, each that comes and each that goes is one operation', async () => {
    const costs: unknown[] = [];
    for (const index of [0, 500, 999]) {
      let now = endpointsOf(index);
      for (const fresh of endpointsOf(index, 1)) {
        for (const next of [
          [...now, fresh],
          [...now.slice(1), fresh],
        ]) {
          endpoints(index, next);
          costs.push(await sent());
        }
        now = [...now.slice(1), fresh];
      }
      expect(backends(index)).toEqual(backendsOf(index, 1));
    }
    expect(costs).toEqual(Array.from({ length: 3 * 2 * ENDPOINTS }, () => ({ transactions: 1, operations: 1 })));
  }, 60_000);

  it('changes that come together go together, still one operation for each service', async () => {
    for (const index of [3, 5, 7]) endpoints(index, endpointsOf(index, 1));
    expect(await sent()).toEqual({ transactions: 1, operations: 3 });
    for (let index = 0; index < SERVICES; index += 1) endpoints(index, endpointsOf(index, 2));
    expect((await sent()).operations).toBe(SERVICES);
    expect(backends(42)).toEqual(backendsOf(42, 2));
  }, 60_000);

  it('what alters nothing costs nothing: slices sent again, in another order, with other annotations; services with other labels', async () => {
    for (let index = 0; index < SERVICES; index += 1) {
      const again = slice(index, endpointsOf(index, 2).toReversed());
      const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' };
      slices.set(`s${index}`, { ...again, metadata: { ...again.metadata, annotations } });
      const { metadata, ...rest } = service(index);
      services.set(`s${index}`, { ...rest, metadata: { ...metadata, annotations: { note: 'other' }, labels: { tier: 'other' } } });
    }
    expect(await sent()).toEqual({ transactions: 0, operations: 0 });
  }, 60_000);

  it('what is gone is one operation, and one tells the group', async () => {
    services.delete('s9');
    slices.delete('s9');
    expect(await sent()).toEqual({ transactions: 1, operations: 2 });
    expect(balancers()).toEqual([SERVICES - 1, SERVICES - 1]);
  }, 60_000);
});
