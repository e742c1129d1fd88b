/**
 * How lists and maps of builtin kinds merge, by `Model.field`: what strategic merge patch and server-side apply need
 * and what @kubernetes/client-node's models do not say. A list that is not named here is atomic; an object that is not
 * named here is granular.
 *
 * @source Kubernetes 1.36 OpenAPI: x-kubernetes-list-type, -list-map-keys, -map-type, -patch-strategy, -patch-merge-key
 */
import type { StructuralSchema } from './structural.ts';

/** The merge keywords of one field. */
export type MergeRule = Pick<
  StructuralSchema,
  'listType' | 'listMapKeys' | 'allowDuplicates' | 'mapType' | 'patchStrategy' | 'patchMergeKey'
>;

/** A keyed list for both patch forms; strategic merge looks at the first key alone. */
function keyed(first: string, ...more: readonly string[]): MergeRule {
  return { listType: 'map', listMapKeys: [first, ...more], patchStrategy: 'merge', patchMergeKey: first };
}
/** A keyed list whose items may repeat a key: the API server warns, and takes it. */
function keyedLoosely(first: string, ...more: readonly string[]): MergeRule {
  return { ...keyed(first, ...more), allowDuplicates: true };
}
function keyedRetaining(key: string): MergeRule {
  return { ...keyed(key), patchStrategy: 'merge,retainKeys' };
}
function keyedApplyOnly(key: string): MergeRule {
  return { listType: 'map', listMapKeys: [key] };
}
function keyedPatchOnly(key: string): MergeRule {
  return { listType: 'atomic', patchStrategy: 'merge', patchMergeKey: key };
}
const mergedSet: MergeRule = { listType: 'set', patchStrategy: 'merge' };
const applySet: MergeRule = { listType: 'set' };
const atomicMap: MergeRule = { mapType: 'atomic' };
const retainKeys: MergeRule = { patchStrategy: 'retainKeys' };
const replaced: MergeRule = { patchStrategy: 'replace' };

/** Rules by model (without the version prefix of its class) and field. */
export const fieldMergeRules: Readonly<Record<string, MergeRule>> = {
  'DaemonSetStatus.conditions': keyed('type'),
  'DeploymentSpec.strategy': retainKeys,
  'DeploymentStatus.conditions': keyed('type'),
  'ReplicaSetStatus.conditions': keyed('type'),
  'StatefulSetStatus.conditions': keyed('type'),
  'JobStatus.conditions': keyedPatchOnly('type'),
  'PodFailurePolicyOnExitCodesRequirement.values': applySet,
  'UncountedTerminatedPods.failed': applySet,
  'UncountedTerminatedPods.succeeded': applySet,
  'ComponentStatus.conditions': keyed('type'),
  'Container.env': keyedLoosely('name'),
  'Container.ports': keyedLoosely('containerPort', 'protocol'),
  'Container.volumeDevices': keyed('devicePath'),
  'Container.volumeMounts': keyed('mountPath'),
  'ContainerRestartRuleOnExitCodes.values': applySet,
  'ContainerStatus.allocatedResourcesStatus': keyed('name'),
  'ContainerStatus.volumeMounts': keyed('mountPath'),
  'EphemeralContainer.env': keyedLoosely('name'),
  'EphemeralContainer.ports': keyedLoosely('containerPort', 'protocol'),
  'EphemeralContainer.volumeDevices': keyed('devicePath'),
  'EphemeralContainer.volumeMounts': keyed('mountPath'),
  'NamespaceStatus.conditions': keyed('type'),
  'NodeAllocatableResourceClaimStatus.containers': applySet,
  'NodeSpec.podCIDRs': mergedSet,
  'NodeStatus.addresses': keyedLoosely('type'),
  'NodeStatus.conditions': keyed('type'),
  'PersistentVolumeClaimStatus.conditions': keyed('type'),
  'PodSpec.containers': keyed('name'),
  'PodSpec.ephemeralContainers': keyed('name'),
  'PodSpec.hostAliases': keyedLoosely('ip'),
  'PodSpec.imagePullSecrets': keyedLoosely('name'),
  'PodSpec.initContainers': keyed('name'),
  'PodSpec.nodeSelector': atomicMap,
  'PodSpec.resourceClaims': keyedRetaining('name'),
  'PodSpec.schedulingGates': keyed('name'),
  'PodSpec.topologySpreadConstraints': keyed('topologyKey', 'whenUnsatisfiable'),
  'PodSpec.volumes': keyedRetaining('name'),
  'PodStatus.conditions': keyed('type'),
  'PodStatus.hostIPs': keyedPatchOnly('ip'),
  'PodStatus.podIPs': keyed('ip'),
  'PodStatus.resourceClaimStatuses': keyedRetaining('name'),
  'ReplicationControllerSpec.selector': atomicMap,
  'ReplicationControllerStatus.conditions': keyed('type'),
  'ResourceRequirements.claims': keyedApplyOnly('name'),
  'ResourceStatus.resources': keyedApplyOnly('resourceID'),
  'ServiceAccount.secrets': keyed('name'),
  'ServiceSpec.ports': keyed('port', 'protocol'),
  'ServiceSpec.selector': atomicMap,
  'ServiceStatus.conditions': keyed('type'),
  'Endpoint.addresses': applySet,
  'ServiceCIDRStatus.conditions': keyed('type'),
  'Scheduling.nodeSelector': atomicMap,
  'PodDisruptionBudgetSpec.selector': replaced,
  'PodDisruptionBudgetStatus.conditions': keyed('type'),
  'CSIDriverSpec.volumeLifecycleModes': applySet,
  'CSINodeSpec.drivers': keyed('name'),
  'CustomResourceDefinitionStatus.conditions': keyedApplyOnly('type'),
  'JSONSchemaProps.x-kubernetes-validations': keyed('rule'),
  'ObjectMeta.finalizers': mergedSet,
  'ObjectMeta.ownerReferences': keyed('uid'),
};

/** Models that server-side apply treats as one value wherever they stand. */
export const atomicModels: ReadonlySet<string> = new Set([
  'ConfigMapKeySelector',
  'CrossVersionObjectReference',
  'EndpointAddress',
  'EndpointPort',
  'FileKeySelector',
  'LabelSelector',
  'LocalObjectReference',
  'NodeSelector',
  'NodeSelectorTerm',
  'ObjectFieldSelector',
  'ObjectReference',
  'OwnerReference',
  'ResourceFieldSelector',
  'RoleRef',
  'ScopeSelector',
  'SecretKeySelector',
  'SecretReference',
  'ServiceBackendPort',
  'Subject',
  'TopologySelectorTerm',
  'TypedLocalObjectReference',
]);

/**
 * Fields that hold a Quantity, by `Model.field`: a number is accepted there as well as text.
 *
 * @source Kubernetes resource.Quantity (apimachinery)
 */
export const quantityFields: ReadonlySet<string> = new Set([
  'ContainerStatus.allocatedResources',
  'EmptyDirVolumeSource.sizeLimit',
  'LimitRangeItem.default',
  'LimitRangeItem.defaultRequest',
  'LimitRangeItem.max',
  'LimitRangeItem.maxLimitRequestRatio',
  'LimitRangeItem.min',
  'NodeStatus.allocatable',
  'NodeStatus.capacity',
  'Overhead.podFixed',
  'PersistentVolumeClaimStatus.allocatedResources',
  'PersistentVolumeClaimStatus.capacity',
  'PersistentVolumeSpec.capacity',
  'PodSpec.overhead',
  'PodStatus.allocatedResources',
  'ResourceFieldSelector.divisor',
  'ResourceQuotaSpec.hard',
  'ResourceQuotaStatus.hard',
  'ResourceQuotaStatus.used',
  'ResourceRequirements.limits',
  'ResourceRequirements.requests',
  'VolumeResourceRequirements.limits',
  'VolumeResourceRequirements.requests',
]);
