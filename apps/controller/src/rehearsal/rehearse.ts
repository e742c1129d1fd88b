/** The first sync of a leader, up to the point where it would be sent: what it would write, and nothing written. */
import type { KubeObject } from '@kube-ovn/api';
import { observe } from '@kube-ovn/dataflow';
import { nbIdentities } from '@kube-ovn/ovn-model';
import { type DatabaseClient, type Operation, type OvsdbError, Planner, type Row } from '@kube-ovn/ovsdb';
import type { Config } from '../config/config.ts';
import { ControllerError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { brakeLimits } from '../sinks/northbound.ts';
import { startTerm, type Term } from '../term.ts';
import { type Controller, wire } from '../wire.ts';
import { rehearsalClient, type Unsent } from './rehearsal-client.ts';

export interface Rehearsal {
  /** In the order in which they would be sent. */
  readonly operations: readonly Operation[];
  /** Rows that bear Kube-OVN's mark and no key of ours, and do not go with the row that holds them. */
  readonly leftAlone: readonly LeftRow[];
  /** Name of a row in OVN, for people. */
  readonly nameOf: (uuid: string) => string;
  /** What OVN could not be made to hold, by who wants it. */
  readonly problems: ReadonlyMap<string, OvsdbError>;
  readonly isBrakeEngaged: boolean;
  readonly writes: readonly Unsent[];
}

/** A row of another controller that stays as it is. */
export interface LeftRow {
  readonly table: string;
  readonly row: Row;
  /** The row that holds it, and by which column; a row of a root table has none. */
  readonly holder: { readonly table: string; readonly name: string; readonly column: string } | undefined;
}

const pollMs = 50;
/** Looks in a row that must find nothing more to do. */
const calmLooks = 4;

/**
 * Watch, compute, compare; send nothing.
 *
 * @throws {ControllerError} CONTROLLER_NOT_READY when Kubernetes or OVN did not answer for this long
 */
export async function rehearse(config: Config, ports: Ports, timeoutMs: number): Promise<Rehearsal> {
  const client = rehearsalClient(ports.kube, (kind, object) => take(kind, object));
  const northbound = silentDatabase(ports.northbound);
  const rehearsed: Ports = { ...ports, kube: client, northbound };
  const controller = wire(config, rehearsed);
  const take = (kind: string, object: KubeObject): void => {
    // What others are made in, and what nobody tells the informers of: the default Vpc and the system Subnets.
    if (kind === 'Vpc') controller.sources.vpcs.upsert(object as never);
    if (kind === 'Subnet') controller.sources.subnets.upsert(object as never);
  };
  const waiting = { ports, deadline: ports.scheduler.now() + timeoutMs };
  let term: Term | undefined;
  try {
    await until(waiting, () => missing(controller));
    const { sources, graph, cells, wanted } = controller;
    const begun = await startTerm({ config, ports: rehearsed, sources, graph, cells, wanted, hasFollowed: false, isRehearsal: true });
    term = begun;
    for (let calm = 0, known = -1; calm < calmLooks; calm += 1) {
      await pause(ports, pollMs);
      await until(waiting, () => (begun.allocation.isBusy ? 'addresses are being allocated' : undefined));
      let isSettled = false;
      void begun.kubernetes.settled().then(() => (isSettled = true));
      await until(waiting, () => (isSettled ? undefined : 'what objects are to say is not complete'));
      if (client.unsent.length !== known) calm = 0;
      known = client.unsent.length;
    }
    return { ...plan(controller, northbound, config), writes: client.unsent };
  } finally {
    await term?.[Symbol.asyncDispose]();
    await controller.stop();
  }
}

function missing({ sources, northbound }: Controller): string | undefined {
  if (!sources.synced.peek()) return `caches are not synced; not followed: ${sources.behind.peek().join(', ')}`;
  return northbound.isLive.peek() ? undefined : 'the replica of OVN Northbound is not live';
}

function plan({ wanted }: Controller, { replica }: DatabaseClient, config: Config): Omit<Rehearsal, 'writes'> {
  const planner = new Planner({ replica, identities: nbIdentities, brake: brakeLimits(config.brakeShare) });
  const owners: string[] = [];
  const observer = observe(wanted.fragments, (owner, fragment) => {
    owners.push(owner);
    planner.want(owner, fragment);
  });
  const { operations } = planner.plan({ maxActions: Infinity });
  const problems = new Map(
    owners.flatMap((owner) => {
      const problem = planner.problems.of(owner);
      return problem === undefined ? [] : [[owner, problem] as const];
    }),
  );
  const { isBrakeEngaged } = planner;
  planner.dispose();
  observer[Symbol.dispose]();
  const nameOf = namesIn(replica);
  return { operations, problems, isBrakeEngaged, leftAlone: leftAlone(replica, operations, nameOf), nameOf };
}

/** Keyed tables: Kube-OVN marks its rows there, but gives them no key. */
function leftAlone(replica: DatabaseClient['replica'], operations: readonly Operation[], nameOf: Rehearsal['nameOf']): readonly LeftRow[] {
  const deleted = new Set(operations.flatMap((operation) => (operation.op === 'delete' ? operation.where.map(([, , uuid]) => uuid) : [])));
  const holders = holdersIn(replica);
  return Object.entries(nbIdentities).flatMap(([table, identity]) =>
    [...replica.rows(table)]
      .filter((row) => identity.keyOf(row) === undefined && isMarked(row))
      .flatMap((row) => {
        const all = holders.get(row._uuid) ?? [];
        const holder = all.find(({ uuid }) => !deleted.has(uuid));
        if (all.length > 0 && holder === undefined) return [];
        return [{ table, row, holder: holder && { table: holder.table, name: nameOf(holder.uuid), column: holder.column } }];
      }),
  );
}

interface Holder {
  readonly table: string;
  readonly uuid: string;
  readonly column: string;
}

/** Which rows refer to a row, by its uuid. */
function holdersIn(replica: DatabaseClient['replica']): ReadonlyMap<string, readonly (Holder & { readonly item: string })[]> {
  const references = Object.keys(nbIdentities).flatMap((table) =>
    [...replica.rows(table)].flatMap((row) =>
      Object.entries(row).flatMap(([column, value]) =>
        Array.isArray(value) ? (value as readonly unknown[]).map((item) => ({ table, uuid: row._uuid, column, item: String(item) })) : [],
      ),
    ),
  );
  return Map.groupBy(references, ({ item }) => item);
}

function isMarked({ external_ids: ids }: Row): boolean {
  return ids instanceof Map && ids.get('vendor') === 'kube-ovn';
}

function namesIn(replica: DatabaseClient['replica']): (uuid: string) => string {
  const names = new Map<string, string>();
  for (const [table, identity] of Object.entries(nbIdentities)) {
    for (const row of replica.rows(table)) {
      const own = typeof row['name'] === 'string' && row['name'] !== '' ? row['name'] : undefined;
      names.set(row._uuid, identity.keyOf(row) ?? own ?? row._uuid);
    }
  }
  return (uuid) => names.get(uuid) ?? uuid;
}

/** Reads, and refuses to write: nothing may ever come here to be sent. */
function silentDatabase(client: DatabaseClient): DatabaseClient {
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'transact' || name === 'request') return () => Promise.reject(rehearsing());
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function rehearsing(): ControllerError {
  return new ControllerError('CONTROLLER_NOT_LEADER', 'a dry run writes nothing');
}

interface Waiting {
  readonly ports: Ports;
  readonly deadline: number;
}

async function until({ ports, deadline }: Waiting, lack: () => string | undefined): Promise<void> {
  for (let lacking = lack(); lacking !== undefined; lacking = lack()) {
    if (ports.scheduler.now() >= deadline) throw new ControllerError('CONTROLLER_NOT_READY', `dry run given up: ${lacking}`);
    await pause(ports, pollMs);
  }
}

function pause({ scheduler }: Ports, ms: number): Promise<void> {
  return new Promise((resolve) => void scheduler.setTimeout(resolve, ms));
}
