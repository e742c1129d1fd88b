/** Volumes of a pod: `emptyDir` alone, each a folder where kubelet has it. @source kubelet, volume plugin kubernetes.io/empty-dir */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerSpec, PodSpec } from '../pod/types.ts';

/** Where a volume is on the node. */
function folderOf(podDir: string, volume: string): string {
  return join(podDir, 'volumes', 'kubernetes.io~empty-dir', volume);
}

function emptyDirs({ volumes = [] }: PodSpec): readonly string[] {
  return volumes.filter(({ emptyDir }) => emptyDir !== undefined).map(({ name }) => name);
}

/** Make the volumes, before there is a sandbox: plugins may look for them. */
export function makeVolumes(podDir: string, spec: PodSpec): void {
  for (const volume of emptyDirs(spec)) {
    const folder = folderOf(podDir, volume);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    // whoever the container runs as may write there
    chmodSync(folder, 0o777);
  }
}

/** What a container sees: folder on the node and path inside, in pairs. */
export function mountsOf(podDir: string, spec: PodSpec, { volumeMounts = [] }: ContainerSpec): readonly (readonly [string, string])[] {
  const present = new Set(emptyDirs(spec));
  return volumeMounts.filter(({ name }) => present.has(name)).map(({ name, mountPath }) => [folderOf(podDir, name), mountPath] as const);
}
