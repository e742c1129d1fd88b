/**
 * The reference evaluator: may these two ends talk, and who says so, straight from Kubernetes objects.
 *
 * It is written from the sentences of the API's documentation, one function per sentence or two, and looks at everything anew for
 * each question: slow, and simple enough to be believed. It shares no code with the compiler, neither for reading objects nor for
 * matching them, since it is what the compiler is tested against.
 */
import { type Flow, isNodeOf, partyOf } from './flow.ts';
import { judgeByAdminTier, judgeByBaselineTier } from './admin-policy.ts';
import { decided, type Judgement, type Question } from './judgement.ts';
import { judgeByNetworkPolicies } from './network-policy.ts';
import type { ClusterObjects } from './objects.ts';
import { judgeBySecurityGroups } from './security-group.ts';
import { judgeBySubnet } from './subnet.ts';

/** Whether a connection is let through, and what each of its ends says to it. */
export interface Verdict extends Judgement {
  /** What the policies of the sending pod say. */
  readonly egress: Judgement;
  /** What the policies of the receiving pod say. */
  readonly ingress: Judgement;
}

/**
 * Judge a new connection.
 *
 * @returns undefined when an end is not there, or has no address in the flow's family: there can be no such connection
 * @throws {IpamError} IPAM_BAD_PREFIX, IPAM_BAD_ADDRESS on objects that the API server would refuse
 * @source Kubernetes, Network Policies: "For a connection from a source pod to a destination pod to be allowed, both the egress policy
 *   on the source pod and the ingress policy on the destination pod need to allow the connection"; "a pod cannot block access to itself"
 */
export function verdict(cluster: ClusterObjects, flow: Flow): Verdict | undefined {
  const from = partyOf(cluster, flow.from, flow.family);
  const to = partyOf(cluster, flow.to, flow.family);
  if (from === undefined || to === undefined) return undefined;
  if (from.address === to.address) return both(decided('allow', 'the same end'), decided('allow', 'the same end'));
  return both(
    judge(cluster, { flow, direction: 'egress', own: from, other: to, to }),
    judge(cluster, { flow, direction: 'ingress', own: to, other: from, to }),
  );
}

function both(egress: Judgement, ingress: Judgement): Verdict {
  return { ...(egress.action === 'deny' ? egress : ingress), egress, ingress };
}

/**
 * One direction of one end.
 *
 * @source v1alpha2 ClusterNetworkPolicySpec.tier: "Policy tiers are evaluated in the following order: Admin tier, NetworkPolicy tier,
 *   Baseline tier ... If a given connection wasn't allowed or denied by any of the tiers, the default kubernetes policy is applied, which
 *   says that all pods can communicate with each other"
 * @source Kube-OVN, priorities of its rules: those of a SecurityGroup (2003 and above) lie over those of NetworkPolicies (2000, 2001), and
 *   those over a private Subnet's (1000, 1001)
 * @source Kubernetes, Network Policies, "What you can't do": pods do not "have the ability to block access from their resident node"
 */
function judge(cluster: ClusterObjects, asked: Omit<Question, 'pod'>): Judgement {
  const { pod } = asked.own;
  if (pod === undefined) return decided('allow', 'no pod, no policy');
  const question: Question = { ...asked, pod };
  if (question.direction === 'ingress' && isNodeOf(question.other, question.pod)) return decided('allow', 'the node of the pod');
  return (
    judgeByAdminTier(cluster, question) ??
    judgeBySecurityGroups(cluster, question) ??
    judgeByNetworkPolicies(cluster, question) ??
    judgeBySubnet(cluster, question) ??
    judgeByBaselineTier(cluster, question) ??
    decided('allow', 'nothing says otherwise')
  );
}
