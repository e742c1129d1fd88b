/**
 * Where each kind that we read or write lives in the API.
 */
import { customResources } from '../crds/index.ts';
import type { CustomResource, CustomResourceDefinition } from '../schema/custom-resource.ts';
import type { Event, Lease } from './coordination.ts';
import type { KubeObject, Resource } from './meta.ts';
import type { EndpointSlice, Endpoints, NetworkAttachmentDefinition, NetworkPolicy, Service } from './network.ts';
import type { ConfigMap, Namespace, Node, Pod, Secret, ServiceAccount, StatefulSet, Workload } from './workload.ts';

const namespaced = <T extends KubeObject>(apiVersion: string, kind: string, plural: string): Resource<T> => ({
  apiVersion,
  kind,
  plural,
  namespaced: true,
});
const cluster = <T>(apiVersion: string, kind: string, plural: string): Resource<T> => ({ apiVersion, kind, plural, namespaced: false });

type Resources<T> = { readonly [K in keyof T]: T[K] extends CustomResource<infer O> ? Resource<O> : never };

const ours = Object.fromEntries(Object.entries(customResources).map(([name, { resource }]) => [name, resource])) as Resources<
  typeof customResources
>;

/** Custom resources of ours and the builtin ones that we use. */
export const resources = {
  ...ours,
  pod: namespaced<Pod>('v1', 'Pod', 'pods'),
  namespace: cluster<Namespace>('v1', 'Namespace', 'namespaces'),
  node: cluster<Node>('v1', 'Node', 'nodes'),
  service: namespaced<Service>('v1', 'Service', 'services'),
  endpoints: namespaced<Endpoints>('v1', 'Endpoints', 'endpoints'),
  configMap: namespaced<ConfigMap>('v1', 'ConfigMap', 'configmaps'),
  secret: namespaced<Secret>('v1', 'Secret', 'secrets'),
  serviceAccount: namespaced<ServiceAccount>('v1', 'ServiceAccount', 'serviceaccounts'),
  event: namespaced<Event>('v1', 'Event', 'events'),
  endpointSlice: namespaced<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  networkPolicy: namespaced<NetworkPolicy>('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  lease: namespaced<Lease>('coordination.k8s.io/v1', 'Lease', 'leases'),
  deployment: namespaced<Workload>('apps/v1', 'Deployment', 'deployments'),
  replicaSet: namespaced<Workload>('apps/v1', 'ReplicaSet', 'replicasets'),
  daemonSet: namespaced<Workload>('apps/v1', 'DaemonSet', 'daemonsets'),
  statefulSet: namespaced<StatefulSet>('apps/v1', 'StatefulSet', 'statefulsets'),
  customResourceDefinition: cluster<CustomResourceDefinition>(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
  ),
  networkAttachmentDefinition: namespaced<NetworkAttachmentDefinition>(
    'k8s.cni.cncf.io/v1',
    'NetworkAttachmentDefinition',
    'network-attachment-definitions',
  ),
};
