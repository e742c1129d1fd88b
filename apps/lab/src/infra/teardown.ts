/**
 * Take a lab down, whatever state it is in: running, half started, its supervisor dead, or already gone.
 *
 * It works from what is found on the machine (`leftovers.ts`), so it needs no manifest to be right, may be repeated,
 * and may run beside another that does the same.
 */
import { readFileSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LabError } from '../errors.ts';
import { describeLeftovers, findLeftovers, mountsOf, namespacesOf, processesOf, type LabPlace } from './leftovers.ts';
import { readManifest } from './manifest.ts';
import { runTool } from './tool.ts';
import { pause } from './wait.ts';

export interface TearDownOptions {
  /** how long processes may take to end by themselves; default 500 ms: nothing of a lab is worth saving */
  readonly graceMs?: number;
  /** told what is being done */
  readonly progress?: (text: string) => void;
}

/**
 * Remove every process, namespace, link, mount and file of a lab, and make sure.
 *
 * @returns whether there was anything to remove
 * @throws {LabError} LAB_LEFTOVERS naming what could not be removed
 */
export async function tearDown(place: LabPlace, options: TearDownOptions = {}): Promise<boolean> {
  const lab = { ...place, linksBefore: place.linksBefore ?? linksInManifest(place.dir) };
  const progress = options.progress ?? (() => undefined);
  const before = describeLeftovers(findLeftovers(lab));
  if (before.length === 0) return false;
  await endProcesses(lab, options.graceMs ?? 500, progress);
  const namespaces = namespacesOf(lab.name);
  if (namespaces.length > 0) progress(`removing ${namespaces.length} network namespaces`);
  // 24 at a time: a lab may hold hundreds of pods.
  for (let i = 0; i < namespaces.length; i += 24) {
    await Promise.all(namespaces.slice(i, i + 24).map((name) => runTool(['ip', 'netns', 'delete', name], { accept: [0, 1] })));
  }
  for (const point of mountsOf(lab, readFileSync('/proc/self/mountinfo', 'utf8')).toReversed()) {
    await runTool(['umount', '--lazy', point], { accept: [0, 1, 32] });
  }
  rmSync(lab.dir, { recursive: true, force: true, maxRetries: 3 });
  removeWhenEmpty(dirname(lab.dir));
  const left = describeLeftovers(findLeftovers(lab));
  if (left.length > 0)
    throw new LabError('LAB_LEFTOVERS', `lab ${lab.name}: could not remove:\n  ${left.join('\n  ')}`, { details: { left } });
  return true;
}

async function endProcesses(lab: LabPlace, graceMs: number, progress: (text: string) => void): Promise<void> {
  const first = processesOf(lab);
  if (first.length > 0) progress(`ending ${first.length} processes`);
  signalAll(first, 'SIGTERM');
  // A stopped process would never see SIGTERM.
  signalAll(first, 'SIGCONT');
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline && processesOf(lab).length > 0) await pause(50);
  // What is found now may include children that were born meanwhile; a few rounds end them all.
  for (let round = 0; round < 40; round += 1) {
    const pids = processesOf(lab);
    if (pids.length === 0) return;
    signalAll(pids, 'SIGKILL');
    await pause(50);
  }
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // ESRCH: it ended by itself meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function removeWhenEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EBUSY') throw error;
  }
}

function linksInManifest(dir: string): readonly string[] | undefined {
  const entry = readManifest(join(dir, 'manifest.jsonl')).find(({ kind }) => kind === 'links');
  return entry?.kind === 'links' ? entry.names : undefined;
}
