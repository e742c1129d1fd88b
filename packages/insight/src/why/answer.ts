/** What is answered. */

/** What can stand in the way. */
export type WhyCode =
  | 'NOT_THERE'
  | 'POD_OVER'
  | 'POD_NOT_SCHEDULED'
  | 'POD_NO_ADDRESS'
  | 'POD_NO_INTERFACE'
  | 'NO_COMMON_FAMILY'
  | 'NODE_NOT_READY'
  | 'NODE_TUNNEL_DOWN'
  | 'PORT_MISSING'
  | 'PORT_NOT_BOUND'
  | 'PORT_ELSEWHERE'
  | 'CHASSIS_MISSING'
  | 'CHASSIS_BEHIND'
  | 'NORTHD_BEHIND'
  | 'SERVICE_NO_PORT'
  | 'SERVICE_NO_ENDPOINTS'
  | 'SERVICE_NOT_READY'
  | 'SERVICE_NONE_NEAR'
  | 'SERVICE_EXTERNAL_NAME'
  | 'NAME_UNKNOWN'
  | 'POLICY_DENIES'
  | 'SUBNET_REFUSED'
  | 'OTHER_VPC'
  | 'NO_WAY_OUT'
  | 'GATEWAY_MISSING'
  | 'ADDRESS_NOT_TRANSLATED'
  | 'ADDRESS_FREE'
  | 'NO_WAY_BACK'
  | 'SUBNET_ACL_DROPS'
  | 'VPC_POLICY_ROUTE_DROPS'
  | 'NEXT_HOP_SILENT'
  | 'FOREIGN_RULE_DROPS'
  | 'OVN_DROPS'
  | 'SOURCE_NOT_ALLOWED'
  | 'NOT_LISTENED'
  | 'LISTENED_ON_LOOPBACK'
  | 'VSWITCHD_SILENT'
  | 'NODE_NOT_REACHED'
  | 'LINK_DOWN'
  | 'MTU_TOO_LARGE'
  | 'RATE_DROPS';

/** The object that decides. */
export interface Culprit {
  readonly code: WhyCode;
  /** Kind and key. */
  readonly object: string;
  /** In plain words. */
  readonly message: string;
  readonly fix: string;
  /** It may be in the way, and what was set up before may go on all the same. */
  readonly isDoubt?: boolean;
}

/** One hop on the way, in terms of Kubernetes. */
export interface Step {
  /** Kind and key of what is passed. */
  readonly at: string;
  readonly says: string;
  /** Present where the way ends, or may end. */
  readonly culprit?: Culprit;
}

/** One way: to a pod, a node or the outside; a service has one for each endpoint. */
export interface Way {
  readonly to: string;
  readonly steps: readonly Step[];
}

export interface Answer {
  readonly from: string;
  readonly to: string;
  /** `all`: by every way; `some`: a service of which some endpoints can not be reached; `doubtful`: nothing is surely in the way, and something may be. */
  readonly reaches: 'all' | 'some' | 'doubtful' | 'none';
  /** Each once, in the order of the way; those that only may be in the way come last. */
  readonly culprits: readonly Culprit[];
  /** What is common to all ways. */
  readonly steps: readonly Step[];
  readonly ways: readonly Way[];
  /** What could not be looked at, and so was not judged. */
  readonly unseen: readonly string[];
}

export function passed(at: string, says: string): Step {
  return { at, says };
}

export function stopped({ object, ...rest }: Culprit): Step {
  return { at: object, says: rest.message, culprit: { object, ...rest } };
}

/** Something that may be in the way. */
export function doubtful(culprit: Culprit): Step {
  return stopped({ ...culprit, isDoubt: true });
}

/** Whether the way ends at one of them. */
export function isStopped(steps: readonly Step[]): boolean {
  return steps.some(({ culprit }) => culprit !== undefined && culprit.isDoubt !== true);
}
