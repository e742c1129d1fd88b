/** One complete replica in a process of its own; prints its time and memory. Arguments: remote. */
import { openDatabase } from '../src/node/index.ts';

const [remote = ''] = process.argv.slice(2);
const start = performance.now();
const client = openDatabase({ remotes: [remote], database: 'OVN_Northbound', tables: 'all', leaderOnly: false });
await client.replica.waitFor((replica) => replica.state.name === 'live', 120_000);
const ms = performance.now() - start;
const rows = [...(client.replica.schema?.tables.keys() ?? [])].reduce((sum, table) => sum + client.replica.count(table), 0);
process.stdout.write(
  `${JSON.stringify({ ms: Math.round(ms), rows, cpuMs: Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1000), peakMb: Math.round(process.resourceUsage().maxRSS / 1024), settledMb: Math.round(process.memoryUsage().rss / 2 ** 20) })}\n`,
);
await client.close();
