/** What a machine must have before a lab is started on it; checked before anything is made. */
import { accessSync, constants, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { LabError } from '../errors.ts';

/** Programs that the lab runs, each with the Debian package that brings it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'ovsdb-server': 'openvswitch-switch',
  'ovsdb-tool': 'openvswitch-switch',
  'ovsdb-client': 'openvswitch-switch',
  'ovs-vsctl': 'openvswitch-switch',
  'ovs-vswitchd': 'openvswitch-switch',
  'ovn-northd': 'ovn-central',
  'ovn-controller': 'ovn-host',
  ip: 'iproute2',
  ethtool: 'ethtool',
  nft: 'nftables',
  ping: 'iputils-ping',
  nsenter: 'util-linux',
  unshare: 'util-linux',
};

/** Database schemas, by database; the packages put them there. */
export const SCHEMAS = {
  nb: '/usr/share/ovn/ovn-nb.ovsschema',
  sb: '/usr/share/ovn/ovn-sb.ovsschema',
  ovs: '/usr/share/openvswitch/vswitch.ovsschema',
} as const;

/** `PATH` with the folders of administration programs, which Debian leaves out for a user's shell. */
export function searchPath(path: string | undefined): string {
  const folders = (path ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...new Set([...folders, '/usr/sbin', '/usr/bin', '/sbin', '/bin'])].join(delimiter);
}

/** Where a program is, or undefined. */
export function findProgram(program: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * @throws {LabError} LAB_NOT_ROOT, LAB_MISSING_PROGRAM with the packages to install
 */
export function requireMachine(uid: number | undefined, path: string): void {
  if (uid !== 0) {
    throw new LabError('LAB_NOT_ROOT', 'the lab needs root: it makes network namespaces and tap devices; run it with sudo');
  }
  const missing = Object.entries(PROGRAMS).filter(([program]) => findProgram(program, path) === undefined);
  const packages = new Set(missing.map(([, debianPackage]) => debianPackage));
  for (const [database, file] of Object.entries(SCHEMAS)) {
    if (!existsSync(file)) packages.add(database === 'ovs' ? 'openvswitch-switch' : 'ovn-central');
  }
  if (packages.size === 0) return;
  const names = missing.map(([program]) => program);
  throw new LabError(
    'LAB_MISSING_PROGRAM',
    `missing ${names.length > 0 ? names.join(', ') : 'database schemas'}; on Debian: apt-get install ${[...packages].join(' ')}`,
  );
}

/**
 * Check that a loopback port is free; 0 (any) always is.
 *
 * @throws {LabError} LAB_PORT_IN_USE
 */
export async function requirePort(port: number): Promise<void> {
  if (port === 0) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const server = createServer();
  server.once('error', (cause) =>
    reject(
      new LabError('LAB_PORT_IN_USE', `--port ${port}: 127.0.0.1:${port} can't be listened on; choose another, or 0 for any free one`, {
        cause,
      }),
    ),
  );
  server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  return promise;
}
