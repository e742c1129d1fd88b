/** A real ovsdb-server with OVN Northbound's schema. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pause } from './wait.ts';

export interface DatabaseServer {
  readonly remote: string;
  /** Stop and start; what it holds stays. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @source package ovn-central */
export const northboundSchema = '/usr/share/ovn/ovn-nb.ovsschema';

/**
 * @param directory of the test; the database and its socket live there
 * @param schema file; default: that of the installed OVN
 */
export async function startDatabaseServer(directory: string, schema: string = northboundSchema): Promise<DatabaseServer> {
  const socket = join(directory, 'nb.sock');
  execFileSync('ovsdb-tool', ['create', join(directory, 'nb.db'), schema]);
  let running = await launch(directory, socket);
  // as ovn-northd does
  execFileSync('ovn-nbctl', [`--db=unix:${socket}`, '--timeout=5', 'init']);
  return {
    remote: `unix:${socket}`,
    restart: async () => {
      await end(running);
      running = await launch(directory, socket);
    },
    stop: () => end(running),
  };
}

async function launch(directory: string, socket: string): Promise<ChildProcess> {
  const files = [`--remote=punix:${socket}`, `--unixctl=${join(directory, 'nb.ctl')}`, `--log-file=${join(directory, 'nb.log')}`];
  const server = spawn('ovsdb-server', [join(directory, 'nb.db'), '-vconsole:off', ...files], {
    stdio: 'ignore',
    env: { ...process.env, OVS_RUNDIR: directory },
  });
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      execFileSync('ovsdb-client', ['--timeout=2', 'list-dbs', `unix:${socket}`], { stdio: 'ignore' });
      return server;
    } catch {
      await pause(20);
    }
  }
  server.kill('SIGKILL');
  throw new Error('ovsdb-server did not start');
}

/** End a child in order, or by force after three seconds. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await exited;
  clearTimeout(timer);
}
