/** `ko nb` and `ko sb`: the servers of OVN's databases. */
import type { Command } from 'commander';
import { takeBackup } from '../backup/take.ts';
import { type Context, say } from '../cli/context.ts';
import { KoError } from '../errors.ts';
import { isClustered, soundness } from '../read/databases.ts';
import { clusterStatus, databaseNames } from '../site/cluster.ts';
import { capture } from '../site/place.ts';
import type { DatabaseKind } from '../site/site.ts';
import { restoreCommand } from './restore.ts';

export function databaseCommands(program: Command, context: () => Context): void {
  for (const kind of ['nb', 'sb'] as const) {
    const database = program.command(kind).description(`the servers of ${databaseNames[kind]}`);
    database
      .command('status')
      .description('the members of its cluster, as each sees them')
      .action(() => status(context(), kind));
    database
      .command('dbstatus')
      .description('whether each server has its file, and holds what it should')
      .action(() => dbstatus(context(), kind));
    database
      .command('kick')
      .description('take a server out of the cluster; its machine is gone for good')
      .argument('<server-id>', 'four hexadecimal digits or more of it, from "status"')
      .action((server: string) => kick(context(), kind, server));
    database
      .command('backup')
      .description('write what the leader holds to a file, as a standalone database')
      .argument('[file]', 'a new file', `ovn${kind}_db.${new Date().toISOString().replaceAll(':', '')}.backup`)
      .action((file: string) => backup(context(), kind, file));
    restoreCommand(database, kind, context);
  }
}

async function status(context: Context, kind: DatabaseKind): Promise<void> {
  for (const member of await context.cluster.members(kind)) {
    say(context, `${member.place.name}  ${member.remote}`);
    say(context, (await isClustered(kind, member)) ? await clusterStatus(kind, member) : '  standalone: one server, no cluster\n');
  }
}

async function dbstatus(context: Context, kind: DatabaseKind): Promise<void> {
  let isSound = true;
  for (const member of await context.cluster.members(kind)) {
    const verdict = await soundness(kind, member);
    isSound &&= verdict === undefined;
    say(context, `${member.place.name}  ${member.remote}: ${verdict ?? 'sound'}`);
  }
  context.exitWith(isSound ? 0 : 1);
}

/** @source ovsdb-server(1) cluster/kick */
async function kick(context: Context, kind: DatabaseKind, server: string): Promise<void> {
  const leader = await context.cluster.leader(kind);
  const name = databaseNames[kind];
  if (!(await isClustered(kind, leader))) throw new KoError('KO_USAGE', `${name} has one server, no cluster: there is none to take out`);
  const members = [...(await clusterStatus(kind, leader)).matchAll(/^ +(\S+ \([0-9a-f]+) at /gm)].map(([, member = '']) => `${member})`);
  const isMember = /^[0-9a-f]{4,32}$/.test(server) && members.some((member) => member.includes(`(${server.slice(0, 4)}`));
  if (!isMember) throw new KoError('KO_NOT_FOUND', `no server of ${name} has the id "${server}"; there are ${members.join(', ')}`);
  const { place, control } = leader;
  say(context, (await capture(place, ['ovn-appctl', '-t', control, 'cluster/kick', name, server])).trim());
}

async function backup(context: Context, kind: DatabaseKind, file: string): Promise<void> {
  const size = await takeBackup(context, await context.cluster.leader(kind), kind, file);
  say(context, `${file}: ${size} bytes of ${databaseNames[kind]}`);
}
