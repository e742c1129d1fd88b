/**
 * Open vSwitch's database as the command `dpdk` writes it: settings of DPDK, and physical ports with a mark of their own, so that the daemon
 * leaves them alone.
 */
import { ovsIdentities, vswitchTables } from '@kube-ovn/ovn-model';
import {
  namedIdentity,
  rowsOf,
  selectionOf,
  singletonIdentity,
  synchronize,
  type DatabaseClient,
  type Fragment,
  type Synchronizer,
} from '@kube-ovn/ovsdb';
import { openDatabase, systemClock } from '@kube-ovn/ovsdb/node';
import { dpdkSettings } from '@kube-ovn/datapath-dpdk';
import type { SwitchSituation } from './render.ts';

/** What is wanted, by owner. */
export type Wanted = Readonly<Record<string, Fragment | undefined>>;

/** The database. */
export interface DpdkSwitch extends AsyncDisposable {
  now(): SwitchSituation;
  /** Write all that is wanted and take away what is not. @returns what could not be written */
  write(wanted: Wanted): Promise<readonly string[]>;
  /** The last thing: put settings back that somebody had before. */
  restore(otherConfig: Readonly<Record<string, string>>): Promise<void>;
  /** What ovs-vswitchd has to say against interfaces, once it has looked at them. */
  errors(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Mark of the ports. */
const OWNER = 'kube-ovn-dpdk';
const LIVE_MS = 10_000;
/** Opening a card takes DPDK a second or two. */
const PORT_MS = 20_000;
const tables = [vswitchTables.openVswitch, vswitchTables.bridge, vswitchTables.port, vswitchTables.networkInterface];

/** Open it. @throws {OvsdbError} when nobody answers */
export async function openDpdkSwitch(remote: string): Promise<DpdkSwitch> {
  const client = openDatabase({ remotes: [remote], database: 'Open_vSwitch', tables: selectionOf(tables), leaderOnly: false });
  const own = namedIdentity({ owner: OWNER, openColumns: ['external_ids', 'other_config'] });
  const identities = {
    Bridge: ovsIdentities['Bridge'] ?? own,
    Port: own,
    Interface: own,
    Open_vSwitch: singletonIdentity({ declaredKeys: { other_config: dpdkSettings } }),
  };
  // before the first content, which it is to see
  const synchronizer = synchronize({ client, identities, clock: systemClock });
  const close = async (): Promise<void> => {
    await synchronizer[Symbol.asyncDispose]();
    await client.close();
  };
  try {
    await client.replica.waitFor(({ state }) => state.name === 'live', LIVE_MS);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    now: () => situation(client),
    write: (wanted) => write(synchronizer, wanted),
    restore: async (otherConfig) => {
      // which would take them away again
      await synchronizer[Symbol.asyncDispose]();
      const map = new Map(Object.entries(otherConfig).filter(([key]) => dpdkSettings.includes(key)));
      if (map.size > 0)
        await client.transact([
          { op: 'mutate', table: vswitchTables.openVswitch.name, where: [], mutations: [['other_config', 'insert', map]] },
        ]);
    },
    errors: (names) => interfaceErrors(client, names),
    [Symbol.asyncDispose]: close,
  };
}

function situation({ replica }: DatabaseClient): SwitchSituation {
  const [root] = rowsOf(replica, vswitchTables.openVswitch);
  return { otherConfig: Object.fromEntries(root?.other_config ?? []), isInitialized: root?.dpdk_initialized === true };
}

async function write(synchronizer: Synchronizer, wanted: Wanted): Promise<readonly string[]> {
  for (const [owner, fragment] of Object.entries(wanted)) synchronizer.want(owner, fragment);
  synchronizer.setReady(true);
  // what is to go was put there by this command, and by nothing else
  synchronizer.releaseBrake();
  await synchronizer.settled();
  return Object.keys(wanted).flatMap((owner) => {
    const problem = synchronizer.problem(owner);
    return problem === undefined ? [] : [`${owner}: ${problem.message}`];
  });
}

async function interfaceErrors({ replica }: DatabaseClient, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = () => [...rowsOf(replica, vswitchTables.networkInterface)].filter(({ name }) => names.includes(name));
  const isLookedAt = (): boolean => rows().every(({ ofport, error }) => ofport !== undefined || (error ?? '') !== '');
  await replica.waitFor(isLookedAt, PORT_MS).catch(() => undefined);
  return new Map(
    rows().flatMap(({ name, error = '', ofport }): (readonly [string, string])[] => {
      if (error !== '') return [[name, error]];
      return ofport === undefined || Number(ofport) < 0 ? [[name, 'ovs-vswitchd has not taken it up; does it run?']] : [];
    }),
  );
}
