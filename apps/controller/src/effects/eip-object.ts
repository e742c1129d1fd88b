/**
 * The OvnEip of a lease and back. Pure.
 *
 * An OvnEip is its own journal, as a Vip is. Its status has an endpoint of its own, so that what it has is also in an annotation, which is
 * written together with the finalizer; addresses are copied to the spec, as users know it. One without the annotation that has addresses in
 * its status was served by Kube-OVN before, and keeps them.
 * @source Kube-OVN OvnEip: spec.v4Ip, spec.v6Ip, spec.macAddress; labels subnet, ovn_eip_type, eip_v4_ip, eip_v6_ip
 */
import { eipLabels, FINALIZER, type IP, type OvnEip, resources } from '@kube-ovn/api';
import { eipKey, eipOfKey, type HeldLease } from './demand.ts';
import { holderUid, isHeldBack, releasePatch, versionOf } from './ip-object.ts';
import type { JournalForm } from './object-journal.ts';

/** OvnEips as a journal. */
export const eipJournal: JournalForm<OvnEip> = {
  resource: resources.ovnEip,
  nameOf: eipOfKey,
  says: saysLease,
  leasePatch,
  withoutLeasePatch,
};

/** Annotation: what the address is, from the moment when it is taken. An addition to Kube-OVN's API. */
const allocationAnnotation = 'ovn.kubernetes.io/allocation';

/** What an OvnEip has; it can not be changed any more. */
export interface EipAllocation {
  readonly subnet: string;
  /** Empty: none of this family. */
  readonly v4: string;
  readonly v6: string;
  readonly mac: string;
  readonly type: EipType;
}

export type EipType = 'nat' | 'lrp' | 'lsp';

/** What an OvnEip has. */
export function eipAllocation({ metadata, spec, status }: OvnEip): EipAllocation | undefined {
  const text = metadata.annotations?.[allocationAnnotation];
  if (text !== undefined) return readAllocation(text);
  const { v4Ip: v4 = '', v6Ip: v6 = '', macAddress: mac = '' } = status ?? {};
  if (status?.ready !== true || (v4 === '' && v6 === '')) return undefined;
  return { subnet: spec.externalSubnet ?? '', v4, v6, mac, type: spec.type ?? 'nat' };
}

/** The entry that an OvnEip is. */
export function eipEntry(eip: OvnEip): IP {
  const { name, uid = '', annotations: _annotations, labels: _labels, ...rest } = eip.metadata;
  const held = eipAllocation(eip);
  return {
    metadata: { ...rest, uid, name: eipKey(name), annotations: { [holderUid]: uid } },
    spec:
      held === undefined
        ? {}
        : { podName: name, namespace: '', subnet: held.subnet, v4IpAddress: held.v4, v6IpAddress: held.v6, macAddress: held.mac },
  };
}

function readAllocation(text: string): EipAllocation | undefined {
  const fields = parse(text);
  const [subnet, v4, v6, mac, type] = ['subnet', 'v4', 'v6', 'mac', 'type'].map((field) => fields[field]);
  if (typeof subnet !== 'string' || typeof v4 !== 'string' || typeof v6 !== 'string' || typeof mac !== 'string') return undefined;
  return { subnet, v4, v6, mac, type: type === 'lrp' || type === 'lsp' ? type : 'nat' };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function allocationOf({ subnet, v4 = '', v6 = '', mac }: HeldLease, eip: OvnEip): EipAllocation {
  return { subnet, v4, v6, mac, type: eipAllocation(eip)?.type ?? eip.spec.type ?? 'nat' };
}

function saysLease(eip: OvnEip, lease: HeldLease): boolean {
  const { annotations, finalizers, deletionTimestamp } = eip.metadata;
  const isKept = finalizers?.includes(FINALIZER) === true || deletionTimestamp !== undefined;
  return isKept && annotations?.[allocationAnnotation] === JSON.stringify(allocationOf(lease, eip));
}

function leasePatch(eip: OvnEip, lease: HeldLease): Readonly<Record<string, unknown>> {
  const { finalizers = [], deletionTimestamp } = eip.metadata;
  const allocation = allocationOf(lease, eip);
  const { subnet, v4, v6, mac, type } = allocation;
  return {
    metadata: {
      ...versionOf(eip),
      annotations: { [allocationAnnotation]: JSON.stringify(allocation) },
      labels: {
        [eipLabels.subnet]: subnet,
        [eipLabels.type]: type,
        [eipLabels.v4]: v4,
        [eipLabels.v6]: v6.replaceAll(':', '-').replace(/^-|-$/g, ''), // a label's value has no colon, and letters or digits at its ends
      },
      ...(deletionTimestamp === undefined ? { finalizers: [...new Set([...finalizers, FINALIZER])] } : {}),
    },
    spec: { externalSubnet: subnet, v4Ip: v4, v6Ip: v6, macAddress: mac, type },
  };
}

function withoutLeasePatch(eip: OvnEip): Readonly<Record<string, unknown>> | undefined {
  if (eip.metadata.deletionTimestamp !== undefined) return isHeldBack(eipEntry(eip)) ? releasePatch(eip) : undefined;
  if (eip.metadata.annotations?.[allocationAnnotation] === undefined) return undefined;
  return { metadata: { ...versionOf(eip), annotations: { [allocationAnnotation]: null } } };
}
