import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Node } from '@kube-ovn/api';
import { tables } from '@kube-ovn/ovn-model';
import { type DatabaseClient, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type Objects, type World } from './scenario/world.ts';
import { type DatabaseServer, startDatabaseServer } from './support/database.ts';
import { namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';

const CHASSIS = 'ovn.kubernetes.io/chassis';
const counted = [
  tables.logicalRouter,
  tables.logicalRouterPort,
  tables.logicalRouterPolicy,
  tables.logicalRouterStaticRoute,
  tables.logicalSwitch,
  tables.logicalSwitchPort,
  tables.portGroup,
  tables.addressSet,
  tables.haChassisGroup,
  tables.haChassis,
];

interface Size {
  readonly nodes: number;
  readonly distributed: number;
  readonly centralized: number;
}

/** Of the centralized Subnets each third names the same three gateway nodes. One pod on each node. */
function cluster({ nodes, distributed, centralized }: Size): Objects {
  const node = (n: number): Node => {
    const object = nodeObject(`node${n}`, `192.168.${n >> 8}.${n & 255}`);
    const addresses = [...(object.status?.addresses ?? []), { type: 'InternalIP' as const, address: `fd00:168::${n.toString(16)}` }];
    const metadata = { ...object.metadata, uid: `uid-${n}`, annotations: { [CHASSIS]: `chassis-${n}` } };
    return { ...object, metadata, status: { addresses } };
  };
  const subnet = (n: number): readonly [string, string] => [`s${n}`, `10.${100 + n}.0.0/16,fd00:${100 + n}::/64`];
  const gateways = (n: number): string => [1, 2, 3].map((each) => `node${(n % 3) * 3 + each}`).join(',');
  return {
    vpcs: [{ apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name: 'ovn-cluster' }, spec: {} }],
    namespaces: [namespaceObject('shop')],
    nodes: Array.from({ length: nodes }, (_, n) => node(n + 1)),
    subnets: [
      subnetObject('ovn-default', { cidrBlock: '10.16.0.0/16,fd00:16::/64' }),
      subnetObject('join', { cidrBlock: '100.64.0.0/16,fd00:64::/64' }),
      ...Array.from({ length: distributed }, (_, n) => subnetObject(subnet(n)[0], { cidrBlock: subnet(n)[1] })),
      ...Array.from({ length: centralized }, (_, n) => {
        const [name, cidrBlock] = subnet(distributed + n);
        return subnetObject(name, { cidrBlock, gatewayType: 'centralized', gatewayNode: gateways(n) });
      }),
    ],
    pods: Array.from({ length: nodes }, (_, n) => {
      const object = podObject(`p${n + 1}`, { node: `node${n + 1}` });
      return { ...object, metadata: { ...object.metadata, uid: `uid-p${n}` } };
    }),
  };
}

describe('rows of many nodes and many Subnets', () => {
  let directory: string;
  let server: DatabaseServer;
  let client: DatabaseClient;
  let world: World;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ct-scale-'));
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
    world.apply(cluster(size));
    await world.settled();
    return world.operations - before;
  };
  const rows = (): Readonly<Record<string, number>> =>
    Object.fromEntries(counted.map(({ name }) => [name, [...client.replica.rows(name)].length]));

  it('1,000 nodes and 50 Subnets, both kinds of gateway: each adds its own rows, none are for a node and a Subnet together', async () => {
    const size = { nodes: 1000, distributed: 26, centralized: 24 };
    await reach(size);
    const { nodes, distributed, centralized } = size;
    const subnets = distributed + centralized + 2;
    const orders = 9; // three sets of three nodes, each of which may come first
    expect(rows()).toEqual({
      Logical_Router: 1,
      Logical_Router_Port: subnets + orders,
      // both families of each: to the node and by the node; to the Subnet; out of a centralized one
      Logical_Router_Policy: 2 * (2 * nodes + subnets + centralized),
      Logical_Router_Static_Route: 2,
      Logical_Switch: subnets + 1,
      // routers' sides, nodes, pods, and the port that every node has
      Logical_Switch_Port: subnets + orders + nodes + nodes + 1,
      Port_Group: nodes,
      Address_Set: 0,
      HA_Chassis_Group: orders,
      HA_Chassis: 3 * orders,
    });
  }, 240_000);

  it('one more node or Subnet costs the same among few as among many', async () => {
    const cost = async (size: Size): Promise<readonly number[]> => {
      await reach(size);
      return [
        await reach({ ...size, nodes: size.nodes + 1 }),
        await reach({ ...size, nodes: size.nodes + 1, centralized: size.centralized + 1 }),
      ];
    };
    const few = await cost({ nodes: 10, distributed: 2, centralized: 3 });
    expect(await cost({ nodes: 200, distributed: 20, centralized: 21 })).toEqual(few);
  }, 240_000);
});
