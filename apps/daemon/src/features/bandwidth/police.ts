/**
 * Limits that Open vSwitch carries out itself, on ports without a network device: noted for the port's rows, then looked at.
 */
import type { SourceTable } from '@kube-ovn/dataflow';
import type { Outcomes } from './apply.ts';
import type { LimitedEnd, Limits } from './limits.formula.ts';
import type { Outcome } from './outcome.formula.ts';
import { isPolicing, type Policer, type Policers } from './policer.formula.ts';

/** The node's database and its ovs-vswitchd. */
export interface PolicedSwitch {
  /** By attachment: what its rows say, or shall say. */
  readonly policers: SourceTable<Policers>;
  /** Resolves when ovs-vswitchd has carried out what is wanted. */
  readonly applied: () => Promise<void>;
  /** Answer of ovs-vswitchd to `qos/show`. */
  readonly showQos: (link: string) => Promise<string>;
}

/** Say what a port's rows shall hold; what can not be read leaves what is there. */
export function notePolicers({ policers }: PolicedSwitch, key: string, { ingress, egress }: Limits): void {
  const before = policers.peek(key);
  const kept = (end: LimitedEnd, was: Policer | undefined): Policer | undefined => (end.isKept && was !== undefined ? was : end.policer);
  policers.set(key, { ingress: kept(ingress, before?.ingress), egress: kept(egress, before?.egress) });
}

const NO_QUEUE =
  'an interface over vhost-user has no device in the kernel, where netem would be; leave it out, or use an interface of the kernel';

/** Look whether ovs-vswitchd goes by them. @returns undefined: the attachment is gone */
export async function lookAtPolicers(on: PolicedSwitch, key: string, limits: Limits): Promise<Outcomes | undefined> {
  await on.applied();
  const wanted = on.policers.peek(key);
  if (wanted === undefined) return undefined;
  const shown = await on.showQos(limits.ingress.link);
  const isLimiting = isPolicing(shown, wanted.ingress);
  return {
    ingress: isLimiting
      ? outcomeOf(limits.ingress, wanted.ingress)
      : {
          state: 'refused',
          reason: `ovs-vswitchd shows another QoS of port ${limits.ingress.link}: ${shown.trim().replaceAll(/\s+/g, ' ')}; its log says why`,
        },
    egress: outcomeOf(limits.egress, wanted.egress),
  };
}

function outcomeOf(end: LimitedEnd, policer: Policer | undefined): Outcome {
  if (end.isKept && policer !== undefined) return { state: 'kept', mbit: policer.mbit };
  const isDisturbed = end.shape?.disturbance !== undefined;
  if (policer === undefined && !isDisturbed) return { state: 'none' };
  return { state: 'in force', ...(isDisturbed ? { disturbance: { isRefused: true, reason: NO_QUEUE } } : {}) };
}
