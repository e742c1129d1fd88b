/**
 * Volumes of pods, shared with Open vSwitch: mounted a second time, in the node's folder of sockets.
 */
import { readdirSync, realpathSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cniErrorCodes } from '@kube-ovn/api';
import { bindFolder, isHostError, mountsBelow, releaseFolder } from '@kube-ovn/host';
import { CniFailure } from '../../errors.ts';
import type { VhostUser } from '../attachment/record.ts';

/**
 * Let Open vSwitch see the pod's volume.
 * @throws {CniFailure} 7 when the pod has no such volume, naming those that it has
 */
export function shareVolume({ source, directory, volume }: VhostUser, object: string): void {
  try {
    bindFolder(source, directory);
  } catch (error) {
    removeEmpty(directory);
    if (!isHostError(error, 'HOST_NOT_FOUND')) throw error;
    const present = namesIn(dirname(source));
    throw new CniFailure(
      cniErrorCodes.invalidConfiguration,
      `${object}: vhost_user_socket_volume_name ${JSON.stringify(volume)} is no emptyDir volume of the pod`,
      {
        details: `it has ${present.length === 0 ? 'none' : present.join(', ')}; add the volume, or name another one (looked for ${source}; --kubelet-dir says where kubelet is)`,
        cause: error,
      },
    );
  }
}

/** Let Open vSwitch see it no more. The volume and what is in it stay. */
export function releaseVolume({ directory }: Pick<VhostUser, 'directory'>): void {
  releaseFolder(directory);
  removeEmpty(directory);
}

/**
 * Release what is shared for nobody: its pod went while nobody could tell.
 * @param base the node's folder of sockets
 * @param kept folders below it that are in use
 * @returns what was released
 */
export function sweepVolumes(base: string, kept: ReadonlySet<string>): readonly string[] {
  const root = realOf(base);
  if (root === undefined) return [];
  const isKept = (path: string): boolean => kept.has(base + path.slice(root.length));
  const released = mountsBelow(root).filter((path) => !isKept(path));
  for (const path of released.toReversed()) releaseFolder(path);
  for (const name of namesIn(root)) {
    const folder = join(root, name);
    // a volume is not looked into: what is there is the pod's
    if (isKept(folder)) continue;
    for (const inner of namesIn(folder)) if (!isKept(join(folder, inner))) removeEmpty(join(folder, inner));
    removeEmpty(folder);
  }
  return released.map((path) => join(basename(dirname(path)), basename(path)));
}

/** Remove a folder that is empty, and the one that it alone was in; nothing that holds something. */
function removeEmpty(folder: string): void {
  for (const path of [folder, dirname(folder)]) {
    try {
      rmdirSync(path);
    } catch {
      // in use, not empty, or gone
      return;
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function realOf(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}
