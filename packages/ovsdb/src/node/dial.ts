/**
 * Remotes of OVSDB as sockets: the only input and output of this package.
 *
 * @source ovsdb(7), "Active OVSDB connection methods"
 */
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { OvsdbError } from '../errors.ts';
import type { Dial, Transport, TransportEvents } from '../ports.ts';
import { parseRemote } from '../session/remote.ts';

/** Files of a mutual TLS connection, in PEM. They are read anew for each connection, so that rotation needs no restart. */
export interface TlsFiles {
  readonly privateKey: string;
  readonly certificate: string;
  readonly caCertificate: string;
}

/** A dialler for "unix:", "tcp:" and, when `tls` is given, "ssl:". */
export function socketDial(tls?: TlsFiles): Dial {
  return (remote, events) => attach(open(remote, tls), events);
}

function open(text: string, tls: TlsFiles | undefined): { readonly socket: Socket; readonly openedBy: 'connect' | 'secureConnect' } {
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
      const socket = connectTls({
        host: remote.host,
        port: remote.port,
        key: readFileSync(tls.privateKey),
        cert: readFileSync(tls.certificate),
        ca: readFileSync(tls.caCertificate),
        // OVS certificates carry no host name: what counts is that our CA signed them. @source ovs-pki(8)
        checkServerIdentity: () => undefined,
      });
      socket.setNoDelay(true);
      return { socket, openedBy: 'secureConnect' };
    }
  }
}

function attach(
  { socket, openedBy }: { readonly socket: Socket; readonly openedBy: 'connect' | 'secureConnect' },
  events: TransportEvents,
): Transport {
  let reason: Error | undefined;
  let destroyed = false;
  socket.once(openedBy, () => {
    if (!destroyed) events.opened();
  });
  socket.on('data', (bytes: Uint8Array) => {
    if (!destroyed) events.received(bytes);
  });
  socket.on('error', (error) => {
    reason ??= error;
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
