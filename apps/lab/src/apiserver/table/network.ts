/** The columns of services and what stands behind them. @source Kubernetes pkg/printers/internalversion (behaviour) */
import { asArray, asString, at, type JsonObject } from '../json.ts';
import {
  ageColumn,
  column,
  formatLabels,
  formatSelector,
  nameColumn,
  numberAt,
  objectsAt,
  shortened,
  textAt,
  wide,
  type Column,
} from './column.ts';

const none = '<none>';

/** @source printService */
export const serviceColumns: readonly Column[] = [
  nameColumn,
  column('Type', (object) => textAt(object, 'spec', 'type') ?? ''),
  column('Cluster-IP', (object) => textAt(object, 'spec', 'clusterIP') ?? (textAt(object, 'spec', 'type') === 'ExternalName' ? none : '')),
  column('External-IP', externalIp),
  column('Port(s)', (object) => objectsAt(object, 'spec', 'ports').map(servicePort).join(',') || none),
  ageColumn,
  wide('Selector', (object) => formatLabels(at(object, 'spec', 'selector'))),
];

function servicePort(port: JsonObject): string {
  const nodePort = numberAt(port, 'nodePort');
  return `${numberAt(port, 'port')}${nodePort > 0 ? `:${nodePort}` : ''}/${textAt(port, 'protocol') ?? 'TCP'}`;
}

function externalIp(object: JsonObject): string {
  const stated = asArray(at(object, 'spec', 'externalIPs')).flatMap((address) => asString(address) ?? []);
  const type = textAt(object, 'spec', 'type');
  if (type === 'ExternalName') return textAt(object, 'spec', 'externalName') ?? none;
  if (type !== 'LoadBalancer') return stated.join(',') || none;
  const assigned = objectsAt(object, 'status', 'loadBalancer', 'ingress').map(
    (ingress) => textAt(ingress, 'ip') ?? textAt(ingress, 'hostname') ?? '',
  );
  return [...assigned, ...stated].join(',') || '<pending>';
}

/** @source printEndpoints */
export const endpointsColumns: readonly Column[] = [
  nameColumn,
  column('Endpoints', (object) => shortened(objectsAt(object, 'subsets').flatMap(subsetAddresses))),
  ageColumn,
];

function subsetAddresses(subset: JsonObject): readonly string[] {
  const addresses = objectsAt(subset, 'addresses').map((address) => textAt(address, 'ip') ?? '');
  const ports = objectsAt(subset, 'ports').map((port) => numberAt(port, 'port'));
  if (ports.length === 0) return addresses;
  return ports.flatMap((port) => addresses.map((address) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`)));
}

/** @source printEndpointSlice */
export const endpointSliceColumns: readonly Column[] = [
  nameColumn,
  column('AddressType', (object) => textAt(object, 'addressType') ?? ''),
  column('Ports', (object) =>
    shortenedPorts(objectsAt(object, 'ports').map((port) => (port['port'] === undefined ? '*' : String(numberAt(port, 'port'))))),
  ),
  column('Endpoints', (object) => {
    const addresses = objectsAt(object, 'endpoints').flatMap((endpoint) =>
      asArray(endpoint['addresses']).flatMap((address) => asString(address) ?? []),
    );
    return addresses.length === 0 ? '<unset>' : shortened(addresses);
  }),
  ageColumn,
];

function shortenedPorts(ports: readonly string[]): string {
  return ports.length === 0 ? '<unset>' : shortened(ports);
}

/** @source printNetworkPolicy */
export const networkPolicyColumns: readonly Column[] = [
  nameColumn,
  column('Pod-Selector', (object) => formatSelector(at(object, 'spec', 'podSelector'))),
  ageColumn,
];
