/**
 * The consistency check: do Kubernetes, the journal of addresses, OVN and the nodes tell the same story?
 *
 * Pure: it judges what was gathered at one moment. While pods come and go a difference may be on its way to be mended; a
 * finding that is still there seconds later is a fault.
 */
import { findDisagreements } from './agreement.ts';
import { findDuplicates } from './duplicates.ts';
import type { ClusterFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import { findLeaks } from './owners.ts';
import { findPoolProblems } from './pools.ts';
import { findSubnetProblems } from './subnets.ts';

/** Every inconsistency, worst kind first. */
export function checkCluster(facts: ClusterFacts): readonly Finding[] {
  return [
    ...findDuplicates(facts),
    ...findSubnetProblems(facts),
    ...findPoolProblems(facts),
    ...findLeaks(facts),
    ...findDisagreements(facts),
  ];
}
