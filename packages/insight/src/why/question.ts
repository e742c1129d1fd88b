/** What is asked: who, whom, and by which protocol. Pure. */
import { canonicalAddress } from '@kube-ovn/ipam';
import { InsightError } from '../errors.ts';

/** An end of a connection, as somebody names it. */
export type End =
  | { readonly kind: 'pod'; readonly key: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'service'; readonly key: string }
  | { readonly kind: 'address'; readonly address: string }
  /** A name that is no Kubernetes name: of the outside. */
  | { readonly kind: 'name'; readonly name: string };

export type Protocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP';

export interface Question {
  readonly from: End;
  readonly to: End;
  readonly protocol: Protocol;
  /** Absent for ICMP. */
  readonly port?: number;
}

/**
 * An end: `NAMESPACE/POD`, `POD` (namespace default), `node/NAME`, `svc/NAMESPACE/NAME`, an address, or a name of DNS, of which
 * `NAME.NAMESPACE.svc` and what comes after it is a service.
 *
 * @throws {InsightError} INSIGHT_BAD_QUESTION
 */
export function readEnd(text: string): End {
  const address = canonicalAddress(text);
  if (address !== undefined) return { kind: 'address', address };
  const node = /^node\/\/?([^/]+)$/.exec(text)?.[1];
  if (node !== undefined) return { kind: 'node', name: node };
  const service = /^(?:svc|service)\/(?:([^/]+)\/)?([^/]+)$/.exec(text);
  if (service !== null) return { kind: 'service', key: `${service[1] ?? 'default'}/${service[2] ?? ''}` };
  const pod = /^(?:pod\/)?(?:([^/]+)\/)?([^/]+)$/.exec(text);
  if (pod === null)
    throw new InsightError(
      'INSIGHT_BAD_QUESTION',
      `"${text}": want NAMESPACE/POD, node/NAME, svc/NAMESPACE/NAME, an address or a name of DNS`,
    );
  const [, namespace, name = ''] = pod;
  if (namespace === undefined && name.includes('.')) return readName(name);
  return { kind: 'pod', key: `${namespace ?? 'default'}/${name}` };
}

/** @source Kubernetes DNS specification §2.3: `<service>.<ns>.svc.<zone>` */
function readName(name: string): End {
  const service = /^([^.]+)\.([^.]+)\.svc(?:\..+)?$/.exec(name);
  return service === null ? { kind: 'name', name } : { kind: 'service', key: `${service[2] ?? ''}/${service[1] ?? ''}` };
}

/**
 * `80`, `tcp/80`, `80/udp` or `icmp`; TCP where nothing is said.
 *
 * @throws {InsightError} INSIGHT_BAD_QUESTION
 */
export function readPort(text: string | undefined): Pick<Question, 'protocol' | 'port'> {
  if (text === undefined || text.toLowerCase() === 'icmp') return { protocol: 'ICMP' };
  const parts = text.toUpperCase().split('/');
  const number = parts.find((part) => /^\d{1,5}$/.test(part));
  const protocol = parts.find((part) => part !== number) ?? 'TCP';
  const port = Number(number);
  const isProtocol = protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP';
  if (!isProtocol || parts.length > 2 || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InsightError('INSIGHT_BAD_QUESTION', `"${text}": want a port such as 80, udp/53 or sctp/38412, or icmp`);
  return { protocol, port };
}

/** As in an answer. */
export function describeEnd(end: End): string {
  switch (end.kind) {
    case 'pod':
      return `Pod ${end.key}`;
    case 'service':
      return `Service ${end.key}`;
    case 'node':
      return `Node ${end.name}`;
    case 'address':
      return end.address;
    case 'name':
      return end.name;
  }
}
