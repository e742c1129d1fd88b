/** The central OVN services: Northbound and Southbound databases and ovn-northd. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { centralRemotes, databaseMembers, type Layout } from './layout.ts';
import { SCHEMAS } from './preconditions.ts';
import type { ProcessSpec, Supervisor } from './supervisor.ts';
import { runTool } from './tool.ts';
import { accepts } from './wait.ts';

export interface DatabaseServer {
  readonly create: readonly string[];
  readonly process: ProcessSpec;
  readonly socket: string;
  readonly database: string;
}

const DATABASES = {
  nb: { database: 'OVN_Northbound', clientPort: 6641, raftPort: 6643 },
  sb: { database: 'OVN_Southbound', clientPort: 6642, raftPort: 6644 },
} as const;

/** The database servers of a lab: two standalone ones, or two clusters of three members. */
export function databaseServers(layout: Layout): readonly DatabaseServer[] {
  return (['nb', 'sb'] as const).flatMap((kind) => databaseMembers(layout).map((member, i) => databaseServer(layout, { kind, member, i })));
}

function databaseServer(layout: Layout, which: { kind: 'nb' | 'sb'; member: string; i: number }): DatabaseServer {
  const { dir, addresses } = layout.central;
  const { database, clientPort, raftPort } = DATABASES[which.kind];
  const id = `${which.kind}${which.member}`;
  const file = join(dir, `${id}.db`);
  const socket = join(dir, `${id}.sock`);
  const local = addresses[which.i] ?? '';
  const first = addresses[0] ?? '';
  const create = !layout.raft
    ? ['ovsdb-tool', 'create', file, SCHEMAS[which.kind]]
    : which.i === 0
      ? ['ovsdb-tool', 'create-cluster', file, SCHEMAS[which.kind], `tcp:${local}:${raftPort}`]
      : ['ovsdb-tool', 'join-cluster', file, database, `tcp:${local}:${raftPort}`, `tcp:${first}:${raftPort}`];
  return {
    create,
    socket,
    database,
    process: {
      id: `central-${id}`,
      namespace: layout.central.namespace,
      env: { OVN_RUNDIR: dir, OVS_RUNDIR: dir },
      argv: [
        // -vconsole before the rest: the daemons print a line while they read their options.
        'ovsdb-server',
        '-vconsole:warn',
        `--remote=punix:${socket}`,
        `--remote=ptcp:${clientPort}:${local}`,
        `--pidfile=${join(dir, `${id}.pid`)}`,
        `--unixctl=${join(dir, `${id}.ctl`)}`,
        file,
      ],
      ready: () => accepts(socket),
    },
  };
}

/** Create and start the databases and northd. */
export async function startCentral(layout: Layout, supervisor: Supervisor): Promise<void> {
  mkdirSync(layout.central.dir, { recursive: true, mode: 0o700 });
  const servers = databaseServers(layout);
  await Promise.all(
    servers.map(async ({ create, process }) => {
      await runTool(create);
      await supervisor.start(process);
    }),
  );
  if (layout.raft) {
    await Promise.all(
      servers.map(({ socket, database }) =>
        runTool(['ovsdb-client', '-t', '30', 'wait', `unix:${socket}`, database, 'connected'], { timeoutMs: 35_000 }),
      ),
    );
  }
  const { dir, namespace } = layout.central;
  const control = join(dir, 'northd.ctl');
  await supervisor.start({
    id: 'central-northd',
    namespace,
    env: { OVN_RUNDIR: dir, OVS_RUNDIR: dir },
    argv: [
      'ovn-northd',
      '-vconsole:warn',
      `--pidfile=${join(dir, 'northd.pid')}`,
      `--unixctl=${control}`,
      `--ovnnb-db=${centralRemotes(layout, 'nb').join(',')}`,
      `--ovnsb-db=${centralRemotes(layout, 'sb').join(',')}`,
    ],
    ready: () => accepts(control),
  });
}
