/**
 * Does another machine on the subnet have one of the pod's addresses?
 */
import type { LinkProbe } from '@kube-ovn/host';
import { tryAgainLater } from '../../errors.ts';
import type { PlannedAddress } from './plan.ts';
import type { Attachment } from './record.ts';

/** Addresses that are to be used, and by whom. */
export interface Claims {
  readonly attachment: Pick<Attachment, 'mac'>;
  readonly addresses: readonly PlannedAddress[];
  /** How long to listen, in milliseconds; 0 asks nobody. */
  readonly listenMs: number;
}

/** What the search needs. */
export interface DuplicateSearch {
  readonly probe: LinkProbe;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Ask for each address twice, and listen.
 * @throws {CniFailure} 11, naming address and owner
 */
export async function refuseDuplicates(claims: Claims, { probe, sleep }: DuplicateSearch): Promise<void> {
  const { addresses, listenMs } = claims;
  const patience = { intervalMs: listenMs / 2, timeoutMs: listenMs, sleep };
  const found = await Promise.all(
    addresses.map(async (planned) => ({ planned, owner: await probe.findOtherOwner(planned.address, patience) })),
  );
  for (const { planned, owner } of found) if (owner !== undefined) throw taken(planned, owner, claims);
}

function taken({ address }: PlannedAddress, owner: string, { attachment }: Claims): Error {
  return tryAgainLater(
    `address ${address} is in use by ${owner}`,
    `another machine on the subnet answers for it; the pod's MAC would be ${attachment.mac}`,
  );
}
