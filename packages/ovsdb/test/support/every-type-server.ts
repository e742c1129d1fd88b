/** A real server with one database, of every column type, and a live client of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseClient } from '../../src/index.ts';
import { openDatabase } from '../../src/node/index.ts';
import { startTestServer } from '../../src/testing/index.ts';
import type { TestServer } from '../../src/testing/index.ts';
import { everyTypeSchema } from './every-type.ts';

/** Name of the database. */
export const EVERY_TYPE = 'Every_Type';

export interface EveryTypeServer extends AsyncDisposable {
  readonly server: TestServer;
  readonly client: DatabaseClient;
}

/** @param tables what the client replicates: everything, or nothing */
export async function startEveryType(tables: 'all' | Record<string, never> = 'all'): Promise<EveryTypeServer> {
  const directory = await mkdtemp(join(tmpdir(), 'ovsdb-every-type-'));
  const schema = join(directory, 'every-type.ovsschema');
  await writeFile(schema, JSON.stringify(everyTypeSchema));
  const server = await startTestServer({ schemas: [schema] });
  const client = openDatabase({ remotes: [server.remote], database: EVERY_TYPE, tables });
  await client.replica.waitFor(({ state }) => state.name === 'live', 30_000);
  return {
    server,
    client,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await server.stop();
      await rm(directory, { recursive: true });
    },
  };
}
