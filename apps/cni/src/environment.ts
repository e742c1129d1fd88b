import { cniErrorCodes } from '@kube-ovn/api';
import { CniError } from './errors.ts';

/** Verbs of the specification. */
const VERBS = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION'] as const;
type Verb = (typeof VERBS)[number];

/** The `CNI_*` variables of one call. */
export interface CniEnvironment {
  readonly verb: Verb;
  readonly containerId: string;
  /** Empty when the runtime gives none. */
  readonly netns: string;
  readonly ifName: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly podUid: string;
}

type Reader = (name: string) => string | undefined;

/** Verbs that need a variable; DEL gets along without the last two, so that clean-up never hangs on them. */
const required: readonly (readonly [name: string, verbs: readonly Verb[]])[] = [
  ['CNI_CONTAINERID', ['ADD', 'DEL', 'CHECK']],
  ['CNI_IFNAME', ['ADD', 'DEL', 'CHECK']],
  ['CNI_NETNS', ['ADD', 'CHECK']],
  ['CNI_ARGS', ['ADD', 'CHECK']],
];

const MAX_PATH = 4096;
const MAX_ARGUMENTS = 64 * 1024;

/**
 * Read and check the environment of a call.
 * @throws {CniError} 4, naming the variable
 * @source CNI specification 1.1.0, "Parameters"
 */
export function readEnvironment(read: Reader): CniEnvironment {
  const verb = readVerb(read);
  const missing = required.filter(([name, verbs]) => verbs.includes(verb) && (read(name) ?? '') === '').map(([name]) => name);
  if (missing.length > 0) throw bad(`${verb} needs ${missing.join(', ')}`, 'set by the container runtime');
  const args = readArguments(read('CNI_ARGS') ?? '');
  const podName = args.get('K8S_POD_NAME') ?? '';
  const podNamespace = args.get('K8S_POD_NAMESPACE') ?? '';
  if ((verb === 'ADD' || verb === 'CHECK') && (podName === '' || podNamespace === '')) {
    throw bad('CNI_ARGS needs K8S_POD_NAME and K8S_POD_NAMESPACE', 'as in K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0');
  }
  return {
    verb,
    containerId: readContainerId(read('CNI_CONTAINERID') ?? ''),
    netns: readNetns(read('CNI_NETNS') ?? ''),
    ifName: readIfName(read('CNI_IFNAME') ?? ''),
    podName,
    podNamespace,
    podUid: args.get('K8S_POD_UID') ?? '',
  };
}

function readVerb(read: Reader): Verb {
  const command = read('CNI_COMMAND') ?? '';
  const verb = VERBS.find((known) => known === command);
  if (verb === undefined)
    throw bad(command === '' ? 'CNI_COMMAND is not set' : `CNI_COMMAND ${quote(command)} is unknown`, `one of ${VERBS.join(', ')}`);
  return verb;
}

/** @source CNI specification 1.1.0, "Parameters": alphanumeric, then `_`, `.` or `-` as well */
function readContainerId(id: string): string {
  if (id !== '' && (id.length > 256 || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(id)))
    throw bad(`CNI_CONTAINERID ${quote(id)} is malformed`, 'letters and digits, then also "_", "." and "-"');
  return id;
}

/** @source CNI specification 1.1.0, "Parameters"; linux/if.h IFNAMSIZ */
function readIfName(name: string): string {
  if (name === '.' || name === '..' || Buffer.byteLength(name) > 15 || /[/:\s\0]/.test(name))
    throw bad(`CNI_IFNAME ${quote(name)} is malformed`, 'at most 15 bytes, without "/", ":" and blanks');
  return name;
}

function readNetns(path: string): string {
  if (path !== '' && (!path.startsWith('/') || path.length > MAX_PATH || path.includes('\0')))
    throw bad(`CNI_NETNS ${quote(path)} is malformed`, 'the absolute path of a network namespace');
  return path;
}

/** @source CNI specification 1.1.0, "Parameters": `CNI_ARGS`, key=value pairs joined by ";" */
function readArguments(text: string): ReadonlyMap<string, string> {
  if (text.length > MAX_ARGUMENTS) throw bad('CNI_ARGS is too long', `${text.length} bytes; at most ${MAX_ARGUMENTS}`);
  const pairs = text.split(';').filter((pair) => pair !== '');
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw bad(`CNI_ARGS holds ${quote(pair)}`, 'expected KEY=VALUE pairs joined by ";"');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function bad(message: string, details: string): CniError {
  return new CniError(cniErrorCodes.invalidEnvironment, message, details);
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
