/**
 * Fills a replica and counts, in a snapshot of the heap, the objects that its rows are made of. Argument: how many rows. Prints
 * {"repeated", "closures"}: string objects that hold the repeated value, and functions.
 */
import { getHeapSnapshot } from 'node:v8';
import { MonitorReply, NO_TRANSACTION } from '../../src/monitor/monitor-reply.ts';
import { selectColumns } from '../../src/monitor/selection.ts';
import { StringPool } from '../../src/notation/string-pool.ts';
import { DatabaseReplica } from '../../src/replica/replica.ts';
import { parseSchema } from '../../src/schema/parse.ts';

interface HeapSnapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] } };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

// Built at run time, so that no literal of this program is counted.
const repeated = ['chassis', 'of', 'the', 'rows'].join('-');
const rowCount = Number(process.argv[2]);
const type = { key: 'string', value: 'string', min: 0, max: 'unlimited' };
const columns = { name: { type: 'string' }, place: { type: 'string' }, options: { type } };
const schema = parseSchema({ name: 'D', version: '1.0.0', tables: { T: { columns } } });
const replica = new DatabaseReplica('D', { now: () => 0, setTimeout: () => () => undefined });
replica.useSchema(schema, selectColumns(schema, 'all'));
const reply = new MonitorReply('monitor_cond_since', replica, new StringPool());
for (let at = 0; at < rowCount; at++) {
  const uuid = `00000000-0000-0000-0000-${at.toString().padStart(12, '0')}`;
  const row = { name: `row ${at}`, place: repeated, options: ['map', [[repeated, 'x']]] };
  reply.take('{"result":[false,"",{"T":{', JSON.parse(JSON.stringify({ [uuid]: { initial: row } })));
}
reply.finish([false, NO_TRANSACTION, {}]);
if (replica.count('T') !== rowCount) throw new Error(`bug: ${replica.count('T')} rows`);

const chunks: Buffer[] = [];
for await (const chunk of getHeapSnapshot()) chunks.push(chunk as Buffer);
const { snapshot, nodes, strings } = JSON.parse(Buffer.concat(chunks).toString()) as HeapSnapshot;
const { node_fields: fields, node_types: types } = snapshot.meta;
const typeAt = fields.indexOf('type');
const nameAt = fields.indexOf('name');
const counts = { repeated: 0, closures: 0 };
for (let at = 0; at < nodes.length; at += fields.length) {
  const kind = types[0][nodes[at + typeAt] ?? 0];
  if (kind === 'string' && strings[nodes[at + nameAt] ?? 0] === repeated) counts.repeated++;
  if (kind === 'closure') counts.closures++;
}
process.stdout.write(JSON.stringify(counts));
