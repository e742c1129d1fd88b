/**
 * A peer in the process of the test that speaks real frames over real sockets and says what the test tells it to: for what no real
 * server can be made to do. Like ovsdb-server, it can listen on several passive remotes.
 *
 * @source ovsdb(7), "Passive OVSDB connection methods"
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createTcpServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { parseJson, printJson } from '../json/json.ts';
import type { Json } from '../json/json.ts';
import { readMessage } from '../json/rpc.ts';
import { MessageSplitter } from '../json/splitter.ts';
import type { TlsFiles } from '../node/tls-files.ts';
import { withoutBrackets } from './server.ts';

/** What a client asked. */
export interface PeerRequest {
  readonly method: string;
  readonly params: readonly Json[];
  readonly connection: PeerConnection;
}

/** One client of a peer. */
export interface PeerConnection {
  /** Serial number of the client's certificate; undefined without TLS. */
  readonly certificateSerial: string | undefined;
  /** Methods of its requests and notifications, in the order of arrival. */
  readonly methods: readonly string[];
  /** Send a message; bytes and text go out as they are. */
  send(message: Json | Uint8Array): void;
  notify(method: string, params: readonly Json[]): void;
  end(): void;
}

/** The result of a request; `undefined` leaves it without an answer, a throw answers "unknown method". */
export type PeerAnswer = (request: PeerRequest) => Json | undefined;

/** Settings of a peer. */
export interface TestPeerOptions {
  /** "punix:/path", "ptcp:port:host", "pssl:port:host"; port 0 takes a free one. Default: a unix socket in a temporary directory. */
  readonly listen?: readonly string[];
  /** Its key, its certificate and the authority of its clients; needed for "pssl:". */
  readonly tls?: TlsFiles;
  readonly answer: PeerAnswer;
}

/** A running peer. */
export interface TestPeer extends AsyncDisposable {
  /** Where clients reach it, in the order of `listen`. */
  readonly remotes: readonly string[];
  /** Those that are open now. */
  readonly connections: ReadonlySet<PeerConnection>;
  /** Connections so far. */
  readonly connectionCount: number;
  /** May be replaced at any time. */
  answer: PeerAnswer;
}

const LIMITS = { maxMessageBytes: 1 << 28, maxDepth: 100 };

/** Start a peer; it listens when the promise resolves. */
export async function startTestPeer(options: TestPeerOptions): Promise<TestPeer> {
  const directory = await mkdtemp(join(tmpdir(), 'ovsdb-peer-'));
  const peer = new Peer(options, directory);
  try {
    for (const remote of options.listen ?? [`punix:${join(directory, 'db.sock')}`]) await peer.listen(remote);
  } catch (error) {
    await peer[Symbol.asyncDispose]();
    throw error;
  }
  return peer;
}

class Peer implements TestPeer {
  answer: PeerAnswer;
  readonly remotes: string[] = [];
  readonly connections = new Set<PeerConnection>();
  connectionCount = 0;
  readonly #tls: TlsFiles | undefined;
  readonly #directory: string;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  constructor(options: TestPeerOptions, directory: string) {
    this.answer = options.answer;
    this.#tls = options.tls;
    this.#directory = directory;
  }

  async listen(remote: string): Promise<void> {
    const { kind = '', rest = '' } = /^p(?<kind>unix|tcp|ssl):(?<rest>.+)$/.exec(remote)?.groups ?? {};
    const { port, host } = /^(?<port>\d+):(?<host>.+)$/.exec(rest)?.groups ?? {};
    if (kind === '' || (kind !== 'unix' && host === undefined)) throw new Error(`"${remote}" is no passive remote of a test peer`);
    const server = kind === 'ssl' ? this.#tlsServer() : createTcpServer((socket) => this.#accept(socket));
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      if (kind === 'unix') server.listen(rest, resolve);
      else server.listen(Number(port), withoutBrackets(host ?? ''), resolve);
    });
    const address = server.address();
    this.remotes.push(typeof address === 'object' ? `${kind}:${host}:${address?.port}` : `unix:${rest}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
    await rm(this.#directory, { recursive: true, force: true });
  }

  #tlsServer(): Server {
    if (this.#tls === undefined) throw new Error('a test peer on "pssl:" needs the files of its key and certificates');
    const { privateKey, certificate, caCertificate } = this.#tls;
    const files = { key: readFileSync(privateKey), cert: readFileSync(certificate), ca: readFileSync(caCertificate) };
    return createTlsServer({ ...files, requestCert: true, rejectUnauthorized: true }, (socket) => this.#accept(socket));
  }

  #accept(socket: Socket): void {
    this.connectionCount++;
    this.#sockets.add(socket);
    const splitter = new MessageSplitter(LIMITS);
    const methods: string[] = [];
    const connection: PeerConnection = {
      methods,
      certificateSerial: socket instanceof TLSSocket ? socket.getPeerCertificate().serialNumber : undefined,
      send: (message) => socket.write(message instanceof Uint8Array || typeof message === 'string' ? message : printJson(message)),
      notify: (method, params) => connection.send({ id: null, method, params }),
      end: () => socket.destroy(),
    };
    this.connections.add(connection);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.connections.delete(connection);
    });
    socket.on('data', (bytes: Uint8Array) => {
      splitter.push(bytes, (message) => {
        const parsed = readMessage(parseJson(Buffer.from(message.bytes).toString(), message.hasLongNumber));
        if (parsed.kind === 'response') return;
        methods.push(parsed.method);
        if (parsed.kind === 'request') this.#reply(parsed, connection);
      });
    });
  }

  #reply(
    { id, method, params }: { readonly id: Json; readonly method: string; readonly params: readonly Json[] },
    connection: PeerConnection,
  ): void {
    try {
      const result = this.answer({ method, params, connection });
      if (result !== undefined) connection.send({ id, result, error: null });
    } catch (error) {
      connection.send({ id, result: null, error: { error: 'unknown method', details: error instanceof Error ? error.message : method } });
    }
  }
}
