/** The servers of OVN's databases, as each of them says that it is. */
import { KoError } from '../errors.ts';
import { type DatabaseMember, databaseNames } from '../site/cluster.ts';
import { capture } from '../site/place.ts';
import type { DatabaseKind } from '../site/site.ts';

/** @source ovsdb(7) table _Server.Database, column model */
export async function isClustered(kind: DatabaseKind, member: DatabaseMember): Promise<boolean> {
  return (await serverRow(kind, member)).model === 'clustered';
}

interface ServerRow {
  readonly model: 'standalone' | 'clustered' | 'relay';
  readonly connected: boolean;
  readonly leader: boolean;
}

async function serverRow(kind: DatabaseKind, { place, remote }: DatabaseMember): Promise<ServerRow> {
  const where = [['name', '==', databaseNames[kind]]];
  const query = ['_Server', { op: 'select', table: 'Database', where, columns: ['model', 'connected', 'leader'] }];
  const [{ rows: [row] = [] } = {}] = JSON.parse(
    await capture(place, ['ovsdb-client', '--timeout=10', 'query', remote, JSON.stringify(query)]),
  ) as readonly { readonly rows?: readonly ServerRow[] }[];
  if (row === undefined) throw new KoError('KO_NOT_FOUND', `${place.name}: ${remote} does not serve ${databaseNames[kind]}`);
  return row;
}

/** @returns what is wrong */
export async function soundness(kind: DatabaseKind, member: DatabaseMember): Promise<string | undefined> {
  const { place, control } = member;
  try {
    const { connected, model } = await serverRow(kind, member);
    const storage = (await capture(place, ['ovn-appctl', '-t', control, 'ovsdb-server/get-db-storage-status', databaseNames[kind]])).trim();
    if (storage !== 'status: ok') return storage;
    return connected ? undefined : `${model}, and not connected to the others`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
