/** The server that a benchmark measures against. */
import { readFileSync } from 'node:fs';
import { openDatabase } from '../src/node/index.ts';
import type { DatabaseClient } from '../src/index.ts';
import { schemaFiles } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { everything } from './bare-monitor.ts';
import type { SchemaJson } from './bare-monitor.ts';

/** A client that can transact, and replicates nothing unless told to. */
export async function connected({ remote }: TestServer, tables: 'all' | Record<string, never> = {}): Promise<DatabaseClient> {
  const client = openDatabase({ remotes: [remote], database: 'OVN_Northbound', tables });
  await client.replica.waitFor(({ state }) => state.name === 'live', 30_000);
  return client;
}

/** Where a server listens. */
export const socketOf = ({ remote }: TestServer): string => remote.slice('unix:'.length);

/** A monitor request for the whole Northbound database. */
export const wholeNorthbound = (): string => everything(JSON.parse(readFileSync(schemaFiles.northbound, 'utf8')) as SchemaJson);
