/**
 * What the `_Server` database says about one database of a server, and whether that server may be used.
 *
 * @source ovsdb-server(5), table Database of database _Server; ovsdb(7), "Relay Service Model"
 */
import type { Row } from '../notation/value.ts';

/** The row of our database. */
export interface ServerStatus {
  readonly model: string;
  readonly connected: boolean;
  readonly leader: boolean;
  /** Log index of a clustered member. */
  readonly index: bigint;
  /** UUID of its cluster. */
  readonly clusterId: string | undefined;
  readonly hasSchema: boolean;
}

/** Columns of `_Server.Database` that are read. */
export const SERVER_COLUMNS: readonly string[] = ['name', 'model', 'connected', 'leader', 'index', 'cid', 'schema'];

/** Read the row of the database named `database`. */
export function readServerStatus(rows: Iterable<Row>, database: string): ServerStatus | undefined {
  for (const row of rows) {
    if (row['name'] !== database) continue;
    const index = row['index'];
    const model = row['model'];
    const clusterId = row['cid'];
    return {
      model: typeof model === 'string' ? model : 'standalone',
      connected: row['connected'] === true,
      leader: row['leader'] === true,
      index: typeof index === 'number' || typeof index === 'bigint' ? BigInt(index) : 0n,
      clusterId: typeof clusterId === 'string' ? clusterId : undefined,
      hasSchema: row['schema'] !== undefined,
    };
  }
  return undefined;
}

/** Why a server may not be used, or undefined when it may. `minIndex` guards against a member that lags behind what was seen. */
export function unfitReason(
  status: ServerStatus | undefined,
  need: { readonly leaderOnly: boolean; readonly minIndex: bigint },
): string | undefined {
  if (status === undefined) return 'it does not serve this database';
  if (status.model === 'standalone') return undefined;
  const isRelay = status.model === 'relay';
  if (!status.hasSchema) return isRelay ? 'it is a relay that has not reached its source yet' : 'it has not joined its cluster yet';
  if (!status.connected) return isRelay ? 'it is a relay that has lost its source' : 'it has lost its cluster';
  if (need.leaderOnly && !status.leader) return isRelay ? 'it is a relay, and leads nothing (leaderOnly)' : 'it is not the leader';
  if (status.index < need.minIndex) return `its data is stale (index ${status.index}, ${need.minIndex} was seen)`;
  return undefined;
}
