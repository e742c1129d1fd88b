/**
 * A client on real sockets.
 */
import { createClient } from '../session/client.ts';
import type { ClientOptions, DatabaseClient } from '../session/database-client.ts';
import { systemClock } from './clock.ts';
import { socketDial } from './dial.ts';
import type { TlsFiles } from './tls-files.ts';

/** Settings of `openDatabase`. */
export interface OpenOptions extends ClientOptions {
  /** Needed for "ssl:" remotes. */
  readonly tls?: TlsFiles;
}

/**
 * Open a database. Returns at once; `replica.state` tells how far it is; it reconnects for ever, until closed.
 *
 * @throws {OvsdbError} OVSDB_BAD_REMOTE when no remote is given
 */
export function openDatabase(options: OpenOptions): DatabaseClient {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return createClient(options, {
    dial: socketDial(options.tls),
    clock: systemClock,
    random: Math.random,
    decodeUtf8: (bytes) => decoder.decode(bytes),
    decodeAscii: (bytes, from, to) => asBuffer(bytes).toString('latin1', from, to),
  });
}

/** What a socket received is a buffer already. */
function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
