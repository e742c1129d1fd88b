/**
 * Network policies of every kind → port groups and ACLs, and what stands against them → their authors.
 *
 * Reads: NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy, SecurityGroup, Subnet.spec.private and
 * allowSubnets, Namespaces, Nodes, Pods (annotation security_groups) and their leases.
 * Wants: per policy its ACLs, per selector a Port_Group, per pod the memberships of its ports (packages/policy/DESIGN.md). The rules of a
 * SecurityGroup are in OVN while a pod names it, or has it by default.
 */
import { nodePortName } from '@kube-ovn/api';
import { deriveTable, expandTable, groupTable, indexBy, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import { defaultSecurityGroup, missingSecurityGroup, type Node, type Pod, type Policy } from '@kube-ovn/policy';
import type { AdminPolicyKind, Feature } from '../feature.ts';
import type { Graph } from '../graph.ts';
import { portLease } from '../port-lease.ts';
import { groupProblems, groupsNamed, noticeKinds, policyNotices, policyProblems } from './notices.ts';
import { policyPod, type PodSurroundings } from './policy-pod.formula.ts';
import { policyStatus } from './policy-status.formula.ts';
import { policyTable } from './policy-table.ts';
import { securityGroupStatus } from './security-group-status.formula.ts';

const byContent = { equals: isSamePlainData };

export const networkPolicyFeature: Feature = {
  name: 'network-policy',
  wire: (graph) => {
    const surroundings: PodSurroundings = {
      leaseOf: (port) => portLease(graph, port),
      hasDefaultGroup: (subnet) => hasDefaultGroup(subnet, graph),
    };
    const pods = deriveTable(
      'policy pods',
      graph.podIdentities,
      (key, identity) => policyPod(identity, graph.pods.get(key)?.interfaces ?? [], surroundings),
      byContent,
    );
    const results = policyTable({
      features: graph.northbound.features,
      pods,
      namespaces: graph.namespaces,
      nodes: deriveTable('policy nodes', graph.nodes, (name) => policyNode(name, graph), byContent),
      policies: graph.policies,
      securityGroups: namedGroups(graph, pods),
      serviceBlocks: graph.serviceBlocks,
      compile: graph.compile,
    });
    const problemsOfPolicies = policyProblems(graph, results);
    const problemsOfGroups = groupProblems(graph, results);
    const statusesOf = (kind: AdminPolicyKind): Table<ObjectPatch> =>
      expandTable(
        `${kind} patches`,
        graph.policies,
        (key, { value, objectKey, generation }): readonly (readonly [string, ObjectPatch])[] =>
          noticeKinds[value.kind] === kind ? [[objectKey, { status: policyStatus(generation, problemsOfPolicies.get(key) ?? []) }]] : [],
        byContent,
      );
    return {
      fragments: [
        deriveTable('policy fragments', results, (_owner, result) => (result.kind === 'fragment' ? result.fragment : undefined), byContent),
      ],
      patches: {
        adminNetworkPolicy: statusesOf('adminNetworkPolicy'),
        baselineAdminNetworkPolicy: statusesOf('baselineAdminNetworkPolicy'),
        clusterNetworkPolicy: statusesOf('clusterNetworkPolicy'),
        securityGroup: deriveTable(
          'security group patches',
          graph.objects.securityGroups,
          (name, object) => ({ status: securityGroupStatus(object, problemsOfGroups.get(name) ?? []) }),
          byContent,
        ),
      },
      notices: policyNotices(graph, { pods, problemsOfPolicies, problemsOfGroups }),
    };
  },
};

/** Of the Vpcs of users: in the default one a pod without a group has none. */
function hasDefaultGroup(subnet: string, { subnets, securityGroups, names }: Graph): boolean {
  const vpc = subnets.get(subnet)?.vpc ?? '';
  return vpc !== '' && vpc !== names.clusterRouter && securityGroups.has(defaultSecurityGroup);
}

/** A group that is not there closes the pods that name it, until it is. */
function namedGroups({ securityGroups }: Graph, pods: Table<Pod>): Table<readonly Policy[]> {
  const members = indexBy('pods by security group', pods, groupsNamed);
  return groupTable('named security groups', members, (name) => securityGroups.get(name)?.value ?? missingSecurityGroup(name), byContent);
}

/** A node is seen by pods as its own addresses and the one that it has on the join Subnet. */
function policyNode(name: string, { nodes, leases }: Graph): Node | undefined {
  const node = nodes.get(name);
  if (node === undefined) return undefined;
  const { v4, v6 } = leases.get(nodePortName(name)) ?? {};
  const addresses = [...node.internalIps.map(({ address }) => address), ...[v4, v6].filter((address) => address !== undefined)];
  return { name, labels: node.labels, addresses };
}
