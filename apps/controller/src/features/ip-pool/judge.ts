/** IPPools → the graph: read, judged beside each other and their Subnets, bound to namespaces. */
import type { IPPool, Problem } from '@kube-ovn/api';
import { deriveTable, formula, type Index, indexBy, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import { type IpPoolInput, readIpPool } from '../../inputs/ip-pool.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';
import type { Graph } from '../graph.ts';
import { asNewcomer } from '../rank.ts';
import { poolAsAccepted } from './accepted.ts';
import { judgePools } from './clashes.ts';

export interface IpPoolCells {
  readonly problems: Table<readonly Problem[]>;
  readonly inForce: Table<IpPoolInput>;
  /** Names of pools by the namespaces that they list. */
  readonly byNamespace: Index;
  /** What would be said of a pool if it were written now, after all that are there. */
  readonly judge: (pool: IPPool) => readonly Problem[];
}

const byContent = { equals: isSamePlainData };

export function judgeIpPools(objects: Table<IPPool>, subnets: Table<SubnetInput>): IpPoolCells {
  const readings = deriveTable('ip pool readings', objects, (_name, pool) => readIpPool(pool), byContent);
  const accepted = deriveTable(
    'accepted ip pools',
    objects,
    (_name, pool): IpPoolInput | undefined => {
      const before = poolAsAccepted(pool);
      const reading = before === undefined ? undefined : readIpPool(before);
      return reading?.ok === true ? reading.input : undefined;
    },
    byContent,
  );
  const sound = (): IpPoolInput[] => [...readings.entries()].flatMap(([, reading]) => (reading.ok ? [reading.input] : []));
  const findSubnet = (name: string): SubnetInput | undefined => subnets.get(name);
  const judged = formula(() => judgePools(sound(), new Map(accepted.entries()), findSubnet), byContent);
  const judge = (pool: IPPool): readonly Problem[] => {
    const reading = readIpPool(pool);
    if (!reading.ok) return reading.problems;
    const { name } = pool.metadata;
    const pools = [...sound().filter((other) => other.name !== name), asNewcomer(reading.input)];
    return judgePools(pools, new Map(accepted.entries()), findSubnet).problems.get(name) ?? [];
  };
  const problems = deriveTable(
    'ip pool problems',
    readings,
    (name, reading): readonly Problem[] | undefined => (reading.ok ? judged.value.problems.get(name) : reading.problems),
    byContent,
  );
  const inForce = deriveTable('ip pools in force', readings, (name) => judged.value.inForce.get(name), byContent);
  const byNamespace = indexBy('ip pools by namespace', inForce, (pool) => (pool.isTerminating ? [] : pool.namespaces));
  return { problems, inForce, byNamespace, judge };
}

/** Pools that list a namespace, in order of their names. */
export function boundPools(
  { poolsByNamespace, ipPools }: Pick<Graph, 'poolsByNamespace' | 'ipPools'>,
  namespace: string,
): readonly IpPoolInput[] {
  return [...poolsByNamespace.of(namespace)].toSorted().flatMap((name) => ipPools.get(name) ?? []);
}
