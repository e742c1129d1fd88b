/**
 * Service with a port of SCTP, its EndpointSlices, datapaths of the nodes → what pods are told that will not reach it.
 *
 * The connection tracking of Open vSwitch's userspace datapath knows addresses of SCTP alone (seen with 3.1): what a load balancer of OVN sends to
 * a backend keeps the port that was asked. Where that is the backend's own, and nowhere else, the service works. Nodes ask by the kernel, which knows ports.
 */
import { chooseBackends, type ServiceInput, type ServicePortInput, type SliceInput } from '@kube-ovn/api';
import type { Table } from '@kube-ovn/dataflow';
import type { NodeInput } from '../../inputs/node.ts';

export interface Datapaths {
  readonly nodes: Table<Pick<NodeInput, 'name' | 'chassis'>>;
  /** Types by chassis. */
  readonly datapaths: Table<string>;
}

/** @source ovs-vswitchd.conf.db(5) Bridge.datapath_type */
const USERSPACE = 'netdev';

/** What is wrong, and the way out; reads the datapaths of a Service alone that needs them. */
export function sctpProblem(service: ServiceInput, slices: readonly SliceInput[], datapaths: Datapaths): string | undefined {
  const rewritten = service.ports.flatMap((port) => (port.protocol === 'sctp' ? backendPorts(service, port, slices) : []));
  const [first] = rewritten;
  if (first === undefined) return undefined;
  const nodes = userspaceNodes(datapaths);
  if (nodes.length === 0) return undefined;
  return (
    `Service ${service.key}: spec.ports: SCTP port ${first.port} leads to port ${first.target} of the endpoints, and pods on ${nodes.join(', ')} do not reach it: ` +
    `Open vSwitch's userspace datapath does not rewrite ports of SCTP; give port and targetPort the same number, or ask a node's address and nodePort`
  );
}

/** Pairs of numbers that differ. */
function backendPorts(
  service: ServiceInput,
  port: ServicePortInput,
  slices: readonly SliceInput[],
): readonly { readonly port: number; readonly target: number }[] {
  return [...service.clusterIps, ...service.externalIps].flatMap(({ family, address }) =>
    chooseBackends({ port, family, front: address }, slices)
      .filter((backend) => backend.port !== port.port)
      .map((backend) => ({ port: port.port, target: backend.port })),
  );
}

function userspaceNodes({ nodes, datapaths }: Datapaths): readonly string[] {
  return [...nodes.entries()]
    .filter(([, { chassis }]) => chassis !== undefined && datapaths.get(chassis) === USERSPACE)
    .map(([name]) => name)
    .toSorted();
}
