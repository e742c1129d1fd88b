/** `status`: what a lab has, and whether it lives. */
import { join } from 'node:path';
import { supervisorOf } from '../infra/infra.ts';
import { STATE_ROOT } from '../infra/layout.ts';
import { namespacesOf, processesOf } from '../infra/leftovers.ts';
import { latestProcesses, readManifest } from '../infra/manifest.ts';
import { isAlive } from '../infra/proc.ts';
import { renderTable } from '../matrix/render.ts';
import type { Print } from './progress.ts';

/** @returns exit code: 0 when the lab is up and all of its processes live, else 1 */
export function status(name: string, print: Print): number {
  const dir = join(STATE_ROOT, name);
  const entries = readManifest(join(dir, 'manifest.jsonl'));
  if (entries.length === 0) {
    const left = namespacesOf(name).length + processesOf({ name, dir }).length;
    print(
      left === 0
        ? `there is no lab ${name}`
        : `there is no lab ${name}, but it has left ${left} namespaces and processes; "down --name ${name}" removes them`,
    );
    return 1;
  }
  const supervisor = supervisorOf({ manifest: join(dir, 'manifest.jsonl') });
  const phase = entries.findLast((entry) => entry.kind === 'phase');
  const kubeconfig = entries.findLast((entry) => entry.kind === 'phase' && entry.phase === 'ready');
  const rows = [...latestProcesses(entries).values()].map((entry) => [
    entry.id,
    String(entry.pid),
    entry.namespace ?? '-',
    isAlive(entry) ? 'running' : 'ended',
  ]);
  const isWhole =
    supervisor !== undefined && phase?.kind === 'phase' && phase.phase === 'ready' && rows.every((row) => row[3] === 'running');
  print(
    `lab ${name}: ${phase?.kind === 'phase' ? phase.phase : 'unknown'}; supervisor ${supervisor === undefined ? 'is dead: "down" removes what it left' : `pid ${supervisor}`}`,
  );
  if (kubeconfig?.kind === 'phase' && kubeconfig.text !== undefined) print(`kubeconfig: ${kubeconfig.text}`);
  print(`namespaces: ${namespacesOf(name).join(' ')}`);
  print(renderTable(['process', 'pid', 'namespace', 'state'], rows));
  return isWhole ? 0 : 1;
}
