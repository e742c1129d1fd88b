import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type DatabaseClient, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseServer, startDatabaseServer } from '../support/database.ts';
import { dumpNorthbound } from './dump.ts';
import { states } from './states.ts';
import { createWorld, type Objects, type World } from './world.ts';

const stateNames = Object.keys(states);

describe('what OVN holds follows from the objects, not from the path', () => {
  let directory: string;
  let server: DatabaseServer;
  let client: DatabaseClient;
  let world: World;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ct-walk-'));
    server = await startDatabaseServer(directory);
    client = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: selectionOf(Object.values(tables)) });
    await client.replica.waitFor((replica) => replica.state.name === 'live', 5000);
    world = createWorld(client);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await client?.close();
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const golden = (name: string): string => `../golden/${name.replaceAll(' ', '-')}.txt`;
  /** What OVN holds after going there. */
  const reach = async (objects: Objects): Promise<string> => {
    world.apply(objects);
    await world.settled();
    return dumpNorthbound(client.replica);
  };
  const stateOf = (name: string): Objects => states[name]!;
  const reversed = (objects: Objects): Objects => ({
    vpcs: objects.vpcs.toReversed(),
    subnets: objects.subnets.toReversed(),
    namespaces: objects.namespaces.toReversed(),
    nodes: objects.nodes.toReversed(),
    pods: objects.pods.toReversed(),
    networkPolicies: (objects.networkPolicies ?? []).toReversed(),
    securityGroups: (objects.securityGroups ?? []).toReversed(),
    services: objects.services ?? [],
    endpointSlices: (objects.endpointSlices ?? []).toReversed(),
    virtualMachineInstances: objects.virtualMachineInstances ?? [],
  });

  it('forward', async () => {
    for (const name of stateNames) await expect(await reach(stateOf(name))).toMatchFileSnapshot(golden(name));
  }, 60_000);

  it('backward, with the objects of each state in reverse order', async () => {
    for (const name of stateNames.toReversed()) await expect(await reach(reversed(stateOf(name)))).toMatchFileSnapshot(golden(name));
  }, 60_000);

  it('from nothing, and back to nothing', async () => {
    for (const name of stateNames) {
      await expect(await reach(stateOf(name))).toMatchFileSnapshot(golden(name));
      await expect(await reach(stateOf('nothing'))).toMatchFileSnapshot(golden('nothing'));
    }
  }, 60_000);

  it('in any order, with states that nobody waits for in between', async () => {
    const walk = fc.array(fc.record({ name: fc.constantFrom(...stateNames), isWaitedFor: fc.boolean() }), { minLength: 3, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(walk, fc.constantFrom(...stateNames), async (steps, last) => {
        const visited: (readonly [string, string])[] = [];
        for (const { name, isWaitedFor } of [...steps, { name: last, isWaitedFor: true }]) {
          if (isWaitedFor) visited.push([name, await reach(stateOf(name))]);
          else world.apply(stateOf(name));
        }
        for (const [name, found] of visited) await expect(found).toMatchFileSnapshot(golden(name));
      }),
      { numRuns: 12, endOnFailure: true },
    );
  }, 120_000);
});
