/** Sources → the graph: every object read once, Subnets judged beside each other, namespaces bound to Subnets. */
import {
  type IP,
  type IPPool,
  type Namespace,
  type NetworkAttachmentDefinition,
  type Node,
  type Pod,
  type Problem,
  readAttachmentConfig,
  type Subnet,
  type Vpc,
} from '@kube-ovn/api';
import { type Cell, deriveTable, expandTable, formula, indexBy, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import { type Address, parseCidrBlock, readAddress, type SubnetUsage, usableBounds } from '@kube-ovn/ipam';
import type { Refusal } from '../effects/waiting.ts';
import type { HeldLease } from '../effects/demand.ts';
import { readNamespace } from '../inputs/namespace.ts';
import { type NodeInput, readNode } from '../inputs/node.ts';
import { readPod } from '../inputs/pod.ts';
import { readPodIdentity } from '../inputs/pod-identity.ts';
import { type PolicySources, readPolicies } from '../inputs/policies.ts';
import { readSubnet, type SubnetInput, type SubnetReading } from '../inputs/subnet.ts';
import { readVpc, type VpcInput } from '../inputs/vpc.ts';
import type { NorthboundCells } from '../sources/northbound.ts';
import type { Graph, Names } from './graph.ts';
import { judgeIpPools } from './ip-pool/judge.ts';
import { bindNamespace } from './namespace/binding.ts';
import { asAccepted } from './subnet/accepted.ts';
import { findClashes } from './subnet/clashes.ts';
import { movesAddresses, strandedProblems } from './subnet/stranded.ts';

export interface GraphSources extends PolicySources {
  readonly names: Names;
  readonly serviceCidrs: readonly string[];
  readonly pods: Table<Pod>;
  readonly nodes: Table<Node>;
  readonly namespaces: Table<Namespace>;
  readonly subnets: Table<Subnet>;
  readonly vpcs: Table<Vpc>;
  readonly ipPools: Table<IPPool>;
  /** The journal of leases. */
  readonly ips: Table<IP>;
  readonly attachmentDefinitions: Table<NetworkAttachmentDefinition>;
  readonly northbound: Pick<NorthboundCells, 'ports' | 'switches' | 'routers' | 'features'>;
  /** Written by the allocation effect. */
  readonly leases: Table<HeldLease>;
  readonly holds: Table<string>;
  readonly usage: Table<SubnetUsage>;
  readonly poolUsage: Table<SubnetUsage>;
  readonly refusals: Table<Refusal>;
}

const byContent = { equals: isSamePlainData };

/**
 *     NetworkAttachmentDefinition ──read──┐
 *     Pod, Node, Namespace, Vpc ──read────┴► inputs ──────────────────────────┐
 *     Subnet ──read──► readings ──clashes──► problems                         ├──► Graph
 *                 └──► accepted before ──┴──► Subnets in force ──► bindings ──┤
 *     IPPool ──read──► readings, accepted before ──┴──► pools in force ───────┘
 */
export function buildGraph(sources: GraphSources): Graph {
  const { names } = sources;
  const nodes = deriveTable('node inputs', sources.nodes, (_name, node) => readNode(node), byContent);
  const namespaces = deriveTable('namespace inputs', sources.namespaces, (_name, namespace) => readNamespace(namespace), byContent);
  const vpcs = deriveTable('vpc inputs', sources.vpcs, (_name, vpc) => readVpc(vpc, names.clusterRouter), byContent);
  const subnetReadings = deriveTable('subnet readings', sources.subnets, (_name, subnet) => readSubnet(subnet, names), byContent);
  const { problems: subnetProblems, inForce: subnets } = judgeSubnets(sources, { subnetReadings, vpcs, nodes });
  const ipPools = judgeIpPools(sources.ipPools, subnets);
  const attachments = deriveTable('attachments', sources.attachmentDefinitions, (_key, each) => readAttachmentConfig(each), byContent);
  const pods = deriveTable('pod inputs', sources.pods, (_key, pod) => readPod(pod, (key) => attachments.get(key)), byContent);
  return {
    names,
    objects: { subnets: sources.subnets, vpcs: sources.vpcs, namespaces: sources.namespaces, ipPools: sources.ipPools },
    pods,
    podIdentities: deriveTable('pod identities', sources.pods, (_key, pod) => readPodIdentity(pod), byContent),
    policies: readPolicies(sources),
    serviceBlocks: sources.serviceCidrs.flatMap((cidr) => cidr.split(',')),
    interfaces: expandTable('interfaces', pods, (_key, pod) => pod.interfaces.map((each) => [each.port, each] as const), byContent),
    attachments,
    nodes,
    namespaces,
    vpcs,
    subnetReadings,
    subnetProblems,
    subnets,
    subnetsByProvider: indexBy('subnets by provider', subnets, (subnet) => (subnet.isTerminating ? [] : [subnet.provider])),
    bindings: bindings({ namespaces, subnets, vpcs, names }),
    ipPoolProblems: ipPools.problems,
    ipPools: ipPools.inForce,
    poolsByNamespace: ipPools.byNamespace,
    leases: sources.leases,
    holdsBySubnet: indexBy('holds by subnet', sources.holds, (subnet) => [subnet]),
    refusals: sources.refusals,
    usage: sources.usage,
    poolUsage: sources.poolUsage,
    northbound: sources.northbound,
  };
}

interface Judged {
  readonly problems: Table<readonly Problem[]>;
  readonly inForce: Table<SubnetInput>;
}

function judgeSubnets(
  sources: GraphSources,
  inputs: { readonly subnetReadings: Table<SubnetReading>; readonly vpcs: Table<VpcInput>; readonly nodes: Table<NodeInput> },
): Judged {
  const { subnetReadings, vpcs, nodes } = inputs;
  const accepted = deriveTable(
    'accepted subnets',
    sources.subnets,
    (_name, subnet): SubnetInput | undefined => {
      const before = asAccepted(subnet);
      const reading = before === undefined ? undefined : readSubnet(before, sources.names);
      return reading?.ok === true ? reading.input : undefined;
    },
    byContent,
  );
  const apiServerAddresses = apiServerIps(sources.serviceCidrs);
  const stranded = strandedBySubnet(subnetReadings, accepted, sources.ips);
  const clashes = formula(
    () =>
      findClashes(
        [...subnetReadings.entries()].flatMap(([name, reading]) => (reading.ok && !stranded.has(name) ? [reading.input] : [])),
        new Map(accepted.entries()),
        { vpcs: new Map(vpcs.entries()), nodeAddresses: nodeAddresses(nodes), apiServerAddresses },
      ),
    byContent,
  );
  const problems = deriveTable(
    'subnet problems',
    subnetReadings,
    (name, reading): readonly Problem[] | undefined => (reading.ok ? (stranded.get(name) ?? clashes.value.get(name)) : reading.problems),
    byContent,
  );
  const inForce = deriveTable(
    'subnets in force',
    subnetReadings,
    (name, reading): SubnetInput | undefined => (reading.ok && !problems.has(name) ? reading.input : accepted.get(name)),
    byContent,
  );
  return { problems, inForce };
}

function strandedBySubnet(readings: Table<SubnetReading>, accepted: Table<SubnetInput>, ips: Table<IP>): Table<readonly Problem[]> {
  const bySubnet = indexBy('ips by subnet', ips, ({ spec }) => [spec.subnet ?? '']);
  return deriveTable(
    'stranded addresses',
    readings,
    (name, reading): readonly Problem[] | undefined => {
      const before = accepted.get(name);
      if (!reading.ok || before === undefined || !movesAddresses(reading.input, before)) return undefined;
      const problems = strandedProblems(
        reading.input,
        [...bySubnet.of(name)].flatMap((ip) => ips.get(ip) ?? []),
      );
      return problems.length === 0 ? undefined : problems;
    },
    byContent,
  );
}

/** By convention the API server has the first address of the service range. @source Kubernetes, `kubernetes.default` Service */
function apiServerIps(serviceCidrs: readonly string[]): readonly Address[] {
  return serviceCidrs.flatMap((cidr) => {
    const { v4, v6 } = parseCidrBlock(cidr);
    return [v4, v6].flatMap((prefix) => (prefix === undefined ? [] : [usableBounds(prefix).first]));
  });
}

function nodeAddresses(nodes: Table<NodeInput>): { readonly node: string; readonly address: Address }[] {
  return [...nodes.entries()].flatMap(([node, { internalIps }]) =>
    internalIps.flatMap((ip) => {
      const address = readAddress(ip.address);
      return address === undefined ? [] : [{ node, address }];
    }),
  );
}

function bindings({
  namespaces,
  subnets,
  vpcs,
  names,
}: Pick<Graph, 'namespaces' | 'subnets' | 'vpcs' | 'names'>): Table<readonly string[]> {
  const listing = indexBy('subnets by namespace', subnets, (subnet) => subnet.namespaces);
  const vpcsOf = indexBy('vpcs by namespace', vpcs, (vpc) => vpc.namespaces);
  const selecting: Cell<readonly SubnetInput[]> = formula(
    () => [...subnets.entries()].flatMap(([, subnet]) => (subnet.namespaceSelectors.length > 0 ? [subnet] : [])),
    byContent,
  );
  const present = <V>(table: Table<V>, keys: ReadonlySet<string>): V[] => [...keys].toSorted().flatMap((key) => table.get(key) ?? []);
  return deriveTable(
    'namespace bindings',
    namespaces,
    (name, namespace) =>
      bindNamespace(namespace, {
        vpcDefaults: present(vpcs, vpcsOf.of(name)).map((vpc) => vpc.defaultSubnet),
        listing: present(subnets, listing.of(name)),
        selecting: selecting.value,
        fallback: names.defaultSubnet,
      }),
    byContent,
  );
}
