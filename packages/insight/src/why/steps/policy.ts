/** What policies say, at both ends. Pure. */
import { verdict } from '@kube-ovn/policy';
import { passed, type Step, stopped } from '../answer.ts';
import type { Connection } from '../connections.ts';
import type { Party } from '../ends.ts';
import type { World } from '../world.ts';

export function policySteps({ from, to, family, protocol, port }: Connection, { policies }: World): readonly Step[] {
  const found = verdict(policies, { from: from.flowEnd, to: to.flowEnd, protocol, family, ...(port === undefined ? {} : { port }) });
  if (found === undefined) return [];
  const side = (judgement: { readonly action: string; readonly because: string }, party: Party, way: 'sends' | 'gets'): Step =>
    judgement.action === 'allow'
      ? passed(party.object, `policies let through what it ${way}: ${judgement.because}`)
      : stopped({
          code: 'POLICY_DENIES',
          object: objectIn(judgement.because) ?? party.object,
          message: `denies what ${party.object} ${way}: ${judgement.because}`,
          fix: `add a rule that allows it there, or take ${party.object} out of what it selects`,
        });
  const egress = side(found.egress, from, 'sends');
  return egress.culprit === undefined ? [egress, side(found.ingress, to, 'gets')] : [egress];
}

/** The first object that a reason names: `NetworkPolicy shop/deny-all`. */
function objectIn(because: string): string | undefined {
  return /\b(?:NetworkPolicy|AdminNetworkPolicy|BaselineAdminNetworkPolicy|ClusterNetworkPolicy|SecurityGroup|Subnet) [^\s,:;]+/.exec(
    because,
  )?.[0];
}
