/**
 * The IP object of a lease and back: the journal's form. Pure.
 *
 * @source Kube-OVN IP.spec; labels ovn.kubernetes.io/subnet, node-name, ip_reserved
 */
import { DEFAULT_PROVIDER, FINALIZER, type IP, type IpSpec, ipLabels, type KubeObject, podAnnotations } from '@kube-ovn/api';
import { ipText, pairOf } from '../features/lease.ts';
import { eipOfKey, type HeldLease, type Holder, isJunction, type PodType, vipKey, vipOfKey } from './demand.ts';

/** What an IP object should say of a lease. */
export interface JournalEntry {
  readonly lease: HeldLease;
  readonly podType: PodType;
  /** A user made this object to keep the address: it stays when the pod goes. */
  readonly isReserved: boolean;
}

/**
 * Annotation of an IP object: uid of the pod or node that the lease was given to. It tells, after a restart, a pod whose annotations
 * were changed from a later pod of the same name. An addition to Kube-OVN's API.
 */
export const holderUid = 'ovn.kubernetes.io/holder-uid';

/** Annotation of an IP object: the Vip whose addresses these are. An addition to Kube-OVN's API. */
const lenderName = podAnnotations(DEFAULT_PROVIDER).vip.key;

/** The object, as it is created. */
export function ipObject(name: string, entry: JournalEntry): IP {
  return {
    apiVersion: 'kubeovn.io/v1',
    kind: 'IP',
    metadata: { name, labels: labelsOf(entry), annotations: annotationsOf(entry), finalizers: [FINALIZER] },
    spec: specOf(entry),
  };
}

/** Whether an object says all of it already. */
export function saysEntry(object: IP, entry: JournalEntry): boolean {
  const spec = specOf(entry);
  const labels = labelsOf(entry);
  return (
    isHeldBack(object) &&
    object.metadata.annotations?.[holderUid] === entry.lease.holder.uid &&
    object.metadata.annotations[lenderName] === annotationsOf(entry)[lenderName] &&
    Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value) &&
    scalarFields.every((field) => (object.spec[field] ?? '') === (spec[field] ?? ''))
  );
}

/** A merge patch that makes an object say it, if it still is as it was read; labels and finalizers of others stay. */
export function ipPatch(object: IP, entry: JournalEntry): Readonly<Record<string, unknown>> {
  return {
    metadata: {
      ...versionOf(object),
      labels: labelsOf(entry),
      annotations: { ...(object.metadata.annotations?.[lenderName] === undefined ? {} : { [lenderName]: null }), ...annotationsOf(entry) },
      finalizers: [...new Set([...(object.metadata.finalizers ?? []), FINALIZER])],
    },
    spec: specOf(entry),
  };
}

/** A merge patch that lets an object go, as far as we are concerned, if it still is as it was read. */
export function releasePatch(object: KubeObject): Readonly<Record<string, unknown>> {
  const others = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
  return { metadata: { ...versionOf(object), finalizers: others.length === 0 ? null : others } };
}

/** The lease that an object tells of; undefined when it holds no address (yet), or is being deleted without being ours. */
export function leaseOfIp(object: IP): HeldLease | undefined {
  const { spec, metadata } = object;
  const v4 = textOr(spec.v4IpAddress);
  const v6 = textOr(spec.v6IpAddress);
  const lender = textOr(metadata.annotations?.[lenderName]);
  if ((v4 === undefined && v6 === undefined) || textOr(spec.macAddress) === undefined || textOr(spec.subnet) === undefined)
    return undefined;
  return {
    owner: metadata.name,
    subnet: spec.subnet ?? '',
    ...pairOf(v4, v6),
    mac: spec.macAddress ?? '',
    node: spec.nodeName ?? '',
    ...(lender === undefined ? {} : { lender: vipKey(lender) }),
    holder: {
      kind: holderKind(object),
      namespace: spec.namespace ?? '',
      name: spec.podName ?? '',
      uid: metadata.annotations?.[holderUid] ?? '',
    },
  };
}

/** What keeps the addresses of an object beyond its pod. */
export function podTypeOf({ spec: { podType } }: IP): PodType {
  return podType === 'StatefulSet' || podType === 'VirtualMachine' ? podType : '';
}

function holderKind({ metadata, spec }: IP): Holder['kind'] {
  if (vipOfKey(metadata.name) !== undefined) return 'Vip';
  if (eipOfKey(metadata.name) !== undefined) return 'OvnEip';
  if (isJunction(metadata.name)) return 'Subnet';
  return (spec.namespace ?? '') === '' ? 'Node' : 'Pod';
}

/**
 * Whether an object is on its way out and was for another holder: it goes when its holder's traces are gone, and then takes the
 * addresses of whoever moved in meanwhile with it.
 */
export function isLeavingFor(object: IP, holder: Holder): boolean {
  return object.metadata.deletionTimestamp !== undefined && object.metadata.annotations?.[holderUid] !== holder.uid;
}

/** Whether we keep an object from going before its traces are gone. */
export function isHeldBack(object: IP): boolean {
  return object.metadata.finalizers?.includes(FINALIZER) === true;
}

/** A user made it, or it was marked to stay. An object that is being deleted is not kept by either. */
export function isReserved(object: IP): boolean {
  if (object.metadata.deletionTimestamp !== undefined) return false;
  return object.metadata.labels?.[ipLabels.reserved] === 'true' || !isHeldBack(object);
}

const scalarFields = [
  'podName',
  'namespace',
  'subnet',
  'nodeName',
  'ipAddress',
  'v4IpAddress',
  'v6IpAddress',
  'macAddress',
  'podType',
] as const satisfies readonly (keyof IpSpec)[];

function specOf({ lease, podType }: JournalEntry): IpSpec {
  return {
    podName: lease.holder.name,
    namespace: lease.holder.namespace,
    subnet: lease.subnet,
    nodeName: lease.node,
    ipAddress: ipText(lease),
    v4IpAddress: lease.v4 ?? '',
    v6IpAddress: lease.v6 ?? '',
    macAddress: lease.mac,
    containerID: '',
    podType,
    attachIps: [],
    attachMacs: [],
    attachSubnets: [],
  };
}

function labelsOf({ lease, isReserved: reserved }: JournalEntry): Readonly<Record<string, string>> {
  return {
    [ipLabels.subnet]: lease.subnet,
    [ipLabels.nodeName]: lease.node,
    [lease.subnet]: '',
    [ipLabels.reserved]: String(reserved),
  };
}

function annotationsOf({ lease }: JournalEntry): Readonly<Record<string, string>> {
  const lender = lease.lender === undefined ? undefined : vipOfKey(lease.lender);
  return { [holderUid]: lease.holder.uid, ...(lender === undefined ? {} : { [lenderName]: lender }) };
}

/** @source Kubernetes meta/v1 ObjectMeta.resourceVersion: a patch that names one fails with 409 on any other version */
export function versionOf({ metadata: { resourceVersion } }: KubeObject): { readonly resourceVersion?: string } {
  return resourceVersion === undefined ? {} : { resourceVersion };
}

function textOr(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
