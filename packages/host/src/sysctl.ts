import { readFileSync, writeFileSync } from 'node:fs';
import { fileError, HostError } from './errors.ts';
import { inNetns, type Netns } from './netns/netns.ts';

/**
 * The file of a sysctl key. A key with "/" keeps its dots, for links such as `eth0.100`.
 * @param key `net.ipv4.ip_forward`, or `net/ipv4/conf/eth0.100/rp_filter`
 * @throws {HostError} HOST_INVALID
 * @source sysctl(8), "variable"
 */
export function sysctlPath(key: string): string {
  const parts = key.includes('/') ? key.split('/') : key.split('.');
  if (parts.length < 2 || parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) {
    throw new HostError('HOST_INVALID', `sysctl ${JSON.stringify(key)}`, 'a key has two or more parts joined by "." or "/"');
  }
  return `/proc/sys/${parts.join('/')}`;
}

/**
 * Read a sysctl key as seen from `ns`.
 * @throws {HostError} HOST_NOT_FOUND, for instance when IPv6 is not in the kernel
 */
export function readSysctl(ns: Netns | undefined, key: string): string {
  const path = sysctlPath(key);
  try {
    return inNetns(ns, () => readFileSync(path, 'utf8').trimEnd());
  } catch (error) {
    throw fileError(error, `sysctl ${key}`, 'read');
  }
}

/**
 * Set a sysctl key in `ns`.
 * @returns false when it has that value already; then nothing is written, so a read-only /proc/sys with the right values is fine
 * @throws {HostError} HOST_NOT_FOUND, HOST_PERMISSION
 */
export function writeSysctl(ns: Netns | undefined, key: string, value: string | number): boolean {
  if (readSysctl(ns, key) === String(value)) return false;
  const path = sysctlPath(key);
  try {
    inNetns(ns, () => writeFileSync(path, String(value)));
    return true;
  } catch (error) {
    throw fileError(error, `sysctl ${key}`, `write ${value}`);
  }
}
