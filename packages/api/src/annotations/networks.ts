/**
 * The annotations of the Network Plumbing Working Group: which further networks a pod is attached to.
 *
 * @source Kubernetes Network Custom Resource Definition De-facto Standard v1.3, §4.1 (network selection annotation)
 */
import { canonicalAddress, canonicalMac } from '@kube-ovn/ipam';
import type { KubeObject } from '../objects/meta.ts';
import type { Reading } from '../problem.ts';
import { describeObject, problem } from '../problem.ts';
import type { AddressPair } from './codecs.ts';
import { parseAddressPair } from './codecs.ts';

/** Key of the list of further networks. */
export const NETWORKS_ANNOTATION = 'k8s.v1.cni.cncf.io/networks';
/** Key of the network that takes the place of the cluster's own. @source Multus */
export const DEFAULT_NETWORK_ANNOTATION = 'v1.multus-cni.io/default-network';

/** Key of the list of attachments that there are. @source De-facto Standard v1.3, §4.2 */
export const NETWORK_STATUS_ANNOTATION = 'k8s.v1.cni.cncf.io/network-status';

/** One attachment that is asked for. */
export interface NetworkSelection {
  /** NetworkAttachmentDefinition. */
  readonly name: string;
  readonly namespace: string;
  /** Name of the interface in the pod, when one is asked for. */
  readonly interfaceName?: string;
  /** Static addresses; prefix lengths are left out. */
  readonly ips?: AddressPair;
  readonly mac?: string;
}

const FORMAT = 'names "[namespace/]name[@interface]" separated by commas, or a JSON list of {"name","namespace","interface","ips","mac"}';
const MAX_TEXT = 65_536;
const MAX_NETWORKS = 64;
const NAME = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;
/** @source Linux if.h, IFNAMSIZ */
const INTERFACE = /^[^/:\s]{1,15}$/;

/** The networks that a pod asks for, beside the cluster's own; none when it has no such annotation. */
export function readNetworks(pod: KubeObject): Reading<readonly NetworkSelection[]> {
  return read(pod, NETWORKS_ANNOTATION, MAX_NETWORKS);
}

/** The network that takes the place of the cluster's own; `undefined` when there is none. */
export function readDefaultNetwork(pod: KubeObject): Reading<NetworkSelection | undefined> {
  const reading = read(pod, DEFAULT_NETWORK_ANNOTATION, 1);
  return reading.ok ? { ok: true, value: reading.value[0] } : reading;
}

/**
 * Names of the interfaces that a pod has, as its runtime says; none while it says nothing.
 *
 * `undefined` when what it says can not be read: then nobody knows which there are.
 */
export function readAttachedInterfaces(pod: KubeObject): ReadonlySet<string> | undefined {
  const text = pod.metadata.annotations?.[NETWORK_STATUS_ANNOTATION]?.trim() ?? '';
  if (text === '') return new Set();
  const items = text.startsWith('[') && text.length <= MAX_TEXT ? parseJson(text) : undefined;
  const names = items?.map((item) => item?.['interface'] ?? '');
  return names?.every((name) => typeof name === 'string') === true ? new Set(names) : undefined;
}

function read(pod: KubeObject, key: string, maximum: number): Reading<readonly NetworkSelection[]> {
  const text = pod.metadata.annotations?.[key]?.trim() ?? '';
  const value = text.length > MAX_TEXT ? undefined : parse(text, pod.metadata.namespace ?? 'default');
  if (value !== undefined && value.length <= maximum) return { ok: true, value };
  const hint = value === undefined ? `must be ${FORMAT}` : `must name at most ${maximum}`;
  return {
    ok: false,
    problem: problem({
      code: 'API_BAD_ANNOTATION',
      object: describeObject(pod, 'Pod'),
      field: `metadata.annotations[${key}]`,
      value: text,
      hint,
    }),
  };
}

function parse(text: string, ownNamespace: string): readonly NetworkSelection[] | undefined {
  if (text === '') return [];
  const items = text.startsWith('[') || text.startsWith('{') ? parseJson(text) : text.split(',').map((part) => parseShort(part.trim()));
  const selections = items?.map((item) => item && select(item, ownNamespace));
  return selections?.every((selection) => selection !== undefined) === true ? selections : undefined;
}

/** An attachment as it was written, unchecked. */
type Written = Readonly<Record<string, unknown>>;

function parseJson(text: string): readonly (Written | undefined)[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.map((item) => (typeof item === 'object' && item !== null ? (item as Written) : undefined));
  } catch {
    return undefined;
  }
}

/** `[namespace/]name[@interface]` */
function parseShort(text: string): Written | undefined {
  const match = /^(?:(?<namespace>[^/@]+)\/)?(?<name>[^/@]+)(?:@(?<interface>[^/@]+))?$/.exec(text);
  return match?.groups;
}

function select(written: Written, ownNamespace: string): NetworkSelection | undefined {
  const { name, namespace = ownNamespace, interface: interfaceName, ips, mac } = written;
  if (!isName(name) || !isName(namespace)) return undefined;
  const isInterface = interfaceName === undefined || (typeof interfaceName === 'string' && INTERFACE.test(interfaceName));
  const pair = ips === undefined ? undefined : readIps(ips);
  const macText = typeof mac === 'string' ? canonicalMac(mac) : undefined;
  if (!isInterface || (ips !== undefined && pair === undefined) || (mac !== undefined && macText === undefined)) return undefined;
  return {
    name,
    namespace,
    ...(interfaceName === undefined ? {} : { interfaceName }),
    ...(pair === undefined ? {} : { ips: pair }),
    ...(macText === undefined ? {} : { mac: macText }),
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

/** Addresses, each with or without a prefix length. */
function readIps(value: unknown): AddressPair | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > 2) return undefined;
  const addresses = value.map((item: unknown) => (typeof item === 'string' ? canonicalAddress(item.replace(/\/\d{1,3}$/, '')) : undefined));
  return addresses.every((address) => address !== undefined) ? parseAddressPair(addresses.join(',')) : undefined;
}
