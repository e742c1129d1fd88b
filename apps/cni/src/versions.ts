import { cniErrorCodes } from '@kube-ovn/api';
import { CniError } from './errors.ts';

/** Versions of the specification that we answer in, oldest first. 0.3.0 stands in configurations that Kube-OVN's users have. */
export const SUPPORTED_VERSIONS: readonly string[] = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'];

/** The newest of them; VERSION announces it, and errors that come before the configuration is read are in it. */
export const NEWEST_VERSION = '1.1.0';

/** The first version that has a verb. @source CNI specification, release notes of 0.4.0 and 1.1.0 */
const verbSince: Readonly<Record<string, string>> = { CHECK: '0.4.0', GC: '1.1.0', STATUS: '1.1.0' };

/** Whether `version` is one of ours and not older than `since`. */
export function isAtLeast(version: string, since: string): boolean {
  return SUPPORTED_VERSIONS.indexOf(version) >= SUPPORTED_VERSIONS.indexOf(since);
}

/**
 * Refuse a version that we do not speak, and a verb that the version does not have.
 * @throws {CniError} 1, incompatible version
 */
export function checkVersion(version: string, verb: string): void {
  if (!SUPPORTED_VERSIONS.includes(version)) {
    throw new CniError(
      cniErrorCodes.incompatibleVersion,
      `cniVersion "${version.slice(0, 64)}" is not supported`,
      `supported: ${SUPPORTED_VERSIONS.join(', ')}`,
    );
  }
  const since = verbSince[verb];
  if (since !== undefined && !isAtLeast(version, since)) {
    throw new CniError(
      cniErrorCodes.incompatibleVersion,
      `${verb} does not exist in cniVersion ${version}`,
      `set cniVersion to ${since} or newer`,
    );
  }
}
