/** Policies as the page shows them, in the order in which they are judged. Pure. */
import type { Namespace, Pod } from '@kube-ovn/api';
import { matchesSelector, type Policy, type PodSet, type Tier } from '@kube-ovn/policy';
import type { ReadPolicy, ReadSecurityGroup } from '../inputs/policies.ts';
import { isOfInterfaces, podSetText, ruleText } from './words.ts';

export interface PolicyView {
  readonly kind: string;
  readonly name: string;
  /** The lowest is judged first. */
  readonly rank: number;
  /** The same in words. */
  readonly order: string;
  readonly about: string;
  /** Absent where it is about interfaces. */
  readonly pods?: PodSet;
  /** In words; `Ingress` or `Egress` first. */
  readonly rules: readonly string[];
  readonly problems: readonly string[];
}

/** In the order of decision. @source packages/policy model.ts */
const TIERS: readonly (readonly [Tier, string])[] = [
  ['admin', 'of administrators'],
  ['securityGroup', 'SecurityGroups, tier 0'],
  ['lowerSecurityGroup', 'SecurityGroups, tier 1'],
  ['default', 'NetworkPolicies'],
  ['subnet', 'private Subnets'],
  ['baseline', 'baseline'],
];
/** Beyond all priorities of a tier. */
const STEP = 100_000;

export function policyViews(policies: readonly ReadPolicy[], groups: readonly ReadSecurityGroup[]): readonly PolicyView[] {
  const views = [...policies.map(viewOf), ...groups.flatMap(groupView)];
  return views.toSorted((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
}

function viewOf({ value, problems }: ReadPolicy): PolicyView {
  const { kind, namespace, name, tier, priority, subject, networks, isolates } = value;
  const hasPriority = tier === 'admin' || (tier === 'baseline' && kind !== 'BaselineAdminNetworkPolicy');
  return {
    kind,
    name: namespace === undefined ? name : `${namespace}/${name}`,
    ...placeOf(tier, priority),
    ...(hasPriority && { order: `${placeOf(tier).order}, priority ${priority}` }),
    about: `${podSetText(subject)}${networks === undefined ? '' : `, on ${networks.join(', ')}`}`,
    ...(!isOfInterfaces(subject) && { pods: subject }),
    rules: [...rulesOf(value), ...isolates.map((direction) => `${title(direction)}: nothing else`)],
    problems: problems.map(({ message }) => message),
  };
}

function placeOf(tier: Tier, priority = 0): Pick<PolicyView, 'rank' | 'order'> {
  const at = TIERS.findIndex(([name]) => name === tier);
  return { rank: at * STEP + priority, order: `${at + 1} ${TIERS[at]?.[1] ?? tier}` };
}

/** Its parts are one for the reader. */
function groupView({ value, problems }: ReadSecurityGroup): readonly PolicyView[] {
  const [first] = value;
  if (first === undefined) return [];
  const own = value.filter(({ part = '' }) => part.includes('/'));
  return [
    {
      kind: 'SecurityGroup',
      name: first.name,
      ...placeOf(first.tier),
      about: 'interfaces that name it',
      rules: [
        ...own.flatMap(rulesOf),
        ...(value.some(({ part }) => part === 'same') ? ['Both: allow among the members'] : []),
        'Both: nothing else',
      ],
      problems: problems.map(({ message }) => message),
    },
  ];
}

function rulesOf({ ingress, egress }: Policy): readonly string[] {
  return [
    ...ingress.map((rule) => `Ingress: ${ruleText(rule, 'ingress')}`),
    ...egress.map((rule) => `Egress: ${ruleText(rule, 'egress')}`),
  ];
}

/** How many pods a policy is about. */
export function podCounter(pods: readonly Pod[], namespaces: readonly Namespace[]): (set: PodSet) => number {
  const labelsOf = new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  const byNamespace = Map.groupBy(
    pods.filter(({ spec, status }) => spec?.hostNetwork !== true && status?.phase !== 'Succeeded' && status?.phase !== 'Failed'),
    ({ metadata }) => metadata.namespace ?? '',
  );
  return ({ namespaces: scope, pods: selector }) => {
    const chosen =
      scope.kind === 'name'
        ? [scope.name]
        : [...byNamespace.keys()].filter((name) => matchesSelector(scope.selector, labelsOf.get(name) ?? {}));
    return chosen.reduce(
      (sum, name) => sum + (byNamespace.get(name) ?? []).filter(({ metadata }) => matchesSelector(selector, metadata.labels ?? {})).length,
      0,
    );
  };
}

function title(direction: 'ingress' | 'egress'): string {
  return direction === 'ingress' ? 'Ingress' : 'Egress';
}
