/**
 * Mirror → what is copied and where to, or why it can not be. Controller and daemon go by the same reading.
 */
import { formatAddress, readAddress, readPrefix } from '@kube-ovn/ipam';
import type { Mirror } from './crds/mirror.ts';
import type { LabelSelector } from './objects/meta.ts';
import { describeObject, problem, type Reading } from './problem.ts';
import { selects } from './selects.ts';

/** Packets that are copied; what is left out is any. */
export interface MirrorFilter {
  readonly protocol?: 'tcp' | 'udp' | 'sctp' | 'icmp';
  readonly peer?: { readonly family: 4 | 6; readonly cidr: string };
  readonly port?: number;
}

/** How copies travel to an address. */
export interface MirrorTunnel {
  readonly encapsulation: 'gre' | 'erspan';
  readonly key?: number;
}

/** Where copies go. */
export type MirrorSink =
  | { readonly kind: 'interface'; readonly name: string }
  | { readonly kind: 'pod'; readonly pod: string; readonly tunnel: MirrorTunnel }
  | { readonly kind: 'collector'; readonly address: string; readonly tunnel: MirrorTunnel };

/** A Mirror that can be in force. */
export interface MirrorInput {
  readonly name: string;
  readonly namespaceSelector: LabelSelector;
  readonly podSelector: LabelSelector;
  /** Undefined: all interfaces. */
  readonly provider: string | undefined;
  readonly isIngress: boolean;
  readonly isEgress: boolean;
  /** None: every packet. */
  readonly filters: readonly MirrorFilter[];
  readonly sink: MirrorSink;
}

/** Longest name of a link. @source linux/if.h IFNAMSIZ */
const MAX_LINK_NAME = 15;
/** @source draft-foschiano-erspan-03 §4.1: ten bits */
const MAX_SESSION = 1023;

type Refuse = (field: string, value: unknown, hint: string) => Reading<never>;

/** Read one. */
export function readMirror(mirror: Mirror): Reading<MirrorInput> {
  const refuse: Refuse = (field, value, hint) => ({
    ok: false,
    problem: problem({
      code: 'API_BAD_FIELD',
      object: describeObject(mirror, 'Mirror'),
      field: `spec.${field}`,
      value: typeof value === 'string' ? value : JSON.stringify(value ?? ''),
      hint,
    }),
  });
  const { namespaceSelector = {}, podSelector = {}, provider, direction = 'both', filters: written = [] } = mirror.spec;
  const sink = readSink(mirror.spec.sink, refuse);
  if (!sink.ok) return sink;
  const filters: MirrorFilter[] = [];
  for (const [index, each] of written.entries()) {
    const filter = readFilter(each, (field, value, hint) => refuse(`filters[${index}]${field}`, value, hint));
    if (!filter.ok) return filter;
    filters.push(filter.value);
  }
  return {
    ok: true,
    value: {
      name: mirror.metadata.name,
      namespaceSelector,
      podSelector,
      provider: provider === '' ? undefined : provider,
      isIngress: direction !== 'egress',
      isEgress: direction !== 'ingress',
      filters,
      sink: sink.value,
    },
  };
}

function readFilter(written: NonNullable<Mirror['spec']['filters']>[number], refuse: Refuse): Reading<MirrorFilter> {
  const { protocol, peer = '', port } = written;
  if (protocol === undefined && peer === '' && port === undefined)
    return refuse('', {}, 'says nothing; state protocol, peer or port, or leave filters out to copy every packet');
  if (port !== undefined && (protocol === undefined || protocol === 'icmp'))
    return refuse('.port', port, 'needs protocol tcp, udp or sctp beside it');
  const prefix = peer === '' ? undefined : readPrefix(peer);
  if (peer !== '' && prefix === undefined)
    return refuse('.peer', peer, 'must be a block of addresses such as 10.0.0.0/8 or fd00::/64, without bits beyond its length');
  return {
    ok: true,
    value: {
      ...(protocol === undefined ? {} : { protocol }),
      ...(prefix === undefined ? {} : { peer: { family: prefix.family, cidr: peer } }),
      ...(port === undefined ? {} : { port }),
    },
  };
}

function readSink(sink: Mirror['spec']['sink'], refuse: Refuse): Reading<MirrorSink> {
  const { interface: link = '', pod, collector = '', encapsulation = 'gre', key } = sink ?? {};
  const stated = [link !== '', pod !== undefined, collector !== ''].filter(Boolean).length;
  if (stated !== 1) return refuse('sink', sink ?? {}, 'must name one of interface, pod and collector');
  if (link !== '') {
    if (sink.encapsulation !== undefined || key !== undefined)
      return refuse('sink', sink, 'encapsulation and key are of tunnels; leave them out beside interface');
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(link) || link.length > MAX_LINK_NAME)
      return refuse('sink.interface', link, `must be a name of at most ${MAX_LINK_NAME} letters, digits and . _ -`);
    return { ok: true, value: { kind: 'interface', name: link } };
  }
  if (encapsulation === 'erspan' && (key ?? 0) > MAX_SESSION)
    return refuse('sink.key', key, `must be a session of ERSPAN, 0 to ${MAX_SESSION}`);
  const tunnel: MirrorTunnel = { encapsulation, ...(key === undefined ? {} : { key }) };
  if (pod !== undefined) return { ok: true, value: { kind: 'pod', pod: `${pod.namespace}/${pod.name}`, tunnel } };
  const address = readAddress(collector);
  if (address === undefined) return refuse('sink.collector', collector, 'must be an address, IPv4 or IPv6; a name is not looked up');
  return { ok: true, value: { kind: 'collector', address: formatAddress(address), tunnel } };
}

/** What a Mirror knows an interface by. */
export interface MirroredInterface {
  /** `namespace/name` */
  readonly pod: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly provider: string;
}

/** Whether its packets are copied. Those of the pod that gets the copies never are: they would come back to it again and again. */
export function isMirrored(mirror: MirrorInput, { pod, labels, namespaceLabels, provider }: MirroredInterface): boolean {
  if (mirror.sink.kind === 'pod' && mirror.sink.pod === pod) return false;
  if (mirror.provider !== undefined && mirror.provider !== provider) return false;
  return selects(mirror.namespaceSelector, namespaceLabels) && selects(mirror.podSelector, labels);
}
