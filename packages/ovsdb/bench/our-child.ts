/** One complete replica in a process of its own. Arguments: remote, and how many changes of rows to wait for. */
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { say } from './child.ts';

const [remote = '', wanted = '0'] = process.argv.slice(2);
const client = openDatabase({ remotes: [remote], database: 'OVN_Northbound', tables: 'all', leaderOnly: false });
const { replica } = client;
await replica.waitFor(({ state }) => state.name === 'live', 120_000);
let missing = Number(wanted);
replica.onChange((changes) => {
  missing -= changes.length;
  if (missing === 0) say({ done: true });
});
say({ rows: [...(replica.schema?.tables.keys() ?? [])].reduce((sum, table) => sum + replica.count(table), 0) });
if (missing === 0) await client.close();
