/** Ports and protocols of rules → Port. */
import type { Port, Protocol } from '../model.ts';
import type { AdminPort, ClusterPort, ClusterProtocol, NetworkPolicyPort } from './objects.ts';
import { below, complain, type Field } from './report.ts';

const maxPort = 65_535;

/** @source networking.k8s.io/v1 NetworkPolicyPort: protocol defaults to TCP; endPort goes with a numeric port alone */
export function readPolicyPort(field: Field, { protocol: own, port, endPort }: NetworkPolicyPort): Port | undefined {
  const protocol = readProtocol(below(field, 'protocol'), own);
  if (protocol === undefined) return undefined;
  if (port === undefined) {
    return endPort === undefined ? { kind: 'protocol', protocol } : complain(below(field, 'endPort'), endPort, 'state port as well');
  }
  if (typeof port !== 'string') return readRange(field, { protocol, first: port, last: endPort ?? port });
  if (endPort !== undefined) return complain(below(field, 'endPort'), endPort, 'leave it out with a port that is a name');
  return { kind: 'name', name: port, protocol };
}

/** @source policy.networking.k8s.io/v1alpha1 AdminNetworkPolicyPort */
export function readAdminPort(field: Field, { portNumber, portRange, namedPort }: AdminPort): Port | undefined {
  if (namedPort !== undefined) return { kind: 'name', name: namedPort };
  const path = below(field, portNumber === undefined ? 'portRange' : 'portNumber');
  const protocol = readProtocol(below(path, 'protocol'), (portNumber ?? portRange)?.protocol);
  if (protocol === undefined) return undefined;
  if (portNumber !== undefined) return readRange(path, { protocol, first: portNumber.port, last: portNumber.port });
  if (portRange !== undefined) return readRange(path, { protocol, first: portRange.start, last: portRange.end });
  return complain(field, {}, 'set one of portNumber, portRange, namedPort');
}

/** @source policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicyProtocol */
export function readClusterProtocol(field: Field, { tcp, udp, sctp, destinationNamedPort }: ClusterProtocol): Port | undefined {
  if (destinationNamedPort !== undefined) return { kind: 'name', name: destinationNamedPort };
  if (tcp !== undefined) return readDestination(below(field, 'tcp'), 'TCP', tcp.destinationPort);
  if (udp !== undefined) return readDestination(below(field, 'udp'), 'UDP', udp.destinationPort);
  if (sctp !== undefined) return readDestination(below(field, 'sctp'), 'SCTP', sctp.destinationPort);
  return complain(field, {}, 'set one of tcp, udp, sctp, destinationNamedPort');
}

function readDestination(field: Field, protocol: Protocol, port: ClusterPort | undefined): Port | undefined {
  if (port === undefined) return { kind: 'protocol', protocol };
  const path = below(field, 'destinationPort');
  if (port.range !== undefined) return readRange(below(path, 'range'), { protocol, first: port.range.start, last: port.range.end });
  return readRange(path, { protocol, first: port.number, last: port.number });
}

function readProtocol(field: Field, protocol: string | undefined): Protocol | undefined {
  if (protocol === undefined) return 'TCP';
  if (protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP') return protocol;
  return complain(field, protocol, 'write one of TCP, UDP, SCTP');
}

interface Range {
  readonly protocol: Protocol;
  readonly first: number | undefined;
  readonly last: number | undefined;
}

function readRange(field: Field, { protocol, first, last }: Range): Port | undefined {
  if (!isPort(first) || !isPort(last))
    return complain(field, first === last ? first : `${first}-${last}`, `name ports from 1 to ${maxPort}`);
  if (first > last) return complain(field, `${first}-${last}`, 'let the range end where it begins, or later');
  return { kind: 'range', protocol, first, last };
}

function isPort(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= maxPort;
}
