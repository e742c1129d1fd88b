/**
 * A real Northbound and Southbound database with ovn-northd between them, and ovn-trace to ask where a packet would get to. There is no
 * chassis: ovn-trace needs none.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nbIdentities } from '@kube-ovn/ovn-model';
import { synchronize, type DatabaseClient, type Fragment, type Synchronizer } from '@kube-ovn/ovsdb';
import { openDatabase, systemClock } from '@kube-ovn/ovsdb/node';
import { schemaFiles, startTestServer, type TestServer } from '@kube-ovn/ovsdb/testing';
import { type Flow, usualSourcePort } from '../../src/verdict/flow.ts';
import type { Station } from './topology.ts';
import { Unixctl } from './unixctl.ts';

const run = promisify(execFile);

/** How conntrack sees the packets of a trace. */
export type Tracking = 'new' | 'established';

/** A packet that ovn-trace is to follow. */
export interface TracedPacket {
  readonly flow: Flow;
  readonly source: string;
  readonly destination: string;
  readonly from: Station;
  readonly to: Station;
}

export class TracedOvn implements AsyncDisposable {
  readonly #server: TestServer;
  readonly #northd: ChildProcess;
  readonly #client: DatabaseClient;
  readonly #sync: Synchronizer;
  readonly #owners = new Set<string>();

  private constructor(parts: { server: TestServer; northd: ChildProcess; client: DatabaseClient; sync: Synchronizer }) {
    this.#server = parts.server;
    this.#northd = parts.northd;
    this.#client = parts.client;
    this.#sync = parts.sync;
  }

  static async start(): Promise<TracedOvn> {
    const server = await startTestServer({ schemas: [schemaFiles.northbound, schemaFiles.southbound] });
    const northd = spawn(
      'ovn-northd',
      [`--ovnnb-db=${server.remote}`, `--ovnsb-db=${server.remote}`, `--unixctl=${join(server.directory, 'northd.ctl')}`, '-vconsole:off'],
      { stdio: 'ignore', env: { ...process.env, OVN_RUNDIR: server.directory } },
    );
    const client = openDatabase({
      remotes: [server.remote],
      database: 'OVN_Northbound',
      tables: Object.fromEntries(Object.keys(nbIdentities).map((table) => [table, true as const])),
    });
    await client.replica.waitFor((replica) => replica.state.name === 'live', 10_000);
    const sync = synchronize({ client, clock: systemClock, identities: nbIdentities });
    sync.setReady(true);
    return new TracedOvn({ server, northd, client, sync });
  }

  /**
   * Make these fragments the only ones that are wanted; resolves when the Southbound database shows them.
   *
   * @throws {Error} when the planner reports a problem with one of them
   */
  async apply(fragments: ReadonlyMap<string, Fragment>): Promise<void> {
    for (const owner of this.#owners) if (!fragments.has(owner)) this.#sync.want(owner, undefined);
    this.#owners.clear();
    for (const [owner, fragment] of fragments) {
      this.#owners.add(owner);
      this.#sync.want(owner, fragment);
    }
    this.#sync.releaseBrake();
    await this.#sync.settled();
    for (const owner of fragments.keys()) {
      const problem = this.#sync.problem(owner);
      if (problem !== undefined) throw problem;
      if (!this.#sync.realised(owner)) throw new Error(`${owner} is not realised`);
    }
    await run('ovn-nbctl', [`--db=${this.#server.remote}`, '--timeout=30', '--wait=sb', 'sync']);
  }

  /** Whether each packet arrives at its station. */
  async trace(packets: readonly TracedPacket[], tracking: Tracking): Promise<readonly ('allow' | 'deny')[]> {
    const control = join(this.#server.directory, `trace-${tracking}.ctl`);
    const pidfile = join(this.#server.directory, `trace-${tracking}.pid`);
    // Each ct_next takes the next state that is given; without one, the packet is of an established connection.
    const states = tracking === 'new' ? Array.from({ length: packets.length * maxStatesPerPacket }, () => '--ct=new') : [];
    const args = [`--db=${this.#server.remote}`, '--detach', `--unixctl=${control}`, `--pidfile=${pidfile}`, '-vconsole:off', ...states];
    await run('ovn-trace', args, { env: { ...process.env, OVN_RUNDIR: this.#server.directory } });
    if (!existsSync(control)) throw new Error('ovn-trace did not start');
    const daemon = await Unixctl.open(control);
    const arrived: ('allow' | 'deny')[] = [];
    try {
      for (const packet of packets) {
        const text = await daemon.run('trace', '--minimal', microflow(packet));
        arrived.push(text.includes(`output("${packet.to.port}")`) ? 'allow' : 'deny');
      }
    } finally {
      await daemon.run('exit').catch(() => '');
      daemon.close();
    }
    return arrived;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sync[Symbol.asyncDispose]();
    await this.#client.close();
    await new Promise((resolve) => {
      this.#northd.once('exit', resolve);
      this.#northd.kill('SIGKILL');
    });
    await this.#server.stop();
  }
}

/** Two pipelines on each of two switches. */
const maxStatesPerPacket = 4;

/** @source ovn-trace(8): "microflow should also include ip4.src and ip4.dst (or ip6.src and ip6.dst) and ip.ttl" */
function microflow({ flow, source, destination, from, to }: TracedPacket): string {
  const isLocal = from.switch === to.switch;
  const { family, protocol, port = 0 } = flow;
  const icmp = family === 4 ? ['icmp4.type == 8', 'icmp4.code == 0'] : ['icmp6.type == 128', 'icmp6.code == 0'];
  const name = protocol.toLowerCase();
  return [
    `inport == "${from.port}"`,
    `eth.src == ${from.mac}`,
    `eth.dst == ${isLocal ? to.mac : from.routerMac}`,
    `ip${family}.src == ${source}`,
    `ip${family}.dst == ${destination}`,
    'ip.ttl == 64',
    ...(protocol === 'ICMP' ? icmp : [`${name}.src == ${flow.sourcePort ?? usualSourcePort}`, `${name}.dst == ${port}`]),
  ].join(' && ');
}
