/**
 * Where the socket of a pod's interface is on the node.
 *
 * The folder is the node's: the pod's volume is mounted there, so its name is free, and gives way when the path would be too long.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { shown, type Refusal } from './finding.ts';
import { nameProblems } from './names.ts';

/** A pod's socket. */
export interface VhostSocketName {
  /** The node's folder for all sockets. */
  readonly directory: string;
  readonly uid: string;
  readonly volume: string;
  readonly socket: string;
}

/** Where it is. */
export interface VhostSocket {
  /** The pod's volume is to be mounted there. */
  readonly directory: string;
  readonly path: string;
}

/** Where Kube-OVN has the sockets of pods. */
export const VHOST_SOCKET_DIRECTORY = '/var/run/openvswitch/vhost_sockets';

/** A terminating zero is the 108th. @source unix(7), sun_path */
export const MAX_SOCKET_PATH_BYTES = 107;

const DIGEST_DIGITS = 16;

/**
 * Where a socket is: `DIRECTORY/UID/VOLUME/SOCKET`, as Kube-OVN has it, or `DIRECTORY/DIGEST/SOCKET` where that is too long.
 *
 * Different sockets have different paths, since the parts hold no slash. Undefined when even the short path is longer than 107 bytes. The
 * parts must be ASCII.
 */
export function vhostSocket({ directory, uid, volume, socket }: VhostSocketName): VhostSocket | undefined {
  const folders = [`${directory}/${uid}/${volume}`, `${directory}/${digest(`${uid}/${volume}`, DIGEST_DIGITS)}`];
  const found = folders.find((folder) => folder.length + 1 + socket.length <= MAX_SOCKET_PATH_BYTES);
  return found === undefined ? undefined : { directory: found, path: `${found}/${socket}` };
}

/** A socket, or why there cannot be one. */
export type VhostSocketResult =
  | { readonly ok: true; readonly socket: VhostSocket }
  | { readonly ok: false; readonly refusals: readonly Refusal[] };

/**
 * The same with names that may be anybody's.
 * @param object for messages: `pod shop/web-0`
 */
export function findVhostSocket(object: string, name: VhostSocketName): VhostSocketResult {
  const { directory, uid, volume, socket } = name;
  const refusals = nameProblems(object, { socketDirectory: directory, uid, volume, socket });
  if (refusals.length > 0) return { ok: false, refusals };
  const found = vhostSocket(name);
  return found === undefined ? { ok: false, refusals: [pathTooLong(object, name)] } : { ok: true, socket: found };
}

/** What is wrong with a socket whose path does not fit. */
export function pathTooLong(object: string, { directory, socket }: Pick<VhostSocketName, 'directory' | 'socket'>): Refusal {
  const reason = `a path in ${directory} would be longer than ${MAX_SOCKET_PATH_BYTES} bytes`;
  const remedy = 'give the socket a shorter name, or the node a shorter socketDirectory';
  return { code: 'DPDK_SOCKET_PATH_TOO_LONG', object, field: 'socket', value: shown(socket), reason, remedy };
}

const NAME_DIGITS = 12;

/** Name of a pod's port in Open vSwitch: 15 bytes. */
export function vhostPortName({ uid, volume, socket }: Omit<VhostSocketName, 'directory'>): string {
  return `vhu${digest(`${uid}/${volume}/${socket}`, NAME_DIGITS)}`;
}

function digest(text: string, digits: number): string {
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, digits);
}
