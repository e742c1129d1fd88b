/**
 * A real RAFT cluster of ovsdb-servers for tests, over unix sockets in a temporary directory.
 *
 * @source ovsdb-tool(1), create-cluster and join-cluster
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { schemaFiles, startTestServer } from './server.ts';
import type { TestServer } from './server.ts';

const run = promisify(execFile);

/** Settings of a test cluster. */
export interface TestClusterOptions {
  /** Default: the Northbound schema. */
  readonly schema?: string;
  /** Default 3. */
  readonly members?: number;
  /** Time without a leader's word after which a member stands for election, in ms; 100 or more. Default: the server's own, 1000. */
  readonly electionTimerMs?: number;
}

/** A running cluster. */
export interface TestCluster extends AsyncDisposable {
  readonly members: readonly TestServer[];
  readonly remotes: readonly string[];
  readonly database: string;
  /** The member that leads now; undefined while there is none. */
  leader(): Promise<TestServer | undefined>;
  stop(): Promise<void>;
}

/** Start a cluster; all members have joined when the promise resolves. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { schema = schemaFiles.northbound, members: count = 3 } = options;
  const directory = await mkdtemp(join(tmpdir(), 'ovsdb-cluster-'));
  const members: TestServer[] = [];
  const stop = async (): Promise<void> => {
    for (const member of members) await member.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const { stdout } = await run('ovsdb-tool', ['schema-name', schema]);
    const database = stdout.trim();
    const address = (i: number): string => `unix:${join(directory, `${i}.raft`)}`;
    for (let i = 0; i < count; i++) {
      const file = join(directory, `${i}.db`);
      await run(
        'ovsdb-tool',
        i === 0 ? ['create-cluster', file, schema, address(0)] : ['join-cluster', file, database, address(i), address(0)],
      );
      const member = await startTestServer({ databases: [file] });
      members.push(member);
      await member.client('wait', member.remote, database, 'connected');
    }
    if (options.electionTimerMs !== undefined) {
      const leader = await findLeader(members, database);
      await leader?.control('cluster/change-election-timer', database, String(options.electionTimerMs));
    }
    return {
      members,
      database,
      remotes: members.map((member) => member.remote),
      leader: () => findLeader(members, database),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function findLeader(members: readonly TestServer[], database: string): Promise<TestServer | undefined> {
  for (const member of members) {
    const status = await member.control('cluster/status', database).catch(() => '');
    if (/^Role: leader$/m.test(status)) return member;
  }
  return undefined;
}
