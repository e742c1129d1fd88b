import { expect, test } from 'vitest';
import { changesOf, column, defineTable } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { startTestServer } from '../src/testing/index.ts';

const logicalSwitch = defineTable('Logical_Switch', { name: column.string() });

test('a stream follows a real server, and closing the client ends it', async () => {
  await using server = await startTestServer();
  const client = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: { Logical_Switch: ['name'] } });
  await client.replica.waitFor(({ state }) => state.name === 'live', 30_000);
  const stream = changesOf(client.replica, logicalSwitch);
  const names: unknown[] = [];
  for (const name of ['blue', 'green']) await client.transact([{ op: 'insert', table: 'Logical_Switch', row: { name } }]);
  await client.close();
  for await (const batch of stream) if (batch.kind === 'changes') names.push(...batch.changes.map(({ after }) => after?.name));
  expect(names).toEqual(['blue', 'green']);
});
