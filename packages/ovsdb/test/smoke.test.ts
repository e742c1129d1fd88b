import { expect, test } from 'vitest';
import { openDatabase } from '../src/node/index.ts';
import { startTestServer } from '../src/testing/index.ts';

test('client: a row that is inserted is in the replica when the transaction resolves', async () => {
  await using server = await startTestServer();
  await using client = openDatabase({
    remotes: [server.remote],
    database: 'OVN_Northbound',
    tables: { Logical_Switch: true, Logical_Switch_Port: true },
  });
  await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
  const results = await client.transact([
    { op: 'insert', table: 'Logical_Switch_Port', row: { name: 'p1', addresses: ['a', 'b'], external_ids: { k: 'v' } }, uuidName: 'p' },
    { op: 'insert', table: 'Logical_Switch', row: { name: 's1', ports: [{ named: 'p' }] } },
  ]);
  const port = client.replica.row('Logical_Switch_Port', results[0]!.uuid!);
  expect(port).toMatchObject({ name: 'p1', addresses: ['a', 'b'], external_ids: new Map([['k', 'v']]), up: undefined });
  expect(client.replica.row('Logical_Switch', results[1]!.uuid!)).toMatchObject({ ports: [results[0]!.uuid] });
});
