/**
 * Service of type LoadBalancer that names a Subnet → the Vip that is its address, and what its status says.
 *
 * Reads: the Service, the leases of the Vips that were made for it. Wants: a Vip of that Subnet, which is the journal of the address; the
 * addresses in `status.loadBalancer.ingress`. A Vip that the status still names stays until it names it no more.
 */
import { madeByUs, type Service, serviceAnnotations, type Vip } from '@kube-ovn/api';
import { canonicalAddress, type Family, readAddress } from '@kube-ovn/ipam';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { HeldLease } from '../../effects/demand.ts';

/** An address that a Service asks for. */
export interface BalancerWish {
  readonly subnet: string;
  /** By name; else any. */
  readonly address: string | undefined;
}

const PREFIX = 'lb.';

/** What a Service asks for; undefined: nothing of us. @source core/v1 ServiceSpec.loadBalancerClass: with one it is another's */
export function balancerWish(service: Service): BalancerWish | undefined {
  const { spec = {}, metadata } = service;
  if (spec.type !== 'LoadBalancer' || (spec.loadBalancerClass ?? '') !== '' || metadata.deletionTimestamp !== undefined) return undefined;
  const subnet = serviceAnnotations.service_external_ip_from_subnet.read(service);
  if (!subnet.ok || subnet.value === undefined) return undefined;
  const { loadBalancerIP = '' } = spec;
  return { subnet: subnet.value, address: loadBalancerIP === '' ? undefined : (canonicalAddress(loadBalancerIP) ?? loadBalancerIP) };
}

/** Name of the Vip: one for each Service and Subnet, so that a Service can come to another Subnet without a gap. */
export function balancerVipName(service: string, subnet: string): string {
  return `${PREFIX}${service.replace('/', '.')}.${subnet}`;
}

/** `namespace/name` of the Service that a Vip was made for; undefined for any other Vip. Neither part has a dot. */
export function serviceOfVip({ metadata: { name, labels } }: Vip): string | undefined {
  const [prefix, namespace, service] = name.split('.');
  if (labels?.[madeByUs.key] !== madeByUs.value || `${prefix}.` !== PREFIX || namespace === undefined || service === undefined)
    return undefined;
  return `${namespace}/${service}`;
}

/** The Vip of a wish; one that is there already keeps the addresses that it has. */
export function balancerVip(name: string, wish: BalancerWish, isThere: boolean): Vip {
  const family = readAddress(wish.address ?? '')?.family;
  const address = isThere || family === undefined ? {} : { [`v${family}ip`]: wish.address };
  const metadata = { name, labels: { [madeByUs.key]: madeByUs.value } };
  return { apiVersion: 'kubeovn.io/v1', kind: 'Vip', metadata, spec: { subnet: wish.subnet, type: 'switch_lb_vip', ...address } };
}

/** Addresses in the status. */
export function ingressOf({ status }: Service): readonly string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [canonicalAddress(ip) ?? ip]));
}

/** Of a lease those of the families that the Service has. */
function addressesFor({ spec = {} }: Service, lease: HeldLease | undefined): readonly string[] {
  const clusterIps = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  const families = new Set(clusterIps.map((text): Family | undefined => readAddress(text)?.family));
  return [families.has(4) ? lease?.v4 : undefined, families.has(6) ? lease?.v6 : undefined].filter((address) => address !== undefined);
}

export interface BalancerState {
  readonly wish: BalancerWish | undefined;
  /** Of the Vip of the wish. */
  readonly lease: HeldLease | undefined;
  /** Of all Vips that were made for the Service. */
  readonly ours: readonly string[];
}

/** What has to be written; undefined when nothing has, or the addresses are another's. */
export function balancerPatch(service: Service, { wish, lease, ours }: BalancerState): ObjectPatch | undefined {
  const now = ingressOf(service);
  if (now.some((address) => !ours.includes(address))) return undefined;
  const wanted = wish === undefined ? [] : addressesFor(service, lease);
  if ((wish !== undefined && wanted.length === 0) || wanted.join() === now.join()) return undefined;
  return { status: { loadBalancer: { ingress: wanted.map((ip) => ({ ip })) } } };
}
