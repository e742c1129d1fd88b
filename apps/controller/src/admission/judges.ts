/** The judges of admission, by resource: the very functions that the formulas go by, asked about an object that is not stored yet. */
import {
  type AdminNetworkPolicy,
  type BaselineAdminNetworkPolicy,
  type ClusterNetworkPolicy,
  type IP,
  type IPPool,
  type KubeObject,
  type Namespace,
  namespaceAnnotations,
  type NetworkAttachmentDefinition,
  type NetworkPolicy,
  type OvnDnatRule,
  type OvnEip,
  type OvnFip,
  type OvnSnatRule,
  type Pod,
  podAnnotations,
  type Problem,
  readAttachmentConfig,
  readSwitchLbRule,
  type SecurityGroup,
  type Subnet,
  type SwitchLBRule,
  type Vip,
  type Vpc,
} from '@kube-ovn/api';
import type { Table } from '@kube-ovn/dataflow';
import {
  readAdminNetworkPolicy,
  readBaselineAdminNetworkPolicy,
  readClusterNetworkPolicy,
  readNetworkPolicy,
  readSecurityGroup,
} from '@kube-ovn/policy';
import type { Graph } from '../features/graph.ts';
import { annotationsOf } from '../features/namespace/feature.ts';
import { podDemands } from '../features/pod/demand.ts';
import { offersFor } from '../features/pod/places.ts';
import { ipProblems } from '../inputs/ip.ts';
import { attachmentProblem } from '../inputs/pod-networks.ts';
import { type PodInput, readPod } from '../inputs/pod.ts';
import { readVip, vipProblems } from '../inputs/vip.ts';
import { unusedFields, unusedPodAnnotations, unusedPolicyAnnotations, usedSubnetFields, usedVipFields, usedVpcFields } from './unused.ts';
import type { Judge } from './verdict.ts';

export interface JudgeSources {
  readonly graph: Graph;
  /** The journal of leases. */
  readonly ips: Table<IP>;
}

/** By the resource's plural. */
export function judgesOf({ graph, ips }: JudgeSources): ReadonlyMap<string, Judge> {
  return new Map<string, Judge>([
    ['subnets', judge<Subnet>({ problems: graph.judge.subnet, unused: (subnet) => unusedFields(subnet, usedSubnetFields) })],
    [
      'vpcs',
      judge<Vpc>({
        problems: graph.judge.vpc,
        consequences: graph.judge.subnetsWithVpc,
        unused: (vpc) => unusedFields(vpc, usedVpcFields),
      }),
    ],
    ['ippools', judge<IPPool>({ problems: graph.judge.ipPool, unused: (pool) => unusedFields(pool, ['subnet', 'ips', 'namespaces']) })],
    [
      'vips',
      judge<Vip>({
        problems: (vip) => vipProblems(readVip(vip), (name) => graph.subnets.get(name)),
        unused: (vip) => unusedFields(vip, usedVipFields),
      }),
    ],
    [
      'switch-lb-rules',
      judge<SwitchLBRule>({
        problems: (rule) => {
          const reading = readSwitchLbRule(rule);
          return reading.ok ? [] : reading.problems;
        },
        unused: () => [],
      }),
    ],
    ['ovn-eips', judge<OvnEip>({ problems: graph.external.judgeEip, unused: () => [] })],
    ['ovn-fips', judge<OvnFip>({ problems: (fip) => graph.external.judgeNat('OvnFip', fip), unused: () => [] })],
    ['ovn-snat-rules', judge<OvnSnatRule>({ problems: (rule) => graph.external.judgeNat('OvnSnatRule', rule), unused: () => [] })],
    ['ovn-dnat-rules', judge<OvnDnatRule>({ problems: (rule) => graph.external.judgeNat('OvnDnatRule', rule), unused: () => [] })],
    ['security-groups', judge<SecurityGroup>({ problems: (group) => readSecurityGroup(group).problems, unused: () => [] })],
    [
      'networkpolicies',
      judge<NetworkPolicy>({ problems: (policy) => readNetworkPolicy(policy).problems, unused: unusedPolicyAnnotations }),
    ],
    [
      'adminnetworkpolicies',
      judge<AdminNetworkPolicy>({ problems: (policy) => readAdminNetworkPolicy(policy).problems, unused: () => [] }),
    ],
    [
      'baselineadminnetworkpolicies',
      judge<BaselineAdminNetworkPolicy>({ problems: (policy) => readBaselineAdminNetworkPolicy(policy).problems, unused: () => [] }),
    ],
    [
      'clusternetworkpolicies',
      judge<ClusterNetworkPolicy>({ problems: (policy) => readClusterNetworkPolicy(policy).problems, unused: () => [] }),
    ],
    [
      'ips',
      judge<IP>({
        problems: (ip) => ipProblems(ip, { findSubnet: (name) => graph.subnets.get(name), others: valuesOf(ips) }),
        unused: () => [],
      }),
    ],
    [
      'pods',
      judge<Pod>({
        problems: (pod) => podProblems(pod, graph),
        unused: (pod) => {
          const providers = podInput(pod, graph)?.interfaces.map(({ provider }) => provider);
          return providers === undefined ? [] : unusedPodAnnotations(pod, providers);
        },
      }),
    ],
    ['namespaces', judge<Namespace>({ problems: () => [], unused: (namespace) => replacedAnnotations(namespace, graph) })],
    ['network-attachment-definitions', judge<NetworkAttachmentDefinition>({ problems: attachmentProblems, unused: () => [] })],
  ]);
}

interface JudgeOf<T> {
  readonly problems: (object: T) => readonly Problem[];
  readonly consequences?: (object: T) => readonly Problem[];
  readonly unused: (object: T) => readonly string[];
}

/** The API server has held the object against its kind's schema: that is what makes the narrower type true. */
function judge<T extends KubeObject>(of: JudgeOf<T>): Judge {
  return of as unknown as Judge;
}

/** A pod is judged before it is scheduled: as on the node that it will come to. */
function podInput(pod: Pod, graph: Graph): PodInput | undefined {
  const nodeName = (pod.spec?.nodeName ?? '') === '' ? '(not scheduled yet)' : pod.spec?.nodeName;
  return readPod({ ...pod, spec: { ...pod.spec, ...(nodeName === undefined ? {} : { nodeName }) } }, (key) => graph.attachments.get(key));
}

/** What the controller finds wrong, and then what the daemon would. */
function podProblems(pod: Pod, graph: Graph): readonly Problem[] {
  const input = podInput(pod, graph);
  if (input === undefined) return [];
  const found = podDemands(input, offersFor(input.namespace, graph)).problems;
  const plumbing = input.interfaces.flatMap(({ provider }) => {
    const { default_route, routes } = podAnnotations(provider);
    return [default_route.read(pod), routes.read(pod)].flatMap((reading) => (reading.ok ? [] : [reading.problem]));
  });
  return [...found, ...plumbing];
}

/** Which Subnets a namespace has is written at the Subnets; what is written here is only shown. */
function replacedAnnotations(namespace: Namespace, graph: Graph): readonly string[] {
  const { name, annotations = {} } = namespace.metadata;
  const wanted = annotationsOf(name, graph) ?? {};
  return Object.values(namespaceAnnotations).flatMap(({ key }) => {
    const text = annotations[key];
    if (text === undefined || text === (wanted[key] ?? undefined)) return [];
    return [
      `Namespace ${name}: metadata.annotations[${key}] "${text}" is replaced by what Subnets and IPPools say of the namespace; name it in their spec.namespaces`,
    ];
  });
}

function attachmentProblems(definition: NetworkAttachmentDefinition): readonly Problem[] {
  const reading = readAttachmentConfig(definition);
  if (!reading.ok) return [reading.problem];
  const { name, namespace = 'default' } = definition.metadata;
  const wrong = attachmentProblem({ name, namespace }, reading.value);
  return wrong === undefined ? [] : [wrong];
}

function* valuesOf<T>(table: Table<T>): Iterable<T> {
  for (const [, value] of table.entries()) yield value;
}
