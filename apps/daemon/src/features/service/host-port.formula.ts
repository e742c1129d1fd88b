/**
 * Host ports of a pod → elements of the node's table of services.
 *
 * Reads: the node's Pods. Wants: connections to these ports of the node end in the pod, and keep the client's address.
 */
import type { HostPort } from '../../inputs/host-port.ts';
import type { Element } from './elements.ts';
import { answer } from './service.formula.ts';

/** Elements of one pod. */
export function hostPortElements(hostPorts: readonly HostPort[]): readonly Element[] {
  return hostPorts.flatMap(({ family, hostAddress, protocol, hostPort, address, port }) => {
    const front = { family, address: hostAddress, protocol, port: hostPort };
    const policy = { front, isOfOutside: false, isLocal: true, stickySeconds: undefined };
    return answer(policy, { backends: [{ address, port }], isServed: true });
  });
}
