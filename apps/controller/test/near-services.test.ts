/** Services that are answered otherwise on each node, on a real Northbound: what a change costs, and what OVN without templates does. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EndpointSlice, type Node, resources, type Service } from '@kube-ovn/api';
import { tables } from '@kube-ovn/ovn-model';
import { type DatabaseClient, rowsOf, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type Objects, type World } from './scenario/world.ts';
import { startCluster } from './support/cluster.ts';
import { startController } from './support/controller.ts';
import { type DatabaseServer, northboundSchema, startDatabaseServer } from './support/database.ts';
import { eventMessage, namespaceObject, nodeObject, subnetObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

interface Size {
  readonly nodes: number;
  readonly services: number;
  readonly zones: number;
}
interface EndpointAt {
  readonly node: number;
  readonly hints?: { readonly forZones: readonly { readonly name: string }[] };
}

const ZONE = 'topology.kubernetes.io/zone';
const zoneOf = (node: number, zones: number): string => `zone-${node % zones}`;

const nodeAt = (number: number, zones: number): Node => {
  const object = nodeObject(`node${number}`, `192.168.${number >> 8}.${number & 255}`);
  const annotations = { 'ovn.kubernetes.io/chassis': `chassis-${number}` };
  return { ...object, metadata: { ...object.metadata, uid: `uid-${number}`, annotations, labels: { [ZONE]: zoneOf(number, zones) } } };
};

const serviceOf = (index: number, change: Service['spec'] = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: `s${index}`, namespace: 'shop' },
  spec: { clusterIPs: [`10.97.${index >> 8}.${index & 255}`], ports: [{ name: 'web', port: 80 }], ...change },
});

const sliceOf = (index: number, endpoints: readonly EndpointAt[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `s${index}-1`, namespace: 'shop', labels: { 'kubernetes.io/service-name': `s${index}` } },
  addressType: 'IPv4',
  endpoints: endpoints.map(({ node, hints }) => ({
    addresses: [`10.16.${node >> 8}.${node & 255}`],
    nodeName: `node${node}`,
    conditions: { ready: true },
    ...(hints !== undefined && { hints }),
  })),
  ports: [{ name: 'web', protocol: 'TCP', port: 8080 }],
});

/** Every service has an endpoint on the first node. */
function objectsOf({ nodes, services, zones }: Size, spec: Service['spec'], ofLast: readonly EndpointAt[] = [{ node: 1 }]): Objects {
  return {
    vpcs: [{ apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: 'ovn-cluster' }, spec: {} }],
    namespaces: [namespaceObject('shop')],
    nodes: Array.from({ length: nodes }, (_, n) => nodeAt(n + 1, zones)),
    subnets: [subnetObject('ovn-default', { cidrBlock: '10.16.0.0/16' }), subnetObject('join', { cidrBlock: '100.64.0.0/16' })],
    pods: [],
    services: Array.from({ length: services }, (_, index) => serviceOf(index, spec)),
    endpointSlices: Array.from({ length: services }, (_, index) => sliceOf(index, index === services - 1 ? ofLast : [{ node: 1 }])),
  };
}

describe('services that are answered otherwise on each node', () => {
  let directory: string;
  let server: DatabaseServer;
  let client: DatabaseClient;
  let world: World;
  const start = async (schema?: string): Promise<void> => {
    server = await startDatabaseServer(directory, schema);
    client = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: selectionOf(Object.values(tables)) });
    await client.replica.waitFor((replica) => replica.state.name === 'live', 5000);
    world = createWorld(client);
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ct-near-'));
  });
  afterEach(async () => {
    await world?.[Symbol.asyncDispose]();
    await client?.close();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** What is sent to OVN on the way there. */
  const reach = async (objects: Objects): Promise<number> => {
    const before = world.operations;
    world.apply(objects);
    await world.settled();
    return world.operations - before;
  };
  const rows = (): readonly number[] =>
    [tables.loadBalancer, tables.chassisTemplateVar].map(({ name }) => [...client.replica.rows(name)].length);
  const local = { internalTrafficPolicy: 'Local' } as const;

  it('rows are one for each service and one for each node; an endpoint costs as much among many as among few', async () => {
    await start();
    const cost = async (size: Size): Promise<readonly number[]> => {
      await reach(objectsOf(size, local));
      expect(rows()).toEqual([size.services, size.nodes]);
      return [
        await reach(objectsOf(size, local, [{ node: 1 }, { node: 2 }])),
        await reach(objectsOf(size, local, [{ node: 1 }])),
        await reach(objectsOf(size, local, [])),
      ];
    };
    // the row of the endpoint's node: what refused there goes, the address and its backends come, and back
    const few = await cost({ nodes: 3, services: 2, zones: 1 });
    expect(few).toEqual([1, 1, 1]);
    expect(await cost({ nodes: 60, services: 40, zones: 1 })).toEqual(few);
  }, 120_000);

  it('an endpoint for a zone costs one operation for each node of that zone', async () => {
    await start();
    const size = { nodes: 9, services: 1, zones: 3 };
    const for1 = (node: number): EndpointAt => ({ node, hints: { forZones: [{ name: zoneOf(node, 3) }] } });
    await reach(objectsOf(size, {}, [for1(1), for1(2)]));
    expect(rows()).toEqual([1, 9]);
    expect(await reach(objectsOf(size, {}, [for1(1), for1(2), for1(4)]))).toBe(
      // zone 1 has one more; zone 0, which has none, asks all
      3 + 3,
    );
    expect(await reach(objectsOf(size, {}, [for1(1), for1(2), for1(4), for1(3)]))).toBe(3);
  }, 60_000);

  it('with OVN that has no templates there are load balancers as any others, and nothing is refused', async () => {
    const schema = join(directory, 'old.ovsschema');
    const { cksum: _, ...old } = JSON.parse(readFileSync(northboundSchema, 'utf8')) as { cksum: string; tables: Record<string, unknown> };
    delete old.tables['Chassis_Template_Var'];
    writeFileSync(schema, JSON.stringify(old));
    await start(schema);
    await reach(objectsOf({ nodes: 2, services: 1, zones: 1 }, local, [{ node: 1 }, { node: 2 }]));
    expect([...rowsOf(client.replica, tables.loadBalancer)].map(({ name, vips }) => [name, Object.fromEntries(vips)])).toEqual([
      ['shop/s0/tcp', { '10.97.0.0:80': '10.16.0.1:8080,10.16.0.2:8080' }],
    ]);
  }, 60_000);
});

describe('OVN without templates', () => {
  it('is told by an event at the services that need them, once', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'ct-old-'));
    const schema = join(directory, 'old.ovsschema');
    const { cksum: _, ...old } = JSON.parse(readFileSync(northboundSchema, 'utf8')) as { cksum: string; tables: Record<string, unknown> };
    delete old.tables['Chassis_Template_Var'];
    writeFileSync(schema, JSON.stringify(old));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rmSync(directory, { recursive: true, force: true }));
    const cluster = await startCluster(schema);
    stack.defer(() => cluster.stop());
    let running = await startController(cluster);
    stack.defer(() => running.stop());
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    const { clusterIPs: _ips, ...spec } = serviceOf(0).spec ?? {};
    await cluster.kube.create(resources.service, { ...serviceOf(0), spec: { ...spec, internalTrafficPolicy: 'Local' } });
    await cluster.kube.create(resources.service, { ...serviceOf(1), spec });
    expect(await eventMessage(cluster, 's0', 'NoTemplates')).toMatch(
      /^Service shop\/s0: spec\.internalTrafficPolicy "Local" holds for nodes, not for pods.*Chassis_Template_Var; install OVN 22\.12/,
    );
    await running.stop();
    running = await startController(cluster);
    await running.settled();
    const told = (await cluster.kube.list(resources.event)).items.filter(({ reason }) => reason === 'NoTemplates');
    expect(told.map(({ involvedObject, count = 1 }) => [involvedObject?.name, count])).toEqual([['s0', 1]]);
    expect(await eventually(() => [...rowsOf(cluster.northbound.replica, tables.loadBalancer)].map(({ name }) => name).toSorted())).toEqual(
      expect.arrayContaining(['shop/s0/tcp', 'shop/s1/tcp']),
    );
  }, 60_000);
});
