/**
 * The text form of a remote.
 *
 * @source ovsdb(7), "Active OVSDB connection methods"
 */
import { OvsdbError } from '../errors.ts';

/** A remote to connect to. */
export type Remote =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp' | 'ssl'; readonly host: string; readonly port: number };

/** @throws {OvsdbError} OVSDB_BAD_REMOTE saying what form is wanted */
export function parseRemote(text: string): Remote {
  const unix = /^unix:(?<path>.+)$/.exec(text)?.groups;
  if (unix?.['path'] !== undefined) return { kind: 'unix', path: unix['path'] };
  const inet = /^(?<kind>tcp|ssl):(?:\[(?<v6>[0-9a-fA-F:.%a-z]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
  const host = inet?.['v6'] ?? inet?.['host'];
  const port = Number(inet?.['port']);
  if (host === undefined || !(port >= 1 && port <= 65535)) {
    throw new OvsdbError(
      'OVSDB_BAD_REMOTE',
      `"${text}" is no remote: unix:/path, tcp:host:port or ssl:host:port is wanted, an IPv6 address in brackets`,
      { value: text },
    );
  }
  return { kind: inet?.['kind'] === 'ssl' ? 'ssl' : 'tcp', host, port };
}

/** Split "tcp:a:1,tcp:b:2" as the OVN tools accept it. */
export function parseRemotes(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
