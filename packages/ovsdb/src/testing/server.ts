/**
 * A real ovsdb-server for tests: its own process, database files and unix socket in a temporary directory.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { TlsFiles } from '../node/tls-files.ts';

const run = promisify(execFile);

/** Schemas that the Debian packages ovn-common, ovn-ic-db, openvswitch-common, openvswitch-switch and openvswitch-vtep install. */
export const schemaFiles = {
  northbound: '/usr/share/ovn/ovn-nb.ovsschema',
  southbound: '/usr/share/ovn/ovn-sb.ovsschema',
  interconnectNorthbound: '/usr/share/ovn/ovn-ic-nb.ovsschema',
  interconnectSouthbound: '/usr/share/ovn/ovn-ic-sb.ovsschema',
  openVswitch: '/usr/share/openvswitch/vswitch.ovsschema',
  hardwareVtep: '/usr/share/openvswitch/vtep.ovsschema',
  localConfig: '/usr/share/openvswitch/local-config.ovsschema',
} as const;

/** Settings of a test server. */
export interface TestServerOptions {
  /** Schema files; one database each. Default: the Northbound schema. */
  readonly schemas?: readonly string[];
  /** Existing database files instead of new ones. */
  readonly databases?: readonly string[];
  /** Also listen on TCP on this loopback address and port. */
  readonly tcp?: { readonly host: string; readonly port: number };
  /** More passive remotes, such as "ptcp:0:127.0.0.1" or "pssl:0:[::1]"; port 0 takes a free one and keeps it. */
  readonly listen?: readonly string[];
  /** Its key, its certificate and the authority of its clients; needed for "pssl:". */
  readonly tls?: TlsFiles;
  /** No file of it grows beyond this: a write that would fails, as on a full disk. */
  readonly maxFileBytes?: number;
  /** More arguments for ovsdb-server. */
  readonly args?: readonly string[];
}

/** How a server is ended: at once, or in order. */
export type EndSignal = 'SIGKILL' | 'SIGTERM' | 'SIGINT';

/** A running server. */
export interface TestServer extends AsyncDisposable {
  /** "unix:/..." */
  readonly remote: string;
  /** What `listen` amounts to for clients, in its order: "tcp:127.0.0.1:40001". */
  readonly remotes: readonly string[];
  /** Its directory, removed by `stop`. */
  readonly directory: string;
  readonly pid: number;
  /** Databases are kept; `start` brings it back on the same socket. */
  kill(signal?: EndSignal): Promise<void>;
  start(): Promise<void>;
  /** Run ovsdb-client and return its standard output. */
  client(...args: readonly string[]): Promise<string>;
  /** Run ovs-appctl on it. */
  control(...args: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 10_000;

/** Start a server; it is ready when the promise resolves. Fails with the server's own words when it does not come up. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'ovsdb-test-'));
  const databases = [...(options.databases ?? [])];
  if (options.databases === undefined) {
    for (const schema of options.schemas ?? [schemaFiles.northbound]) {
      const file = join(directory, `${basename(schema, '.ovsschema')}.db`);
      await run('ovsdb-tool', ['create', file, schema]);
      databases.push(file);
    }
  }
  const listen = await Promise.all((options.listen ?? []).map(bindable));
  const server = new Server(directory, databases, { ...options, listen });
  try {
    await server.start();
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return server;
}

class Server implements TestServer {
  readonly remote: string;
  readonly directory: string;
  readonly #databases: readonly string[];
  readonly #options: TestServerOptions;
  readonly #listen: readonly string[];
  #process: ChildProcess | undefined;

  constructor(directory: string, databases: readonly string[], options: TestServerOptions) {
    this.directory = directory;
    this.remote = `unix:${join(directory, 'db.sock')}`;
    this.#databases = databases;
    this.#options = options;
    this.#listen = options.listen ?? [];
  }

  get remotes(): readonly string[] {
    return this.#listen.map((remote) => {
      const [kind = '', port = '', ...host] = remote.split(':');
      return `${kind.slice(1)}:${host.join(':')}:${port}`;
    });
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async start(): Promise<void> {
    const socket = this.remote.slice('unix:'.length);
    await rm(socket, { force: true });
    const { tcp, tls, maxFileBytes, args = [] } = this.#options;
    // The signal for a file that is too large is ignored, so that the write fails instead.
    const limit =
      maxFileBytes === undefined ? [] : ['prlimit', `--fsize=${maxFileBytes}`, 'sh', '-c', 'trap "" XFSZ; exec "$@"', 'ovsdb-server'];
    const [program, ...before] = [...limit, 'ovsdb-server'];
    const child = spawn(
      program,
      [
        ...before,
        ...this.#databases,
        `--remote=p${this.remote}`,
        ...(tcp === undefined ? [] : [`--remote=ptcp:${tcp.port}:${tcp.host}`]),
        ...this.#listen.map((remote) => `--remote=${remote}`),
        ...(tls === undefined
          ? []
          : [`--private-key=${tls.privateKey}`, `--certificate=${tls.certificate}`, `--ca-cert=${tls.caCertificate}`]),
        `--unixctl=${join(this.directory, 'ctl')}`,
        '-vconsole:warn',
        ...args,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, OVS_RUNDIR: this.directory, OVS_LOGDIR: this.directory } },
    );
    this.#process = child;
    let words = '';
    child.stderr?.on('data', (bytes: Buffer) => (words = (words + bytes.toString()).slice(-4000)));
    let ended = false;
    child.once('exit', () => (ended = true));
    child.once('error', (error) => {
      ended = true;
      words += error.message;
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!existsSync(socket) || !existsSync(join(this.directory, 'ctl'))) {
      if (ended || Date.now() > deadline) throw new Error(`ovsdb-server did not start: ${words}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  kill(signal: EndSignal = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  }

  async client(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('ovsdb-client', ['--timeout=60', ...args], { maxBuffer: 1 << 28 });
    return stdout;
  }

  async control(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('ovs-appctl', ['--timeout=20', '-t', join(this.directory, 'ctl'), ...args]);
    return stdout;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** A passive remote whose port 0 is replaced by one that is free now. */
async function bindable(remote: string): Promise<string> {
  const zero = /^(?<kind>p(?:tcp|ssl)):0:(?<host>.+)$/.exec(remote)?.groups;
  const host = zero?.['host'];
  if (host === undefined) return remote;
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, withoutBrackets(host), resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return `${zero?.['kind']}:${typeof address === 'object' ? address?.port : 0}:${host}`;
}

/** The address in "[::1]". */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(?<address>.*)\]$/, '$<address>');
}
