/**
 * `ovsdb replica REMOTE DATABASE`: keeps a live replica through restarts of the server and prints it on demand.
 */
import { createInterface } from 'node:readline';
import { printJson } from '../../json/json.ts';
import { openDatabase } from '../open.ts';
import { replicaToJson } from '../../notation/print.ts';
import type { DatabaseClient } from '../../session/database-client.ts';
import { openOptions } from './arguments.ts';
import type { Invocation } from './arguments.ts';

/** The streams of the command. */
export interface ReplicaStreams {
  readonly input: NodeJS.ReadableStream;
  /** Resolves when the line is written. */
  readonly write: (line: string) => Promise<void>;
  readonly complain: (line: string) => void;
}

/**
 * Every line "dump" prints one line of JSON, `{table: {uuid: {column: value}}}` in RFC 7047 §5.1 notation. It shows everything
 * that the server had committed when the line was read, and waits for the server while it is away. Ends at the end of input.
 */
export async function serveReplica(invocation: Invocation, streams: ReplicaStreams): Promise<void> {
  await using client = openDatabase(openOptions(invocation, 'all'));
  client.onProblem((problem) => streams.complain(problem.message));
  for await (const line of createInterface({ input: streams.input, crlfDelay: Infinity })) {
    const command = line.trim();
    if (command === 'dump') await streams.write(await current(client));
    else if (command !== '') streams.complain(`unknown command "${command.slice(0, 40)}": only "dump" is known`);
  }
}

/** A server sends pending updates before it answers, so after an echo the replica holds all that was committed before. */
async function current(client: DatabaseClient): Promise<string> {
  for (;;) {
    await client.replica.waitFor((replica) => replica.state.name === 'live');
    const { syncs } = client.stats;
    const isAnswered = await client.request('echo', []).then(
      () => true,
      () => false,
    );
    if (isAnswered && client.replica.state.name === 'live' && client.stats.syncs === syncs) return printJson(replicaToJson(client.replica));
  }
}
