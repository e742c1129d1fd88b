import {
  describeObject,
  type Bandwidth,
  type BandwidthSource,
  type KubeObject,
  type Problem,
  readBandwidth,
  readQosPolicy,
} from '@kube-ovn/api';
import { deriveTable, expandTable, isSamePlainData, mergeTables, type Table } from '@kube-ovn/dataflow';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { PodInterface } from '../../inputs/pod.ts';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { portLease } from '../port-lease.ts';
import { markFragment } from './qos.formula.ts';

const byContent = { equals: isSamePlainData };

/** Marks of packets; and whether QoSPolicies, which the nodes carry out, can be in force. */
export const qosFeature: Feature = {
  name: 'qos',
  wire: (graph) => {
    const marks = markTable(graph);
    return {
      fragments: [
        fragmentTable('qos', graph.interfaces, (name, nic) => {
          const lease = nic.isOvn ? portLease(graph, name) : undefined;
          const dscp = lease === undefined ? undefined : marks.get(name)?.dscp.value;
          return lease === undefined || dscp === undefined ? undefined : markFragment(name, { subnet: lease.subnet, dscp });
        }),
      ],
      patches: { qosPolicy: policyPatches(graph) },
      notices: mergeTables('qos notices', [markNotices(graph, marks), policyNotices(graph)]),
    };
  },
};

/** What annotations ask for. Defaults are cells of their own: a Subnet's status changes with every pod, its annotations do not. */
function markTable(graph: Graph): Table<Pick<Bandwidth, 'dscp' | 'problems'>> {
  const { pods, namespaces, subnets } = graph.objects;
  const namespaceDefaults = deriveTable('bandwidth of namespaces', namespaces, (_name, each) => annotated(each), byContent);
  const subnetDefaults = deriveTable('bandwidth of subnets', subnets, (_name, each) => annotated(each), byContent);
  const source = (kind: BandwidthSource['kind'], object: KubeObject | undefined, provider: string): BandwidthSource[] =>
    object === undefined ? [] : [{ kind, object, provider }];
  const sourcesOf = ({ pod, provider }: PodInterface, subnet: string): BandwidthSource[] => [
    ...source('Pod', pods.get(pod), provider),
    ...source('Namespace', namespaceDefaults.get(pod.split('/')[0] ?? ''), provider),
    ...source('Subnet', subnetDefaults.get(subnet), 'ovn'),
  ];
  return deriveTable(
    'marks',
    graph.interfaces,
    (name, nic) => {
      // rates and the policies that state them are the nodes' to read
      const { dscp, problems } = readBandwidth(sourcesOf(nic, graph.leases.get(name)?.subnet ?? ''), () => ({ ok: true, value: {} }));
      return { dscp, problems: problems.filter(({ field }) => field.endsWith('/dscp]')) };
    },
    byContent,
  );
}

function annotated({ metadata: { name, annotations = {} } }: KubeObject): KubeObject {
  return { metadata: { name, annotations } };
}

function markNotices({ interfaces }: Graph, marks: Table<Pick<Bandwidth, 'problems'>>): Table<Notice> {
  return expandTable(
    'mark notices',
    interfaces,
    (name, { pod }) => {
      const problems = marks.get(name)?.problems ?? [];
      if (problems.length === 0) return [];
      const message = `${problems.map((each) => each.message).join('; ')}; packets are marked as if it were not there`;
      return [[`mark/${name}`, { kind: 'pod', key: pod, type: 'Warning', reason: 'PodQoSFailed', message, isState: true }] as const];
    },
    byContent,
  );
}

/** @source Kube-OVN QoSPolicy.status, which repeats the spec that is in force */
function policyPatches({ objects }: Graph): Table<ObjectPatch> {
  return deriveTable(
    'qos policy patches',
    objects.qosPolicies,
    (_name, policy): ObjectPatch => {
      const reading = readQosPolicy(policy);
      const { shared = false, bindingType = '', bandwidthLimitRules = [] } = policy.spec ?? {};
      const condition = {
        type: 'Ready',
        status: reading.ok ? 'True' : 'False',
        reason: reading.ok ? 'Accepted' : 'Refused',
        message: reading.ok
          ? `${describeObject(policy, 'QoSPolicy')} limits the interfaces whose qos_policy names it`
          : reading.problem.message,
        observedGeneration: policy.metadata.generation ?? 0,
      };
      return {
        status: { ...(reading.ok ? { shared, bindingType, bandwidthLimitRules } : {}), conditions: [condition] },
      };
    },
    byContent,
  );
}

function policyNotices({ objects }: Graph): Table<Notice> {
  return expandTable(
    'qos policy notices',
    objects.qosPolicies,
    (key, policy) => {
      const reading = readQosPolicy(policy);
      return reading.ok ? [] : [[`policy/${key}`, refused(key, reading.problem)] as const];
    },
    byContent,
  );
}

function refused(key: string, { message }: Problem): Notice {
  return { kind: 'qosPolicy', key, type: 'Warning', reason: 'Refused', message, isState: true };
}
