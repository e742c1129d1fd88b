/** Which endpoints of a service are asked. */
import type { EndpointInput, ServicePortInput, SliceInput } from './service.ts';
import type { Family } from '@kube-ovn/ipam';

/** Where a connection is sent on to. */
export interface Backend {
  readonly address: string;
  readonly port: number;
}

/** Where somebody asks from. */
export interface Viewpoint {
  /** Name of the Node. */
  readonly node: string;
  /** That the Node is in; empty: in none. @source label topology.kubernetes.io/zone */
  readonly zone: string;
}

/** What is asked for. */
export interface BackendQuestion {
  readonly port: ServicePortInput;
  readonly family: Family;
  /** Only those on the Node of this name. */
  readonly node?: string;
  /** Those that are near, where the endpoints say for whom they are. */
  readonly from?: Viewpoint;
  /** Address at which the service is asked. It is never a backend of itself: NAT that changes nothing ends some versions of Open vSwitch. */
  readonly front?: string;
}

interface Found {
  readonly endpoint: EndpointInput;
  readonly port: number;
}

/**
 * Those that are ready; else those that go away and still answer, so that the last one of a service serves to its end.
 * Once each, and in an order that does not depend on that of the slices.
 * @source KEP-1669, proxy terminating endpoints
 */
export function chooseBackends(question: BackendQuestion, slices: readonly SliceInput[]): readonly Backend[] {
  const found = endpointsOf(question, slices);
  const ready = found.filter(({ endpoint }) => endpoint.isReady);
  if (ready.length === 0) return inOrder(found.filter(({ endpoint }) => endpoint.isDraining));
  return inOrder(question.from === undefined ? ready : nearest(ready, question.from));
}

/** Whether the answer may differ from place to place: every endpoint that is ready says for whom it is. */
export function dependsOnPlace(question: BackendQuestion, slices: readonly SliceInput[]): boolean {
  const ready = endpointsOf(question, slices).filter(({ endpoint }) => endpoint.isReady);
  return ready.length > 0 && (['nodes', 'zones'] as const).some((hint) => ready.every(({ endpoint }) => endpoint[hint] !== undefined));
}

/**
 * By node, where every endpoint names nodes and one of them names this; else by zone likewise; else all.
 * @source kube-proxy, topology by hints of EndpointSlices; KEP-2433, KEP-3015
 */
function nearest(ready: readonly Found[], { node, zone }: Viewpoint): readonly Found[] {
  const choices = [['nodes', node] as const, ['zones', zone] as const];
  for (const [hint, name] of choices) {
    const here = ready.filter(({ endpoint }) => endpoint[hint]?.includes(name) === true);
    if (here.length > 0 && ready.every(({ endpoint }) => endpoint[hint] !== undefined)) return here;
  }
  return ready;
}

function endpointsOf({ port, family, node, front }: BackendQuestion, slices: readonly SliceInput[]): readonly Found[] {
  return slices.flatMap((slice) => {
    if (slice.family !== family) return [];
    const numbers = slice.ports.filter(({ name, protocol }) => name === port.name && protocol === port.protocol);
    const endpoints = slice.endpoints.filter((endpoint) => (node === undefined || endpoint.node === node) && endpoint.address !== front);
    return endpoints.flatMap((endpoint) => numbers.map((number) => ({ endpoint, port: number.port })));
  });
}

function inOrder(found: readonly Found[]): readonly Backend[] {
  const sockets = new Map(found.map(({ endpoint: { address }, port }) => [`${address} ${port}`, { address, port }]));
  return [...sockets.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, backend]) => backend);
}
