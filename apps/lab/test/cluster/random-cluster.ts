/** Random clusters of packages/policy → the same on the lab: its policies, and labels for pods and namespaces that are there. */
import type { KubeObject } from '@kube-ovn/api';
import type { ClusterObjects } from '@kube-ovn/policy';

const ADMIN_GROUP = 'policy.networking.k8s.io';

type Labels = Readonly<Record<string, string>>;

/** A pod that stays; all clusters are made of the same ones. */
export interface Seat {
  readonly name: string;
  readonly namespace: 'a' | 'b' | 'c';
  readonly node: string;
  /** Undefined for a pod on its node's network. */
  readonly subnet?: 'one' | 'two';
  /** Ports by name. The same name is another number on another pod. */
  readonly ports: readonly { readonly name: string; readonly containerPort: number; readonly protocol: string }[];
}

export interface RandomCluster {
  readonly namespaces: Readonly<Record<string, Labels>>;
  /** By name of the seat. */
  readonly pods: Readonly<Record<string, { readonly labels: Labels; readonly securityGroups: string | null }>>;
  readonly subnets: Readonly<Record<string, { readonly private: boolean; readonly allowSubnets: readonly string[] }>>;
  /** Of every kind that is made anew for each cluster. */
  readonly policies: readonly KubeObject[];
}

/** Blocks of the Subnets `one` and `two`, and where in them the first seat is, as in the generator. */
export const subnetBlocks = { one: ['10.116.0.0/24', 'fd00:10:116::/64'], two: ['10.117.0.0/24', 'fd00:10:117::/64'] } as const;

/** Address of a seat in a family. */
export function seatAddress(subnet: 'one' | 'two', family: 4 | 6, index: number): string {
  const [v4, v6] = subnetBlocks[subnet];
  return family === 4 ? v4.replace('0/24', String(10 + index)) : v6.replace('/64', String(10 + index));
}

/** What the generator calls pods, nodes and the outside by, and where they are on the lab; longer ones first. */
const addresses: readonly (readonly [string, string])[] = [
  ['192.0.2.7/32', '203.0.113.10/32'],
  ['192.0.2.', '203.0.113.'],
  ['2001:db8::7/128', '2001:db8:113::10/128'],
  ['10.16.0.', '10.116.0.'],
  ['10.17.0.', '10.117.0.'],
  ['fd00:10:16::', 'fd00:10:116::'],
  ['fd00:10:17::', 'fd00:10:117::'],
  ['172.18.0.0/16', '10.254.0.0/24'],
  ['172.18.0.', '10.254.0.'],
];

/** Every seat is taken, by a pod of the random cluster or its double. */
export function onLab(random: ClusterObjects, seats: readonly Seat[]): RandomCluster {
  const objects = addresses.reduce((text, [from, to]) => text.replaceAll(from, to), JSON.stringify(random));
  const { namespaces, pods, subnets, ...kinds } = JSON.parse(objects) as ClusterObjects;
  const labelsOf = <T extends { readonly metadata: { readonly labels?: Labels } }>(list: readonly T[], index: number): Labels => {
    const { app, env } = list[index % list.length]?.metadata.labels ?? {};
    return { ...(app !== undefined && { app }), ...(env !== undefined && { env }) };
  };
  const isPrivate = (name: string) => {
    const spec = subnets.find(({ metadata }) => metadata.name === name)?.spec;
    return { private: spec?.private === true, allowSubnets: spec?.allowSubnets ?? [] };
  };
  return {
    namespaces: Object.fromEntries(['a', 'b', 'c'].map((name, index) => [name, labelsOf(namespaces, index)])),
    pods: Object.fromEntries(
      seats.map(({ name }, index) => {
        const groups = pods[index % pods.length]?.metadata.annotations?.['ovn.kubernetes.io/security_groups'];
        return [name, { labels: labelsOf(pods, index), securityGroups: groups ?? null }];
      }),
    ),
    subnets: { one: isPrivate('one'), two: isPrivate('two') },
    policies: [
      ...kinds.networkPolicies.map((policy) => typed('networking.k8s.io/v1', 'NetworkPolicy', policy)),
      ...kinds.adminNetworkPolicies.map((policy) => typed(`${ADMIN_GROUP}/v1alpha1`, 'AdminNetworkPolicy', policy)),
      ...kinds.baselineAdminNetworkPolicies.map((policy) => typed(`${ADMIN_GROUP}/v1alpha1`, 'BaselineAdminNetworkPolicy', policy)),
      ...kinds.clusterNetworkPolicies.map((policy) => typed(`${ADMIN_GROUP}/v1alpha2`, 'ClusterNetworkPolicy', policy)),
      ...kinds.securityGroups.map((group) => typed('kubeovn.io/v1', 'SecurityGroup', group)),
    ],
  };
}

function typed(apiVersion: string, kind: string, object: object): KubeObject {
  return { apiVersion, kind, ...object } as KubeObject;
}
