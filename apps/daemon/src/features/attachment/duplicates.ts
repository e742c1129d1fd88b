/**
 * Does another machine on the subnet have one of the pod's addresses?
 */
import type { LinkProbe } from '@kube-ovn/host';
import { tryAgainLater } from '../../errors.ts';
import type { AttachPlan, PlannedAddress } from './plan.ts';

/** What the search needs. */
export interface DuplicateSearch {
  readonly probe: LinkProbe;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Ask for each address twice, and listen.
 * @throws {CniFailure} 11, naming address and owner
 */
export async function refuseDuplicates(plan: AttachPlan, { probe, sleep }: DuplicateSearch): Promise<void> {
  const { listenMs } = plan;
  const patience = { intervalMs: listenMs / 2, timeoutMs: listenMs, sleep };
  const found = await Promise.all(
    plan.addresses.map(async (planned) => ({ planned, owner: await probe.findOtherOwner(planned.address, patience) })),
  );
  for (const { planned, owner } of found) if (owner !== undefined) throw taken(planned, owner, plan);
}

function taken({ address }: PlannedAddress, owner: string, { attachment }: AttachPlan): Error {
  return tryAgainLater(
    `address ${address} is in use by ${owner}`,
    `another machine on the subnet answers for it; the pod's MAC would be ${attachment.mac}`,
  );
}
