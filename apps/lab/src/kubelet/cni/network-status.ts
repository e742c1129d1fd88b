/** The annotation `k8s.v1.cni.cncf.io/network-status`: what each attachment gave. @source De-facto Standard 1.3, section 4.2 */
import type { CniResult } from './types.ts';

export const NETWORK_STATUS_ANNOTATION = 'k8s.v1.cni.cncf.io/network-status';

export interface AttachedNetwork {
  /** `<namespace>/<name>`, or the configuration's name for the cluster network */
  readonly name: string;
  readonly ifName: string;
  readonly isDefault: boolean;
  readonly result: CniResult;
}

/** Text of the annotation, in the order of the attachments. */
export function networkStatus(attached: readonly AttachedNetwork[]): string {
  return JSON.stringify(
    attached.map(({ name, ifName, isDefault, result }) => {
      const index = (result.interfaces ?? []).findIndex((candidate) => candidate.name === ifName && (candidate.sandbox ?? '') !== '');
      const own = result.interfaces?.[index];
      const ips = (result.ips ?? []).filter((ip) => ip.interface === undefined || index < 0 || ip.interface === index);
      return {
        name,
        interface: ifName,
        ips: ips.map(({ address }) => address.split('/')[0]),
        ...(own?.mac !== undefined && { mac: own.mac }),
        ...(own?.mtu !== undefined && { mtu: own.mtu }),
        ...(isDefault && { default: true }),
        dns: result.dns ?? {},
      };
    }),
  );
}

/** The addresses of the pod's own interface, IPv4 first, without prefix lengths: `status.podIPs`. */
export function podAddresses(result: CniResult, ifName: string): readonly string[] {
  const index = (result.interfaces ?? []).findIndex((candidate) => candidate.name === ifName && (candidate.sandbox ?? '') !== '');
  const addresses = (result.ips ?? [])
    .filter((ip) => ip.interface === undefined || index < 0 || ip.interface === index)
    .map(({ address }) => address.split('/')[0] ?? '');
  return addresses.toSorted((a, b) => Number(a.includes(':')) - Number(b.includes(':')));
}
