/** A synchronized Northbound database for tests. */
import { keyedIdentity, namedIdentity, rowRef, singletonIdentity, synchronize } from '../../src/index.ts';
import type { DatabaseClient, Fragment, PlannerOptions, Synchronizer, SynchronizerOptions, TableIdentity } from '../../src/index.ts';
import { openDatabase, systemClock } from '../../src/node/index.ts';

const owner = 'test';

export const identities: Readonly<Record<string, TableIdentity>> = {
  Logical_Switch: namedIdentity({ owner }),
  Logical_Switch_Port: namedIdentity({ owner }),
  Logical_Router: namedIdentity({ owner }),
  Logical_Router_Port: namedIdentity({ owner }),
  Logical_Router_Static_Route: keyedIdentity({ owner }),
  Port_Group: namedIdentity({ owner }),
  Address_Set: namedIdentity({ owner }),
  Load_Balancer: namedIdentity({ owner }),
  ACL: keyedIdentity({ owner }),
  HA_Chassis_Group: namedIdentity({ owner }),
  HA_Chassis: keyedIdentity({ owner }),
  NB_Global: singletonIdentity({ declaredKeys: { options: ['test_a', 'test_b'] } }),
};

export interface Synced extends AsyncDisposable {
  readonly client: DatabaseClient;
  readonly sync: Synchronizer;
}

export async function openNorthbound(remote: string, options: Partial<SynchronizerOptions & PlannerOptions> = {}): Promise<Synced> {
  const client = openDatabase({
    remotes: [remote],
    database: 'OVN_Northbound',
    tables: Object.fromEntries(Object.keys(identities).map((table) => [table, true as const])),
  });
  await client.replica.waitFor((replica) => replica.state.name === 'live', 10_000);
  const sync = synchronize({ client, clock: systemClock, identities, ...options });
  return {
    client,
    sync,
    async [Symbol.asyncDispose]() {
      await sync[Symbol.asyncDispose]();
      await client.close();
    },
  };
}

export function switchFragment(name: string): Fragment {
  return { rows: [{ table: 'Logical_Switch', key: name, columns: { other_config: { mcast_snoop: 'true' } } }], members: [] };
}

export function groupFragment(name: string): Fragment {
  return {
    rows: [
      { table: 'Port_Group', key: name, columns: { ports: [] } },
      { table: 'Address_Set', key: `as_${name}`, columns: { addresses: [] } },
    ],
    members: [],
  };
}

/** A pod: a port on a switch, in groups. */
export function podFragment(
  pod: string,
  options: { readonly network: string; readonly address: string; readonly groups?: readonly string[] },
): Fragment {
  const { network, address, groups = [] } = options;
  return {
    rows: [
      {
        table: 'Logical_Switch_Port',
        key: pod,
        columns: { addresses: [`00:00:00:00:00:01 ${address}`], external_ids: { pod }, options: { 'requested-chassis': 'n1' } },
        parent: { table: 'Logical_Switch', key: network, column: 'ports' },
      },
    ],
    members: groups.flatMap((group) => [
      { table: 'Port_Group', key: group, column: 'ports', set: [rowRef('Logical_Switch_Port', pod)] },
      { table: 'Address_Set', key: `as_${group}`, column: 'addresses', set: [address] },
    ]),
  };
}
