/** How mounts pass between the machine and a container. */
import { readFileSync } from 'node:fs';

/**
 * The propagation that a container's mount namespace starts with, from the text of a mountinfo file.
 *
 * `slave`: mounts made outside are seen inside too, and what is unmounted outside is not held here. It can be set only where the
 * root directory is a mount point; in a chroot it is none, and mounts keep the propagation that they have.
 *
 * @source proc(5), /proc/pid/mountinfo; mount_namespaces(7), MS_SLAVE
 */
export function propagationOf(mountinfo: string): 'slave' | 'unchanged' {
  const isMountPoint = mountinfo.split('\n').some((line) => line.split(' ')[4] === '/');
  return isMountPoint ? 'slave' : 'unchanged';
}

/** The propagation for containers that this process starts. */
export function containerPropagation(): 'slave' | 'unchanged' {
  return propagationOf(readFileSync('/proc/self/mountinfo', 'utf8'));
}
