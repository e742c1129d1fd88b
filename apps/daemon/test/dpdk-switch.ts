/** A real Open_vSwitch database without ovs-vswitchd, whose part the test plays: a bridge, a port of somebody else, some settings. */
import { vswitchTables } from '@kube-ovn/ovn-model';
import { named, rowsOf, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { schemaFiles, startTestServer } from '@kube-ovn/ovsdb/testing';

const { openVswitch, bridge, port, networkInterface } = vswitchTables;

/** The database. */
export interface TestDatabase {
  readonly remote: string;
  otherConfig(): Promise<Readonly<Record<string, string>>>;
  ports(): Promise<readonly string[]>;
  /** As ovs-vswitchd does once DPDK is there. */
  initialize(): Promise<void>;
  /** What ovs-vswitchd says of a port as soon as it is there. */
  answerPort(name: string, row: { readonly error?: string; readonly ofport?: number }): Promise<void>;
  close(): Promise<void>;
}

/** Start one. */
export async function openDatabaseForTest(): Promise<TestDatabase> {
  const server = await startTestServer({ schemas: [schemaFiles.openVswitch] });
  const tables = selectionOf([openVswitch, bridge, port, networkInterface]);
  const client = openDatabase({ remotes: [server.remote], database: 'Open_vSwitch', tables });
  const { replica } = client;
  await replica.waitFor(({ state }) => state.name === 'live');
  await client.transact([
    { op: 'insert', table: 'Interface', row: { name: 'foreign' }, uuidName: 'i' },
    { op: 'insert', table: 'Port', row: { name: 'foreign', interfaces: named('i') }, uuidName: 'p' },
    { op: 'insert', table: 'Bridge', row: { name: 'br-phy', datapath_type: 'netdev', ports: named('p') }, uuidName: 'b' },
    {
      op: 'insert',
      table: 'Open_vSwitch',
      row: {
        bridges: named('b'),
        other_config: new Map([
          ['dpdk-socket-mem', '64'],
          ['mine', 'x'],
        ]),
      },
    },
  ]);
  /** The replica has what was written before. */
  const current = async (): Promise<void> =>
    void (await client.transact([{ op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] }]));
  return {
    remote: server.remote,
    otherConfig: async () => {
      await current();
      return Object.fromEntries([...rowsOf(replica, openVswitch)][0]?.other_config ?? []);
    },
    ports: async () => {
      await current();
      return [...rowsOf(replica, port)].map(({ name }) => name).toSorted();
    },
    initialize: async () =>
      void (await client.transact([{ op: 'update', table: 'Open_vSwitch', where: [], row: { dpdk_initialized: true } }])),
    answerPort: async (name, row) => {
      await replica.waitFor(() => [...rowsOf(replica, networkInterface)].some((each) => each.name === name));
      await client.transact([{ op: 'update', table: 'Interface', where: [['name', '==', name]], row }]);
    },
    close: async () => {
      await client.close();
      await server.stop();
    },
  };
}
