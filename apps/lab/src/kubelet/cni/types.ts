/** The words of the CNI specification (version 1.1.0) that a runtime needs. @source CNI SPEC, sections 1, 4 and 5 */

export interface PluginConfig {
  readonly type: string;
  readonly capabilities?: Readonly<Record<string, boolean>>;
  readonly [key: string]: unknown;
}

/** A network configuration list, whole. */
export interface NetworkConfigList {
  readonly cniVersion: string;
  readonly name: string;
  readonly disableCheck?: boolean;
  readonly disableGC?: boolean;
  readonly plugins: readonly PluginConfig[];
}

export interface ResultInterface {
  readonly name: string;
  readonly mac?: string;
  readonly mtu?: number;
  /** path of the network namespace; absent or empty for an interface of the host */
  readonly sandbox?: string;
}

export interface ResultIp {
  /** address with prefix length */
  readonly address: string;
  readonly gateway?: string;
  /** index in `interfaces` */
  readonly interface?: number;
}

export interface CniResult {
  readonly cniVersion?: string;
  readonly interfaces?: readonly ResultInterface[];
  readonly ips?: readonly ResultIp[];
  readonly routes?: readonly { readonly dst: string; readonly gw?: string }[];
  readonly dns?: {
    readonly nameservers?: readonly string[];
    readonly domain?: string;
    readonly search?: readonly string[];
    readonly options?: readonly string[];
  };
}

/** One attachment of a pod to a network: the key of everything that a runtime does (CNI SPEC section 2, parameters). */
export interface Attachment {
  readonly containerId: string;
  /** path of the network namespace; may be empty for DEL */
  readonly netns: string;
  readonly ifName: string;
  /** `CNI_ARGS`, in order */
  readonly args: readonly (readonly [string, string])[];
  /** values for `runtimeConfig`, by capability */
  readonly capabilityArgs: Readonly<Record<string, unknown>>;
}

export type Verb = 'ADD' | 'DEL' | 'CHECK' | 'GC' | 'STATUS';

/** Versions that this runtime speaks, newest first. */
export const SUPPORTED_VERSIONS: readonly string[] = ['1.1.0', '1.0.0', '0.4.0', '0.3.1', '0.3.0'];

/** Compare two `x.y.z` texts; negative when the first is older. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < 3; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
