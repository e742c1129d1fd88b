/** Tells operators (log) and users (events) what could not be done for an object. */
import type { KubeObject } from '@kube-ovn/api';
import type { Table } from '@kube-ovn/dataflow';
import type { EventRecorder } from '@kube-ovn/kube';
import type { OvsdbError } from '@kube-ovn/ovsdb';
import type { HeldLease, Holder } from './effects/demand.ts';
import type { Disagreement } from './effects/restore.ts';
import { ipText } from './features/lease.ts';
import type { PodInterface } from './inputs/pod.ts';
import { objectOfOwner } from './owners.ts';
import type { Log } from './ports.ts';
import type { KubernetesSources } from './sources/kubernetes.ts';

export interface Reporting {
  readonly log: Log;
  readonly events: EventRecorder;
  readonly sources: KubernetesSources;
  /** By port name. */
  readonly interfaces: Table<PodInterface>;
}

/** A fragment that OVN refuses harms only its owner, which is told. @source Kube-OVN event CreateOVNPortFailed */
export function reportRefusedFragment(
  { log, events, sources, interfaces }: Reporting,
  owner: string,
  problem: OvsdbError | undefined,
): void {
  if (problem === undefined) {
    log.info({ owner }, 'OVN has it now');
    return;
  }
  log.warn({ owner, code: problem.code, error: problem.message }, 'OVN refused');
  const object = objectOfOwner({ sources, interfaces }, owner);
  const reason = object?.kind === 'Pod' ? 'CreateOVNPortFailed' : 'OVNRefused';
  if (object !== undefined) events.event(object, 'Warning', reason, problem.message);
}

/** Two witnesses of an earlier allocation disagree. */
export function reportDisagreement({ log, events, sources, interfaces }: Reporting, { witness, conflict }: Disagreement): void {
  const { lease, kind } = witness;
  const kept = conflict.kept === 'none' ? '' : '; the address stays taken until this object is gone';
  const message = `${kind} of ${lease.owner}: ${ipText(lease)} there: ${conflict.message}${kept}`;
  log.warn({ name: lease.owner, witness: kind, code: conflict.code, holder: conflict.holder }, message);
  const pod = interfaces.peek(lease.owner)?.pod; // the holder may be a virtual machine
  const object = objectOfHolder(sources, lease, lease.holder.kind === 'Pod' ? pod : undefined);
  if (object !== undefined) events.event(object, 'Warning', 'AddressDisagreement', message);
}

/** @param key of the object, where it is known to be another than the holder's namespace and name */
export function objectOfHolder(sources: KubernetesSources, { holder, subnet }: HeldLease, key?: string): KubeObject | undefined {
  const { kind, namespace, name } = holder;
  const tables: Readonly<Record<Holder['kind'], Table<KubeObject>>> = {
    Node: sources.nodes.table,
    Pod: sources.pods.table,
    Vip: sources.vips.table,
    OvnEip: sources.ovnEips.table,
    Subnet: sources.subnets.table,
  };
  const keys: Partial<Record<Holder['kind'], string>> = { Pod: `${namespace}/${name}`, Subnet: subnet };
  return tables[kind].peek(key ?? keys[kind] ?? name);
}
