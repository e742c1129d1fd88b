/** Whose an address is, from all objects that speak of addresses. Pure. */
import { canonicalAddress, parseAddress, prefixContains, readPrefix } from '@kube-ovn/ipam';
import { type IP, ipLabels, type Node, type Pod, type Service, type Subnet, type Vip } from '@kube-ovn/api';
import { isOver } from '@kube-ovn/insight';

export interface AddressObjects {
  readonly ips: readonly IP[];
  readonly vips: readonly Vip[];
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly services: readonly Service[];
  readonly subnets: readonly Subnet[];
}

/** One object that knows the address. */
export interface Answer {
  /** Kind and key: `Pod shop/web-0`. */
  readonly object: string;
  readonly role: string;
  /** Further facts; empty when there are none. */
  readonly detail: string;
  /** It has the address; else it only contains it. */
  readonly isHolder: boolean;
}

/** @param address canonical text; holders first, the Subnet that contains it last */
export function whoHas(address: string, objects: AddressObjects): readonly Answer[] {
  return [
    ...objects.pods.filter((pod) => podAddresses(pod).includes(address)).map(podAnswer),
    ...objects.nodes.flatMap((node) => nodeAnswer(node, address)),
    ...objects.services.flatMap((service) => serviceAnswer(service, address)),
    ...objects.vips.filter(({ status }) => isAmong(address, [status?.v4ip, status?.v6ip])).map(vipAnswer),
    ...objects.ips.filter(({ spec }) => isAmong(address, [spec.v4IpAddress, spec.v6IpAddress])).map(ipAnswer),
    ...objects.subnets.flatMap((subnet) => subnetAnswer(subnet, address)),
  ];
}

function holder(object: string, role: string, details: readonly (string | false | undefined)[] = []): Answer {
  return { object, role, detail: details.filter((text) => text !== undefined && text !== false && text !== '').join(', '), isHolder: true };
}

function isAmong(address: string, texts: readonly (string | undefined)[]): boolean {
  return texts.some((text) => text !== undefined && text !== '' && (canonicalAddress(text) ?? text) === address);
}

function podAddresses(pod: Pod): readonly string[] {
  const { spec, status } = pod;
  return spec?.hostNetwork === true || isOver(pod) ? [] : (status?.podIPs ?? []).map(({ ip }) => canonicalAddress(ip) ?? ip);
}

function podAnswer({ metadata: { namespace = '', name, deletionTimestamp }, spec, status }: Pod): Answer {
  return holder(`Pod ${namespace}/${name}`, 'address of the pod', [
    spec?.nodeName !== undefined && `on ${spec.nodeName}`,
    status?.phase,
    deletionTimestamp !== undefined && 'being deleted',
  ]);
}

function nodeAnswer({ metadata: { name, annotations = {} }, status }: Node, address: string): readonly Answer[] {
  const own = (status?.addresses ?? []).find((entry) => isAmong(address, [entry.address]));
  const inJoin = (annotations['ovn.kubernetes.io/ip_address'] ?? '').split(',');
  return [
    ...(own === undefined ? [] : [holder(`Node ${name}`, 'address of the node', [own.type])]),
    ...(isAmong(address, inJoin) ? [holder(`Node ${name}`, 'address of the node in the join subnet')] : []),
  ];
}

function serviceAnswer({ metadata: { namespace = '', name }, spec, status }: Service, address: string): readonly Answer[] {
  const object = `Service ${namespace}/${name}`;
  const roles: readonly (readonly [string, readonly (string | undefined)[]])[] = [
    ['cluster address', spec?.clusterIPs ?? [spec?.clusterIP]],
    ['external address', spec?.externalIPs ?? []],
    ['load balancer address', (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip)],
  ];
  return roles.flatMap(([role, texts]) => (isAmong(address, texts) ? [holder(object, role, [spec?.type])] : []));
}

function vipAnswer({ metadata: { name, labels }, spec }: Vip): Answer {
  return holder(`Vip ${name}`, 'virtual address', [`subnet ${labels?.[ipLabels.subnet] ?? spec.subnet ?? ''}`]);
}

function ipAnswer({ metadata: { name, labels, creationTimestamp, deletionTimestamp }, spec }: IP): Answer {
  const of = (spec.namespace ?? '') === '' ? (spec.podName ?? '') : `${spec.namespace}/${spec.podName ?? ''}`;
  return holder(`IP ${name}`, 'allocated', [
    of !== '' && `for ${spec.podType ?? ''} ${of}`.replaceAll('  ', ' '),
    `subnet ${spec.subnet ?? ''}`,
    creationTimestamp !== undefined && `since ${creationTimestamp}`,
    labels?.[ipLabels.reserved] === 'true' && 'kept by its user',
    deletionTimestamp !== undefined && 'being released',
  ]);
}

function subnetAnswer({ metadata: { name }, spec }: Subnet, address: string): readonly Answer[] {
  const blocks = (spec.cidrBlock ?? '').split(',').flatMap((text) => readPrefix(text) ?? []);
  if (!blocks.some((block) => prefixContains(block, parseAddress(address)))) return [];
  if (isAmong(address, (spec.gateway ?? '').split(','))) return [holder(`Subnet ${name}`, 'gateway of the subnet')];
  return [{ object: `Subnet ${name}`, role: 'contains it', detail: spec.cidrBlock ?? '', isHolder: false }];
}
