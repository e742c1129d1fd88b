/**
 * Service, its endpoints' pods → the Vpc that it is in, which endpoints it has there, and what its author is told.
 *
 * Reads: annotations `logical_router` and `vpc` of the Service, the Vpcs of its pods and of its Namespace. Wants: the annotation `vpc`, by which
 * nodes know that it is none of theirs.
 */
import { type Problem, serviceAnnotations, type ServiceInput, type SliceInput } from '@kube-ovn/api';
import type { ObjectPatch } from '@kube-ovn/kube';
import { problem } from '../../inputs/problem.ts';
import { someOf } from '../kept.ts';

/** Where a Service is. */
export interface ServiceHome {
  readonly vpc: string;
  /** Pods of its endpoints that are in other Vpcs, `namespace/name`, in order. */
  readonly strangers: readonly string[];
}

/** What is known of Vpcs. */
export interface VpcFacts {
  readonly clusterRouter: string;
  readonly hasVpc: (name: string) => boolean;
  /** Vpc of a pod's first address, by `namespace/name`; undefined: it has none of ours, and is reached from wherever its address is. */
  readonly vpcOfPod: (pod: string) => string | undefined;
  readonly vpcOfNamespace: (namespace: string) => string | undefined;
}

/**
 * The Vpc that its author names as `logical_router`; else that of its pods; where these are of several, or there are none, the one that it
 * was in, that of its Namespace, the first by name.
 * @source Kube-OVN, annotations of Services
 */
export function serviceHome(service: ServiceInput, slices: readonly SliceInput[], facts: VpcFacts): ServiceHome {
  const { clusterRouter, hasVpc, vpcOfPod, vpcOfNamespace } = facts;
  const pods = new Map(
    slices.flatMap(({ endpoints }) =>
      endpoints.flatMap(({ pod }) => {
        const vpc = pod === undefined ? undefined : vpcOfPod(pod);
        return pod === undefined || vpc === undefined || !hasVpc(vpc) ? [] : [[pod, vpc] as const];
      }),
    ),
  );
  const found = new Set(pods.values());
  const isPossible = (name: string | undefined): name is string =>
    name !== undefined && (found.size === 0 ? hasVpc(name) : found.has(name));
  const [namespace = ''] = service.key.split('/');
  const vpc =
    service.router !== undefined && hasVpc(service.router)
      ? service.router
      : ([service.vpc, vpcOfNamespace(namespace)].find(isPossible) ?? [...found].toSorted()[0] ?? clusterRouter);
  return { vpc, strangers: [...pods].flatMap(([pod, its]) => (its === vpc ? [] : [pod])).toSorted() };
}

/** Slices without the pods of other Vpcs: their addresses are somebody else's there, or nobody's. */
export function slicesInside(slices: readonly SliceInput[], { strangers }: ServiceHome): readonly SliceInput[] {
  if (strangers.length === 0) return slices;
  const out = new Set(strangers);
  return slices.map((slice) => ({ ...slice, endpoints: slice.endpoints.filter(({ pod }) => pod === undefined || !out.has(pod)) }));
}

/** The annotation says where it is, unless that is where all are. */
export function homePatch(service: ServiceInput, { vpc }: ServiceHome, clusterRouter: string): ObjectPatch | undefined {
  if (vpc !== clusterRouter) return { annotations: serviceAnnotations.vpc.entry(vpc) };
  return service.vpc === undefined || service.vpc === clusterRouter ? undefined : { annotations: { [serviceAnnotations.vpc.key]: null } };
}

/** What a Service asks for and does not get where it is. */
export function homeProblems(service: ServiceInput, { vpc, strangers }: ServiceHome, facts: VpcFacts): readonly Problem[] {
  const object = `Service ${service.key}`;
  const isOpen = service.externalIps.length > 0 || service.ports.some(({ nodePort }) => nodePort !== undefined);
  return [
    ...(service.router === undefined || facts.hasVpc(service.router)
      ? []
      : [
          problem('SERVICE_NO_VPC', {
            object,
            field: `metadata.annotations[${serviceAnnotations.logical_router.key}]`,
            value: service.router,
            what: `does not exist, so it is in Vpc ${vpc}`,
            hint: 'create that Vpc, or name another one',
          }),
        ]),
    ...(vpc === facts.clusterRouter || !isOpen
      ? []
      : [
          problem('SERVICE_INSIDE_VPC', {
            object,
            field: 'spec',
            value: '',
            what: `asks for node ports or addresses for the outside, and is in Vpc ${vpc}, which no node reaches: only pods of that Vpc are answered`,
            hint: `make it of type ClusterIP, or have its pods in Vpc ${facts.clusterRouter}`,
          }),
        ]),
    ...(strangers.length === 0
      ? []
      : [
          problem('SERVICE_OTHER_VPC', {
            object,
            field: 'spec.selector',
            value: '',
            what: `is of pods in several Vpcs; it is in Vpc ${vpc}, and ${someOf(strangers)} of others ${strangers.length === 1 ? 'is' : 'are'} not asked`,
            hint: 'make one Service for the pods of each Vpc',
          }),
        ]),
  ];
}
