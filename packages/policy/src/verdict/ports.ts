/** Ports: numbers, ranges and names of container ports. */
import type { Flow, Party } from './flow.ts';
import type { AdminPortObject, ClusterProtocolObject, NetworkPolicyPortObject } from './objects.ts';

/** The part of a connection that ports are about. */
export interface Destination {
  readonly flow: Flow;
  /** The receiving end: "ContainerPort" names are its pod's. */
  readonly to: Party;
}

/**
 * Whether a connection is to one of the ports of a NetworkPolicy rule.
 *
 * @source networking.k8s.io/v1 NetworkPolicyPort: protocol "If not specified, this field defaults to TCP"; port "can either be a
 *   numerical or named port on a pod. If this field is not provided, this matches all port names and numbers"; endPort "indicates
 *   that the range of ports from port to endPort if set, inclusive, should be allowed by the policy"
 * @source networking.k8s.io/v1 NetworkPolicyIngressRule.ports: "If this field is empty or missing, this rule matches all ports
 *   (traffic not restricted by port)"
 */
export function isToPolicyPort(ports: readonly NetworkPolicyPortObject[] | undefined, destination: Destination): boolean {
  if (ports === undefined || ports.length === 0) return true;
  return ports.some(({ protocol = 'TCP', port, endPort }) => {
    if (protocol !== destination.flow.protocol) return false;
    if (port === undefined) return true;
    if (typeof port === 'string') return hasNamedPort(destination, port);
    return isBetween(destination.flow.port, port, endPort ?? port);
  });
}

/**
 * Whether a connection is to one of the ports of a v1alpha1 admin rule.
 *
 * @source policy.networking.k8s.io/v1alpha1 AdminNetworkPolicyIngressRule.ports: "If Ports is not set then the rule does not filter
 *   traffic via port"; Port.protocol and PortRange.protocol: "If not specified, this field defaults to TCP"
 */
export function isToAdminPort(ports: readonly AdminPortObject[] | undefined, destination: Destination): boolean {
  if (ports === undefined) return true;
  const { flow } = destination;
  return ports.some(({ portNumber, portRange, namedPort }) => {
    if (portNumber !== undefined) return (portNumber.protocol ?? 'TCP') === flow.protocol && portNumber.port === flow.port;
    if (portRange !== undefined)
      return (portRange.protocol ?? 'TCP') === flow.protocol && isBetween(flow.port, portRange.start, portRange.end);
    return namedPort !== undefined && hasNamedPort(destination, namedPort);
  });
}

/**
 * Whether a connection is by one of the protocols of a v1alpha2 rule.
 *
 * @source policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicyIngressRule.protocols: "If unspecified, protocol-specific attributes
 *   will not be used to match traffic"; DestinationNamedPort "selects a destination port on a pod based on the ContainerPort name"
 */
export function isByProtocol(protocols: readonly ClusterProtocolObject[] | undefined, destination: Destination): boolean {
  if (protocols === undefined) return true;
  const { flow } = destination;
  return protocols.some(({ tcp, udp, sctp, destinationNamedPort }) => {
    if (destinationNamedPort !== undefined) return hasNamedPort(destination, destinationNamedPort);
    for (const [protocol, attributes] of [['TCP', tcp] as const, ['UDP', udp] as const, ['SCTP', sctp] as const]) {
      if (attributes === undefined || protocol !== flow.protocol) continue;
      const port = attributes.destinationPort;
      if (port === undefined) return true;
      if (port.range !== undefined) return isBetween(flow.port, port.range.start, port.range.end);
      return port.number === flow.port;
    }
    return false;
  });
}

/**
 * Whether the connection goes to the port that its receiving pod calls so.
 *
 * @source core/v1 ContainerPort: name "can be referred to by services"; protocol "Defaults to TCP"; Pod.spec.initContainers: with
 *   restartPolicy Always "this init container will be continually restarted on exit until all regular containers have terminated"
 */
function hasNamedPort({ flow, to }: Destination, name: string): boolean {
  const { containers = [], initContainers = [] } = to.pod?.spec ?? {};
  const running = [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')];
  return running
    .flatMap(({ ports = [] }) => ports)
    .some((port) => port.name === name && (port.protocol ?? 'TCP') === flow.protocol && port.containerPort === flow.port);
}

function isBetween(port: number | undefined, low: number, high: number): boolean {
  return port !== undefined && low <= port && port <= high;
}
