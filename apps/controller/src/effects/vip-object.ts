/**
 * The Vip of a lease and back. Pure.
 *
 * A Vip is its own journal: its status says which addresses it has, its label of which Subnet. To the allocation it is an entry like any
 * other, in the form of an IP object under the Vip's key.
 * @source Kube-OVN Vip.status; label ovn.kubernetes.io/subnet
 */
import { FINALIZER, type IP, ipLabels, resources, type Vip } from '@kube-ovn/api';
import { type HeldLease, vipKey, vipOfKey } from './demand.ts';
import { holderUid, isHeldBack, releasePatch, versionOf } from './ip-object.ts';
import type { JournalForm } from './object-journal.ts';

/** Vips as a journal. */
export const vipJournal: JournalForm<Vip> = { resource: resources.vip, nameOf: vipOfKey, says: saysLease, leasePatch, withoutLeasePatch };

/** The entry that a Vip is. */
export function vipEntry({ metadata, spec, status }: Vip): IP {
  const { name, uid = '', labels = {}, annotations: _, ...rest } = metadata;
  const subnet = labels[ipLabels.subnet] ?? '';
  const hasAddresses = (status?.v4ip ?? '') !== '' || (status?.v6ip ?? '') !== '';
  return {
    metadata: { ...rest, uid, name: vipKey(name), annotations: { [holderUid]: uid } },
    spec: hasAddresses
      ? {
          podName: name,
          namespace: spec.namespace ?? '',
          subnet: subnet === '' ? (spec.subnet ?? '') : subnet,
          v4IpAddress: status?.v4ip ?? '',
          v6IpAddress: status?.v6ip ?? '',
          macAddress: status?.mac ?? '',
        }
      : {},
  };
}

/** Whether a Vip says all of a lease already. */
function saysLease(vip: Vip, lease: HeldLease): boolean {
  const { labels, finalizers } = vip.metadata;
  const { spec, status } = fieldsOf(lease);
  const has = (object: object | undefined, fields: Readonly<Record<string, string>>): boolean =>
    Object.entries(fields).every(([field, value]) => ((object as Readonly<Record<string, unknown>> | undefined)?.[field] ?? '') === value);
  const isKept = finalizers?.includes(FINALIZER) === true || vip.metadata.deletionTimestamp !== undefined;
  return isKept && labels?.[ipLabels.subnet] === lease.subnet && has(vip.spec, spec) && has(vip.status, status);
}

/** A merge patch that makes a Vip say it, if it still is as it was read. */
function leasePatch(vip: Vip, lease: HeldLease): Readonly<Record<string, unknown>> {
  const { finalizers = [], deletionTimestamp } = vip.metadata;
  return {
    metadata: {
      ...versionOf(vip),
      labels: { [ipLabels.subnet]: lease.subnet },
      ...(deletionTimestamp === undefined ? { finalizers: [...new Set([...finalizers, FINALIZER])] } : {}),
    },
    ...fieldsOf(lease),
  };
}

/** A merge patch that takes the lease away: a Vip that is being deleted may go, one that lives has no addresses; undefined when it is so. */
function withoutLeasePatch(vip: Vip): Readonly<Record<string, unknown>> | undefined {
  const entry = vipEntry(vip);
  if (vip.metadata.deletionTimestamp !== undefined) return isHeldBack(entry) ? releasePatch(vip) : undefined;
  if (entry.spec.podName === undefined) return undefined;
  return { metadata: { ...versionOf(vip), labels: { [ipLabels.subnet]: null } }, status: { v4ip: '', v6ip: '', mac: '' } };
}

/** @source Kube-OVN: the addresses are copied to spec and status */
function fieldsOf({ v4 = '', v6 = '', mac }: HeldLease): {
  readonly spec: Readonly<Record<string, string>>;
  readonly status: Readonly<Record<string, string>>;
} {
  return { spec: { v4ip: v4, v6ip: v6, macAddress: mac }, status: { v4ip: v4, v6ip: v6, mac } };
}
