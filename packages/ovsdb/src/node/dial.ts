/**
 * Remotes of OVSDB as sockets: the only input and output of this package.
 *
 * @source ovsdb(7), "Active OVSDB connection methods"
 */
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { OvsdbError } from '../errors.ts';
import type { Dial, Transport, TransportEvents } from '../ports.ts';
import { parseRemote } from '../session/remote.ts';
import { explainTlsError, readTlsFiles } from './tls-files.ts';
import type { TlsFiles } from './tls-files.ts';

/** A dialler for "unix:", "tcp:" and, when `tls` is given, "ssl:". */
export function socketDial(tls?: TlsFiles): Dial {
  return (remote, events) => attach(open(remote, tls), events);
}

interface Opening {
  readonly socket: Socket;
  readonly openedBy: 'connect' | 'secureConnect';
  /** An error of the socket in better words. */
  readonly explain?: (error: Error, hasHeard: boolean) => Error;
}

function open(text: string, tls: TlsFiles | undefined): Opening {
  const remote = parseRemote(text);
  switch (remote.kind) {
    case 'unix':
      return { socket: connectTcp({ path: remote.path }), openedBy: 'connect' };
    case 'tcp':
      return { socket: connectTcp({ host: remote.host, port: remote.port, noDelay: true }), openedBy: 'connect' };
    case 'ssl': {
      if (tls === undefined)
        throw new OvsdbError(
          'OVSDB_BAD_REMOTE',
          `${text}: an ssl remote needs the files of a private key, a certificate and a CA certificate`,
        );
      // To load TLS takes as long as to load this package, and most servers are near.
      const socket = process.getBuiltinModule('node:tls').connect({
        host: remote.host,
        port: remote.port,
        ...readTlsFiles(text, tls),
        // OVS certificates carry no host name: what counts is that our CA signed them. @source ovs-pki(8)
        checkServerIdentity: () => undefined,
      });
      socket.setNoDelay(true);
      return { socket, openedBy: 'secureConnect', explain: (error, hasHeard) => explainTlsError(error, tls, hasHeard) };
    }
  }
}

function attach({ socket, openedBy, explain = (error) => error }: Opening, events: TransportEvents): Transport {
  let reason: Error | undefined;
  let destroyed = false;
  let hasHeard = false;
  socket.once(openedBy, () => {
    if (!destroyed) events.opened();
  });
  socket.on('data', (bytes: Uint8Array) => {
    hasHeard = true;
    if (!destroyed) events.received(bytes);
  });
  socket.on('error', (error) => {
    reason ??= explain(error, hasHeard);
  });
  socket.on('close', () => {
    if (!destroyed) events.closed(reason);
  });
  return {
    send(text) {
      socket.write(text, 'utf8');
    },
    destroy() {
      destroyed = true;
      socket.destroy();
    },
  };
}
