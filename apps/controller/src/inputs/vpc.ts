/** Vpc → VpcInput. What one Vpc can tell by itself is judged here; what it is beside others, in features/vpc/problems.ts. */
import { acceptedFields, type Problem, type Vpc } from '@kube-ovn/api';
import { noRoutes, readVpcRoutes, type RouteFields, type VpcRoutes } from './vpc-routes.ts';

export interface VpcInput {
  readonly name: string;
  /** The Vpc that pods are in unless they say otherwise; it alone is joined to the nodes. */
  readonly isDefault: boolean;
  readonly namespaces: readonly string[];
  /** First subnet of the Vpc's namespaces; empty when there is none. */
  readonly defaultSubnet: string;
  /** In force: as the spec stands, or as it was accepted last. */
  readonly routes: VpcRoutes;
  /** Its router shall have a port on the external Subnet of the cluster. */
  readonly enableExternal: boolean;
  /** Further external Subnets, in the order of the spec. */
  readonly extraExternalSubnets: readonly string[];
  readonly isTerminating: boolean;
  /** Why the routes are not in force as they stand. */
  readonly problems: readonly Problem[];
}

/** Read one Vpc. @source Kube-OVN Vpc.spec */
export function readVpc(vpc: Vpc, clusterRouter: string): VpcInput {
  const { metadata, spec } = vpc;
  const { routes, problems } = readVpcRoutes(metadata.name, spec);
  return {
    name: metadata.name,
    isDefault: metadata.name === clusterRouter,
    namespaces: spec.namespaces ?? [],
    defaultSubnet: spec.defaultSubnet ?? '',
    routes: problems.length === 0 ? routes : acceptedRoutes(vpc),
    enableExternal: spec.enableExternal === true,
    extraExternalSubnets: [...new Set(spec.extraExternalSubnets ?? [])],
    isTerminating: metadata.deletionTimestamp !== undefined,
    problems,
  };
}

/** What is to be remembered of a spec that is accepted; undefined when there is nothing. */
export function acceptedRoutesText({ staticRoutes = [], policyRoutes = [], vpcPeerings = [] }: RouteFields): string | undefined {
  const isEmpty = staticRoutes.length + policyRoutes.length + vpcPeerings.length === 0;
  return isEmpty ? undefined : JSON.stringify({ staticRoutes, policyRoutes, vpcPeerings });
}

/** A spoilt annotation is as good as none. */
function acceptedRoutes(vpc: Vpc): VpcRoutes {
  const fields = acceptedFields(vpc) ?? {};
  const lists = ['staticRoutes', 'policyRoutes', 'vpcPeerings'].map((field) => [field, fields[field]] as const);
  if (!lists.every(([, list]) => list === undefined || isObjects(list))) return noRoutes;
  return readVpcRoutes(vpc.metadata.name, Object.fromEntries(lists)).routes;
}

function isObjects(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
}
