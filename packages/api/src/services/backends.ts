/** Which endpoints of a service are asked. */
import type { EndpointInput, ServicePortInput, SliceInput } from './service.ts';
import type { Family } from '@kube-ovn/ipam';

/** Where a connection is sent on to. */
export interface Backend {
  readonly address: string;
  readonly port: number;
}

/** What is asked for. */
export interface BackendQuestion {
  readonly port: ServicePortInput;
  readonly family: Family;
  /** Only those on the Node of this name. */
  readonly node?: string;
  /** Address at which the service is asked. It is never a backend of itself: NAT that changes nothing ends some versions of Open vSwitch. */
  readonly front?: string;
}

/**
 * Those that are ready; else those that go away and still answer, so that the last one of a service serves to its end.
 * Once each, and in an order that does not depend on that of the slices.
 * @source KEP-1669, proxy terminating endpoints
 */
export function chooseBackends({ port, family, node, front }: BackendQuestion, slices: readonly SliceInput[]): readonly Backend[] {
  const found = slices.flatMap((slice) => {
    if (slice.family !== family) return [];
    const numbers = slice.ports.filter(({ name, protocol }) => name === port.name && protocol === port.protocol);
    const endpoints = slice.endpoints.filter((endpoint) => (node === undefined || endpoint.node === node) && endpoint.address !== front);
    return endpoints.flatMap((endpoint) => numbers.map((number) => ({ endpoint, port: number.port })));
  });
  const chosen = (isChosen: (endpoint: EndpointInput) => boolean): readonly Backend[] => {
    const sockets = new Map<string, Backend>();
    for (const { endpoint, port: number } of found)
      if (isChosen(endpoint)) sockets.set(`${endpoint.address} ${number}`, { address: endpoint.address, port: number });
    return [...sockets.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, backend]) => backend);
  };
  const ready = chosen(({ isReady }) => isReady);
  return ready.length > 0 ? ready : chosen(({ isDraining }) => isDraining);
}
