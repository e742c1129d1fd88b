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
 * Ask for each address, and listen.
 *
 * Where OVN answers for all machines of the subnet, it answers our questions in their order. So its answer for the gateway, asked last
 * and likewise without sender address, ends the wait: what could answer for the pod's own address has answered by then.
 * @throws {CniFailure} 11, naming address and owner
 */
export async function refuseDuplicates(plan: AttachPlan, { probe, sleep }: DuplicateSearch): Promise<void> {
  if (plan.duplicates === undefined) return;
  const { timeoutMs, endsWithGateway } = plan.duplicates;
  const found = await Promise.all(
    plan.addresses.map(async (planned) => {
      let isOver = false;
      const patience = { intervalMs: timeoutMs / 2, timeoutMs, sleep, cancelled: () => isOver };
      const own = probe.findOtherOwner(planned.address, patience);
      const gateway = endsWithGateway && planned.gateway !== undefined ? probe.findOtherOwner(planned.gateway, patience) : undefined;
      void gateway?.then((answer) => {
        isOver ||= answer !== undefined;
      }, ignore);
      const owner = await own;
      isOver = true;
      await gateway;
      return { planned, owner };
    }),
  );
  for (const { planned, owner } of found) if (owner !== undefined) throw taken(planned, owner, plan);
}

/** What the gateway's question fails with is seen where it is awaited. */
function ignore(): void {}

function taken({ address }: PlannedAddress, owner: string, { attachment }: AttachPlan): Error {
  return tryAgainLater(
    `address ${address} is in use by ${owner}`,
    `another machine on the subnet answers for it; the pod's MAC would be ${attachment.mac}`,
  );
}
