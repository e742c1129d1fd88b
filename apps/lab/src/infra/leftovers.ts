/**
 * What a lab has on the machine at this moment, found by looking and not by remembering: processes by the marker in
 * their environment or by the namespace they sit in, namespaces, mounts and files by name, links by name.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { isNamespaceOf, MARKER, NETNS_DIR, UPLINK_BRIDGE } from './layout.ts';
import { allPids, commandLine, hasEnvironment, networkNamespaceOf } from './proc.ts';

export interface Leftovers {
  readonly processes: readonly { readonly pid: number; readonly command: string }[];
  readonly namespaces: readonly string[];
  readonly links: readonly string[];
  readonly mounts: readonly string[];
  readonly files: readonly string[];
}

/** Where to look; `dir` is the lab's folder. */
export interface LabPlace {
  readonly name: string;
  readonly dir: string;
  /**
   * Links of the root namespace with names that a lab uses too, and that were there before it: somebody's own Open
   * vSwitch. Undefined when nobody knows; then no link is held against the lab.
   */
  readonly linksBefore?: readonly string[] | undefined;
}

/** Names of the lab's network namespaces that exist. */
export function namespacesOf(lab: string): readonly string[] {
  if (!existsSync(NETNS_DIR)) return [];
  return readdirSync(NETNS_DIR)
    .filter((name) => isNamespaceOf(lab, name))
    .toSorted();
}

/** Pids of everything that runs for the lab or inside one of its namespaces; never the caller's own. */
export function processesOf(lab: LabPlace): readonly number[] {
  const inodes = new Set(namespacesOf(lab.name).map(namespaceInode));
  return allPids().filter((pid) => pid !== process.pid && (hasEnvironment(pid, MARKER, lab.dir) || inodes.has(networkNamespaceOf(pid))));
}

function namespaceInode(namespace: string): string | undefined {
  try {
    return `net:[${statSync(join(NETNS_DIR, namespace)).ino}]`;
  } catch {
    return undefined;
  }
}

/** Mount points under the lab's folder or of its namespaces (proc_pid_mountinfo(5), field 5). */
export function mountsOf(lab: LabPlace, mountinfo: string): readonly string[] {
  const points = mountinfo.split('\n').map((line) => line.split(' ')[4] ?? '');
  return points.filter(
    (point) =>
      point.startsWith(`${lab.dir}/`) ||
      point === lab.dir ||
      (/^(\/var)?\/run\/netns\//.test(point) && isNamespaceOf(lab.name, point.slice(point.lastIndexOf('/') + 1))),
  );
}

/** Links of the root namespace that have a name of a lab's links, which must never be there. */
export function linksWithLabNames(): readonly string[] {
  const own = new Set([UPLINK_BRIDGE, 'br-int', 'br-ul', 'br-mg', 'br-trunk', 'ul0', 'mg0', 'mgc', 'ulo', 'ovn0']);
  return Object.keys(networkInterfaces()).filter((name) => own.has(name));
}

/** Look for everything of a lab. */
export function findLeftovers(lab: LabPlace): Leftovers {
  return {
    processes: processesOf(lab).map((pid) => ({ pid, command: commandLine(pid) })),
    namespaces: namespacesOf(lab.name),
    links: lab.linksBefore === undefined ? [] : linksWithLabNames().filter((name) => lab.linksBefore?.includes(name) === false),
    mounts: mountsOf(lab, readFileSync('/proc/self/mountinfo', 'utf8')),
    files: existsSync(lab.dir) ? [lab.dir] : [],
  };
}

/** One line for each leftover; empty when nothing is left. */
export function describeLeftovers(left: Leftovers): readonly string[] {
  return [
    ...left.processes.map(({ pid, command }) => `process ${pid} ${command.slice(0, 120)}`),
    ...left.namespaces.map((name) => `namespace ${name}`),
    ...left.links.map((name) => `link ${name}`),
    ...left.mounts.map((point) => `mount ${point}`),
    ...left.files.map((file) => `file ${file}`),
  ];
}
