/** Subnets beside each other, their Vpcs, Nodes and the addresses in use: which specs are in force, and why others are not. */
import { asAccepted, type IP, type Problem, type Subnet, type Vpc } from '@kube-ovn/api';
import { deriveTable, formula, type Index, indexBy, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import { type Address, parseCidrBlock, readAddress, usableBounds } from '@kube-ovn/ipam';
import type { NodeInput } from '../../inputs/node.ts';
import { readSubnet, type SubnetInput, type SubnetReading } from '../../inputs/subnet.ts';
import { readVpc, type VpcInput } from '../../inputs/vpc.ts';
import type { Names } from '../graph.ts';
import { asNewcomer } from '../rank.ts';
import type { JudgedVlan } from '../underlay/judge.ts';
import { findClashes, type Surroundings } from './clashes.ts';
import { movesAddresses, strandedProblems } from './stranded.ts';

export interface SubnetSources {
  readonly names: Names;
  readonly serviceCidrs: readonly string[];
  readonly subnets: Table<Subnet>;
  /** The journal of leases. */
  readonly ips: Table<IP>;
}

export interface SubnetInputs {
  readonly subnetReadings: Table<SubnetReading>;
  readonly vpcs: Table<VpcInput>;
  readonly nodes: Table<NodeInput>;
  readonly vlans: Table<JudgedVlan>;
}

export interface JudgedSubnets {
  readonly problems: Table<readonly Problem[]>;
  readonly inForce: Table<SubnetInput>;
  /** What would be said of a Subnet if it were written now, after all that are there. */
  readonly judge: (subnet: Subnet) => readonly Problem[];
  /** What would be said of the Subnets that are in force, and would not be with this Vpc. */
  readonly judgeVpc: (vpc: Vpc) => readonly Problem[];
}

const byContent = { equals: isSamePlainData };

export function judgeSubnets(sources: SubnetSources, inputs: SubnetInputs): JudgedSubnets {
  const { subnetReadings } = inputs;
  const { names } = sources;
  const accepted = deriveTable(
    'accepted subnets',
    sources.subnets,
    (_name, subnet): SubnetInput | undefined => {
      const before = asAccepted(subnet);
      const reading = before === undefined ? undefined : readSubnet(before, names);
      return reading?.ok === true ? reading.input : undefined;
    },
    byContent,
  );
  const surroundings = surroundingsOf(sources, inputs);
  const bySubnet = indexBy('ips by subnet', sources.ips, ({ spec }) => [spec.subnet ?? '']);
  const strandedBy = (input: SubnetInput): readonly Problem[] => strandedIn(input, { accepted, bySubnet, ips: sources.ips });
  const stranded = deriveTable(
    'stranded addresses',
    subnetReadings,
    (_name, reading): readonly Problem[] | undefined => {
      const problems = reading.ok ? strandedBy(reading.input) : [];
      return problems.length === 0 ? undefined : problems;
    },
    byContent,
  );
  const sound = (): SubnetInput[] =>
    [...subnetReadings.entries()].flatMap(([name, reading]) => (reading.ok && !stranded.has(name) ? [reading.input] : []));
  const clashes = formula(() => findClashes(sound(), new Map(accepted.entries()), surroundings()), byContent);
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
  return {
    problems,
    inForce,
    judge: (subnet) => {
      const reading = readSubnet(subnet, names);
      if (!reading.ok) return reading.problems;
      const left = strandedBy(reading.input);
      if (left.length > 0) return left;
      const { name } = subnet.metadata;
      const all = [...sound().filter((other) => other.name !== name), asNewcomer(reading.input)];
      return findClashes(all, new Map(accepted.entries()), surroundings()).get(name) ?? [];
    },
    judgeVpc: (vpc) => {
      const { vpcs, ...others } = surroundings();
      const input = readVpc(vpc, names.clusterRouter);
      const found = findClashes(sound(), new Map(accepted.entries()), { ...others, vpcs: new Map(vpcs).set(input.name, input) });
      return [...found].flatMap(([name, each]) => (problems.has(name) ? [] : each));
    },
  };
}

interface InUse {
  readonly accepted: Table<SubnetInput>;
  readonly bySubnet: Index;
  readonly ips: Table<IP>;
}

function strandedIn(input: SubnetInput, { accepted, bySubnet, ips }: InUse): readonly Problem[] {
  const before = accepted.get(input.name);
  if (before === undefined || !movesAddresses(input, before)) return [];
  return strandedProblems(
    input,
    [...bySubnet.of(input.name)].flatMap((ip) => ips.get(ip) ?? []),
  );
}

function surroundingsOf({ serviceCidrs }: SubnetSources, { vpcs, nodes, vlans }: SubnetInputs): () => Surroundings {
  const apiServerAddresses = apiServerIps(serviceCidrs);
  return () => ({
    vpcs: new Map(vpcs.entries()),
    vlans: new Map(vlans.entries()),
    nodeAddresses: nodeAddresses(nodes),
    apiServerAddresses,
  });
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
