/** What a diagnosis is about: everything, a node, or a Subnet. Pure. */
import type { KubernetesFacts } from '../read/kubernetes.ts';
import type { Diagnosis } from './finding.ts';

export type Scope = { readonly kind: 'all' } | { readonly kind: 'node' | 'subnet'; readonly name: string };

/** The nodes to look at; undefined for all. */
export function nodesOf(scope: Scope, facts: KubernetesFacts): readonly string[] | undefined {
  switch (scope.kind) {
    case 'all':
      return undefined;
    case 'node':
      return [scope.name];
    case 'subnet':
      return [...new Set(podsOf(scope, facts).flatMap(({ node }) => node ?? []))].toSorted((a, b) => (a < b ? -1 : 1));
  }
}

/** Whether there is what is asked about. */
export function exists(scope: Scope, { subnets, nodes }: KubernetesFacts): boolean {
  return scope.kind === 'all' || (scope.kind === 'node' ? nodes : subnets).some(({ name }) => name === scope.name);
}

/** Without these nothing changes anywhere. */
const EVERYWHERE: readonly string[] = ['lease kube-ovn-controller', 'ovn-northd'];

/** Findings about the objects of a scope, and about what all stand on. */
export function within(scope: Scope, facts: KubernetesFacts, findings: readonly Diagnosis[]): readonly Diagnosis[] {
  if (scope.kind === 'all') return findings;
  const objects = new Set(objectsOf(scope, facts).map((object) => object.toLowerCase()));
  const places = (nodesOf(scope, facts) ?? []).map((node) => ` on node ${node}`);
  return findings.filter(
    ({ object }) =>
      objects.has(plain(object)) || places.some((place) => object.endsWith(place) && (scope.kind === 'node' || object.startsWith('pod '))),
  );
}

/** `pod shop/web-0 (annotations of ...)`: without what is in brackets. */
function plain(object: string): string {
  return object.replace(/ \(.*\)$/, '').toLowerCase();
}

function podsOf(scope: Exclude<Scope, { kind: 'all' }>, { pods }: KubernetesFacts): KubernetesFacts['pods'] {
  return pods.filter(({ node, nics }) => (scope.kind === 'node' ? node === scope.name : nics.some(({ subnet }) => subnet === scope.name)));
}

function objectsOf(scope: Exclude<Scope, { kind: 'all' }>, facts: KubernetesFacts): readonly string[] {
  const pods = podsOf(scope, facts);
  const nics = [...pods, ...(scope.kind === 'node' ? facts.nodes.filter(({ name }) => name === scope.name) : [])].flatMap(
    (each) => each.nics,
  );
  const ofSubnet = <T extends { readonly name: string; readonly subnet: string }>(list: readonly T[], kind: string): readonly string[] =>
    scope.kind === 'subnet' ? list.filter(({ subnet }) => subnet === scope.name).map(({ name }) => `${kind} ${name}`) : [];
  return [
    ...EVERYWHERE,
    `${scope.kind} ${scope.name}`,
    ...(nodesOf(scope, facts) ?? []).map((node) => `node ${node}`),
    ...pods.map(({ namespace, name }) => `pod ${namespace}/${name}`),
    ...nics.flatMap(({ port }) => [`IP ${port}`, `logical switch port ${port}`]),
    ...ofSubnet(facts.ips, 'IP'),
    ...ofSubnet(facts.ips, 'logical switch port'),
    ...ofSubnet(facts.vips, 'Vip'),
    ...ofSubnet(facts.pools, 'IPPool'),
  ];
}
