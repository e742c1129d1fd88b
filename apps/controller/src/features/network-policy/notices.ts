/** What the authors of policies, SecurityGroups and pods are told. */
import { deriveTable, expandTable, isSamePlainData, mergeTables, type Table } from '@kube-ovn/dataflow';
import { type Pod, policyKey, type PolicyKind, type Problem } from '@kube-ovn/policy';
import type { Notice, NoticeKind } from '../feature.ts';
import type { Graph } from '../graph.ts';
import { type PolicyResult, problemsKey } from './policy-table.ts';
import { validatePolicyFailed } from './policy-status.formula.ts';
import { groupProblemsText, validateSecurityGroupFailed } from './security-group-status.formula.ts';

export const noticeKinds: Readonly<Record<PolicyKind, NoticeKind>> = {
  NetworkPolicy: 'networkPolicy',
  AdminNetworkPolicy: 'adminNetworkPolicy',
  BaselineAdminNetworkPolicy: 'baselineAdminNetworkPolicy',
  ClusterNetworkPolicy: 'clusterNetworkPolicy',
  SecurityGroup: 'securityGroup',
  Subnet: 'subnet',
};

const byContent = { equals: isSamePlainData };

/** What is wrong with each group: as it is read, and as its rules compile. */
export function groupProblems({ securityGroups }: Graph, results: Table<PolicyResult>): Table<readonly Problem[]> {
  return deriveTable(
    'security group problems',
    securityGroups,
    (_name, { value, problems }): readonly Problem[] => [...problems, ...value.flatMap((part) => compiling(results, policyKey(part)))],
    byContent,
  );
}

interface NoticeInputs {
  readonly pods: Table<Pod>;
  readonly problemsOfPolicies: Table<readonly Problem[]>;
  readonly problemsOfGroups: Table<readonly Problem[]>;
}

/** What is wrong with each policy: as it is read, and as it compiles. */
export function policyProblems({ policies }: Graph, results: Table<PolicyResult>): Table<readonly Problem[]> {
  return deriveTable(
    'policy problems',
    policies,
    (key, { problems }): readonly Problem[] => [...problems, ...compiling(results, key)],
    byContent,
  );
}

/** By kind and key of the object that each is about. */
export function policyNotices(graph: Graph, { pods, problemsOfPolicies, problemsOfGroups }: NoticeInputs): Table<Notice> {
  const { policies, objects } = graph;
  const ofPolicies = deriveTable(
    'policy notices',
    policies,
    (key, { value, objectKey }): Notice | undefined => failed(noticeKinds[value.kind], objectKey, problemsOfPolicies.get(key) ?? []),
    byContent,
  );
  // Told when the condition does not say it yet: so a restart tells nobody again.
  const ofGroups = deriveTable(
    'security group notices',
    problemsOfGroups,
    (name, problems): Notice | undefined => {
      const said = objects.securityGroups.get(name)?.status?.conditions?.find(({ type }) => type === 'Validated')?.message;
      const notice = failed('securityGroup', name, problems);
      return notice === undefined || notice.message === said ? undefined : { ...notice, reason: validateSecurityGroupFailed };
    },
    byContent,
  );
  const ofPods = deriveTable(
    'pods of missing security groups',
    pods,
    (key, pod): Notice | undefined => {
      const missing = groupsNamed(pod).filter((name) => !graph.securityGroups.has(name));
      if (missing.length === 0) return undefined;
      const which = missing.length === 1 ? `SecurityGroup ${missing[0]}, which is` : `SecurityGroups ${missing.join(', ')}, which are`;
      const message = `Pod ${key} names ${which} not there: it allows nothing; create it, or take it out of the annotation security_groups`;
      return { kind: 'pod', key, type: 'Warning', reason: 'SecurityGroupNotFound', message, isState: true };
    },
    byContent,
  );
  return mergeTables('notices of policies', [ofPolicies, byKind(ofGroups), byKind(ofPods)]);
}

/** The groups that any interface of a pod names. */
export function groupsNamed({ interfaces }: Pod): readonly string[] {
  return [...new Set(interfaces.flatMap(({ securityGroups = [] }) => securityGroups))];
}

function byKind(notices: Table<Notice>): Table<Notice> {
  return expandTable(`${notices.name} by kind`, notices, (key, notice) => [[`${notice.kind}/${key}`, notice]], byContent);
}

function failed(kind: NoticeKind, key: string, problems: readonly Problem[]): Notice | undefined {
  if (problems.length === 0) return undefined;
  return { kind, key, type: 'Warning', reason: validatePolicyFailed, message: groupProblemsText(problems), isState: true };
}

function compiling(results: Table<PolicyResult>, policy: string): readonly Problem[] {
  const result = results.get(problemsKey(policy));
  return result?.kind === 'problems' ? result.problems : [];
}
