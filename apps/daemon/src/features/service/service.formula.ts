/**
 * Service, its EndpointSlices → elements of the node's table of services.
 *
 * Reads: Service, EndpointSlices, the name of this node and its zone. Wants: what becomes of connections to its addresses and node ports that the node
 * itself makes or that come to the node from outside. Pods are not concerned: OVN answers them (apps/controller, features/service).
 */
import { type Backend, chooseBackends, type ServiceInput, type ServicePortInput, type SliceInput } from '@kube-ovn/api';
import { chainName, type Element, FIRST_LOCAL, type Front, frontKey, rememberName } from './elements.ts';

/** What the elements of one Service depend on. */
export interface ServiceReading {
  readonly service: ServiceInput;
  readonly slices: readonly SliceInput[];
  /** Name of this Node. */
  readonly node: string;
  /** Of this Node; empty: it is in none. */
  readonly zone: string;
}

/** Elements of one Service. */
export function serviceElements(reading: ServiceReading): readonly Element[] {
  const { service } = reading;
  return service.ports.flatMap((port) => {
    const { protocol } = port;
    const families = [...new Set(service.clusterIps.map(({ family }) => family))];
    const inside = service.clusterIps.map((vip): Front => ({ ...vip, protocol, port: port.port }));
    const outside = service.externalIps.map((vip): Front => ({ ...vip, protocol, port: port.port }));
    const { nodePort } = port;
    const onNode =
      nodePort === undefined ? [] : families.map((family): Front => ({ family, address: undefined, protocol, port: nodePort }));
    const answered = (front: Front, isOfOutside: boolean, isLocal: boolean): readonly Element[] =>
      answer({ front, isOfOutside, isLocal, stickySeconds: service.stickySeconds }, backendsOf(reading, { port, front, isLocal }));
    return [
      ...restrictionsOf(service, port),
      ...inside.flatMap((front) => answered(front, false, service.isInternalLocal)),
      // Who asks from inside is served by all, however the outside is.
      ...[...outside, ...onNode].flatMap((front) => [
        ...answered(front, false, false),
        ...(service.isExternalLocal ? answered(front, true, true) : []),
      ]),
    ];
  });
}

/** nft writes a block of one address without its length. */
function restrictionsOf({ sourceRanges, restrictedIps = [] }: ServiceInput, { protocol, port }: ServicePortInput): readonly Element[] {
  if (sourceRanges === undefined) return [];
  return restrictedIps.flatMap(({ family, address }): readonly Element[] => {
    const key = frontKey({ family, address, protocol, port });
    const allowed = sourceRanges.filter((range) => range.family === family);
    return [
      { map: 'restricted-vips', family, key, value: '' },
      ...allowed.map((range): Element => {
        const source = range.address.replace(family === 4 ? /\/32$/ : /\/128$/, '');
        return { map: 'allowed-vips', family, key: `${key} . ${source}`, value: '' };
      }),
    ];
  });
}

interface Found {
  readonly backends: readonly Backend[];
  /** Somebody serves, if not here. */
  readonly isServed: boolean;
}

function backendsOf(
  { slices, node, zone }: ServiceReading,
  { port, front, isLocal }: { readonly port: ServicePortInput; readonly front: Front; readonly isLocal: boolean },
): Found {
  const question = { port, family: front.family, ...(front.address !== undefined && { front: front.address }) };
  const all = chooseBackends({ ...question, from: { node, zone } }, slices);
  return { backends: isLocal ? chooseBackends({ ...question, node }, slices) : all, isServed: all.length > 0 };
}

/** How a front is answered. */
export interface FrontPolicy {
  readonly front: Front;
  /** For what comes from outside the cluster alone. */
  readonly isOfOutside: boolean;
  /** Only by backends on this node. */
  readonly isLocal: boolean;
  /** A client stays with its backend so long after its last connection; undefined: it does not. */
  readonly stickySeconds: number | undefined;
}

/** Without a backend anywhere a connection is refused; without one here that may be asked it is left unanswered, as it may be elsewhere. */
export function answer({ front, isOfOutside, isLocal, stickySeconds }: FrontPolicy, { backends, isServed }: Found): readonly Element[] {
  const { family } = front;
  const key = frontKey(front);
  const kind = front.address === undefined ? 'port' : 'vip';
  if (!isServed) return isOfOutside ? [] : [{ map: `refused-${kind}s`, family, key, value: '' }];
  const map = isOfOutside ? (`outside-${kind}s` as const) : (`${kind}s` as const);
  if (backends.length === 0) return [{ map, family, key, value: 'drop' }];
  // One alone needs no choice, and nft's hash refuses to make it.
  const choice = `${isLocal ? 'local' : 'cluster'}${stickySeconds !== undefined && backends.length > 1 ? '-sticky' : ''}` as const;
  return [
    { map, family, key, value: `goto ${chainName(choice, backends.length)}` },
    // One that is alone now is remembered too: others may come.
    ...(stickySeconds === undefined
      ? []
      : [{ map: `sticky-${kind}s`, family, key, value: `goto ${rememberName(stickySeconds)}` } as const]),
    ...backends.map(({ address, port }, index): Element => ({
      map: `${kind}-backends`,
      family,
      key: `${key} . ${isLocal ? FIRST_LOCAL + index : index}`,
      value: `${address} . ${port}`,
    })),
  ];
}
