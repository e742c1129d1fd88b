import { createInterface } from 'node:readline';
import { replicaToText } from '../../../notation/print.ts';
import type { ReplicaView } from '../../../replica/view.ts';
import type { DatabaseClient } from '../../../session/database-client.ts';
import { openDatabase } from '../../open.ts';
import { openOptions } from '../arguments.ts';
import type { Command } from '../command.ts';
import { complainOnce, writeLine } from '../streams.ts';

/** `replica`: a replica that lives through restarts and is printed on demand. */
export const replica: Command = {
  name: 'replica',
  usage: 'REMOTE DATABASE',
  summary: 'keep a live replica; each line "dump" on standard input prints it as JSON',
  details: [
    'Each line "dump" is answered, in order, by one line {TABLE: {UUID: {COLUMN: VALUE}}} with values in the notation of RFC 7047 section',
    '5.1. The answer shows all that the server had committed when the line was read; while the server is away, it waits until the replica',
    'is live again, however long that takes. Ends with the end of input.',
  ],
  examples: ['echo dump | ovsdb replica tcp:10.0.0.1:6641,tcp:10.0.0.2:6641 OVN_Northbound'],
  options: [],
  async run(invocation, streams) {
    await using client = openDatabase(openOptions(invocation, 'all'));
    client.onProblem(complainOnce(streams));
    for await (const line of createInterface({ input: streams.input, crlfDelay: Infinity })) {
      const command = line.trim();
      if (command === 'dump') await writeLine(streams, replicaToText(await current(client)));
      else if (command !== '') streams.complain(`unknown command "${command.slice(0, 40)}": only "dump" is known`);
    }
  },
};

/** A server sends pending updates before it answers, so after an echo the replica holds all that was committed before. */
async function current(client: DatabaseClient): Promise<ReplicaView> {
  for (;;) {
    await client.replica.waitFor(({ state }) => state.name === 'live');
    const { syncs } = client.stats;
    const isAnswered = await client.server.echo().then(
      () => true,
      () => false,
    );
    if (isAnswered && client.replica.state.name === 'live' && client.stats.syncs === syncs) return client.replica.snapshot();
  }
}
