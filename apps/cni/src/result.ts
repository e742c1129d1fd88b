import type { CniAddress, CniDns, CniResponse } from '@kube-ovn/api';
import { isAtLeast } from './versions.ts';

/** What a result says beside the daemon's answer. */
export interface ResultContext {
  readonly cniVersion: string;
  readonly netns: string;
  /** Addresses alone are wanted, by another plugin. */
  readonly isDelegated: boolean;
  readonly dns: CniDns | undefined;
}

/**
 * The success of ADD in the form of a version of the specification.
 *
 * A delegated address management answers without interfaces, and its addresses belong to none.
 * @source CNI specification 1.1.0, "Success" and "Delegated plugins (IPAM)"; 0.4.0 and 0.3.1, "Result"
 */
export function formatResult(response: CniResponse, context: ResultContext): object {
  const { cniVersion, isDelegated } = context;
  const ips = response.ips.map((address) => ({
    ...(isAtLeast(cniVersion, '1.0.0') ? {} : { version: address.protocol === 'IPv6' ? '6' : '4' }),
    address: `${address.ip}/${prefixLength(address)}`,
    ...(address.gateway === undefined ? {} : { gateway: address.gateway }),
    ...(isDelegated ? {} : { interface: POD_INTERFACE }),
  }));
  const shared = { ips, routes: response.routes ?? [], dns: response.dns ?? context.dns ?? {} };
  return isDelegated ? { cniVersion, ...shared } : { cniVersion, interfaces: interfaces(response, context), ...shared };
}

/** Index of the pod's end in `interfaces`. */
const POD_INTERFACE = 1;

function interfaces(response: CniResponse, { cniVersion, netns }: ResultContext): readonly object[] {
  const mtu = response.mtu !== undefined && isAtLeast(cniVersion, '1.1.0') ? { mtu: response.mtu } : {};
  return [
    { name: response.host_nicname ?? '', ...mtu },
    { name: response.nicname ?? '', ...(response.mac_address === undefined ? {} : { mac: response.mac_address }), ...mtu, sandbox: netns },
  ];
}

/** The prefix length comes from the subnet; a host prefix when there is none. */
function prefixLength(address: CniAddress): string {
  return address.cidr.split('/')[1] ?? (address.protocol === 'IPv6' ? '128' : '32');
}
