/**
 * Network policies of every kind → port groups and ACLs, and what stands against them → their authors.
 *
 * Reads: NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy, Namespaces, Nodes, Pods and their leases.
 * Wants: per policy its ACLs, per selector a Port_Group, per pod the memberships of its ports (packages/policy/DESIGN.md).
 */
import { nodePortName } from '@kube-ovn/api';
import { deriveTable, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { Node, PolicyKind } from '@kube-ovn/policy';
import type { Feature, Notice, NoticeKind } from '../feature.ts';
import type { Graph } from '../graph.ts';
import { policyPod } from './policy-pod.formula.ts';
import { type PolicyResult, policyTable, problemsKey } from './policy-table.ts';

/** Kinds of policies that are read here. */
const noticeKinds: Readonly<Partial<Record<PolicyKind, NoticeKind>>> = {
  NetworkPolicy: 'networkPolicy',
  AdminNetworkPolicy: 'adminNetworkPolicy',
  BaselineAdminNetworkPolicy: 'baselineAdminNetworkPolicy',
  ClusterNetworkPolicy: 'clusterNetworkPolicy',
};

export const networkPolicyFeature: Feature = {
  name: 'network-policy',
  wire: (graph) => {
    const results = policyTable({
      features: graph.northbound.features,
      pods: deriveTable(
        'policy pods',
        graph.podIdentities,
        (key, identity) => policyPod(identity, graph.pods.get(key)?.interfaces ?? [], (port) => graph.leases.get(port)),
        { equals: isSamePlainData },
      ),
      namespaces: graph.namespaces,
      nodes: deriveTable('policy nodes', graph.nodes, (name) => policyNode(name, graph), { equals: isSamePlainData }),
      policies: graph.policies,
      serviceBlocks: graph.serviceBlocks,
    });
    return {
      fragments: [
        deriveTable('policy fragments', results, (_owner, result) => (result.kind === 'fragment' ? result.fragment : undefined), {
          equals: isSamePlainData,
        }),
      ],
      notices: notices(graph, results),
    };
  },
};

/** A node is seen by pods as its own addresses and the one that it has on the join Subnet. */
function policyNode(name: string, { nodes, leases }: Graph): Node | undefined {
  const node = nodes.get(name);
  if (node === undefined) return undefined;
  const { v4, v6 } = leases.get(nodePortName(name)) ?? {};
  const addresses = [...node.internalIps.map(({ address }) => address), ...[v4, v6].filter((address) => address !== undefined)];
  return { name, labels: node.labels, addresses };
}

function notices({ policies }: Graph, results: Table<PolicyResult>): Table<Notice> {
  return deriveTable(
    'policy notices',
    policies,
    (key, { value, problems, objectKey }): Notice | undefined => {
      const result = results.get(problemsKey(key));
      const all = [...problems, ...(result?.kind === 'problems' ? result.problems : [])];
      const message = all.map((each) => each.message).join('; ');
      const kind = noticeKinds[value.kind];
      return kind === undefined || all.length === 0
        ? undefined
        : { kind, key: objectKey, type: 'Warning', reason: 'ValidatePolicyFailed', message };
    },
    { equals: isSamePlainData },
  );
}
