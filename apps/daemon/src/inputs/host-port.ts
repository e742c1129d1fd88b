/** Pod → ports of the node that lead to it. */
import type { Pod, TransportProtocol } from '@kube-ovn/api';
import { canonicalAddress, type Family, readAddress } from '@kube-ovn/ipam';

/** A port of the node that leads to a pod. */
export interface HostPort {
  readonly family: Family;
  /** Undefined: any address of the node. */
  readonly hostAddress: string | undefined;
  readonly protocol: TransportProtocol;
  readonly hostPort: number;
  /** The pod's. */
  readonly address: string;
  readonly port: number;
}

/** Values of `hostIP` that stand for all addresses, and of which family. @source core/v1 ContainerPort.hostIP */
const ANY: Readonly<Record<string, readonly Family[]>> = { '': [4, 6], '0.0.0.0': [4], '::': [6] };
const PROTOCOLS = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;

/** Host ports of a pod; none of one that has ended, or uses the node's own network. What cannot be read is as good as absent. */
export function readHostPorts({ spec = {}, status = {} }: Pod): readonly HostPort[] {
  if (spec.hostNetwork === true || status.phase === 'Succeeded' || status.phase === 'Failed') return [];
  const ports = (spec.containers ?? []).flatMap((container) => container.ports ?? []);
  return (status.podIPs ?? []).flatMap(({ ip }) => {
    const pod = addressOf(ip);
    if (pod === undefined) return [];
    return ports.flatMap(({ hostPort = 0, hostIP = '', containerPort, protocol = 'TCP' }): readonly HostPort[] => {
      const families = ANY[hostIP];
      const host = families === undefined ? addressOf(hostIP) : undefined;
      const isOfFamily = families === undefined ? host?.family === pod.family : families.includes(pod.family);
      if (hostPort === 0 || !isOfFamily) return [];
      return [{ ...pod, hostAddress: host?.address, protocol: PROTOCOLS[protocol], hostPort, port: containerPort }];
    });
  });
}

function addressOf(text: string): { readonly family: Family; readonly address: string } | undefined {
  const address = canonicalAddress(text);
  const family = address === undefined ? undefined : readAddress(address)?.family;
  return address === undefined || family === undefined ? undefined : { family, address };
}
