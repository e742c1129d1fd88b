/**
 * Value rules of builtin fields that the API server checks in code rather than in its OpenAPI, by `Model.field`.
 * Only what a lab user is likely to get wrong; an unlisted field is checked for its type alone.
 *
 * @source Kubernetes API reference, the "valid values" of each field; pkg/apis/core/validation
 */
import type { StructuralSchema, ValueRules } from './structural.ts';

/** Value rules with a default. */
export type FieldRules = ValueRules & Pick<StructuralSchema, 'default'>;

function oneOf(...values: readonly string[]): ValueRules {
  return { enum: values };
}
const port: ValueRules = { minimum: 1, maximum: 65535 };
/** The default matters to keyed lists of ports: two items without a protocol have the same key. */
const protocol: FieldRules = { ...oneOf('TCP', 'UDP', 'SCTP'), default: 'TCP' };
const atLeastZero: ValueRules = { minimum: 0 };
const restartPolicy = oneOf('Always', 'OnFailure', 'Never');
const pullPolicy = oneOf('Always', 'IfNotPresent', 'Never');
const ipFamily = oneOf('IPv4', 'IPv6');
const traffic = oneOf('Cluster', 'Local');

/** Rules by model (without the version prefix of its class) and field. A rule on a list applies to its items. */
export const fieldValueRules: Readonly<Record<string, FieldRules>> = {
  'Container.imagePullPolicy': pullPolicy,
  'Container.name': { pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', maxLength: 63 },
  'ContainerPort.containerPort': port,
  'ContainerPort.hostPort': { minimum: 0, maximum: 65535 },
  'ContainerPort.protocol': protocol,
  'DaemonSetUpdateStrategy.type': oneOf('RollingUpdate', 'OnDelete'),
  'DeploymentSpec.replicas': atLeastZero,
  'DeploymentStrategy.type': oneOf('Recreate', 'RollingUpdate'),
  'EndpointSlice.addressType': oneOf('IPv4', 'IPv6', 'FQDN'),
  'LabelSelectorRequirement.operator': oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
  'NetworkPolicyPort.protocol': protocol,
  'NetworkPolicySpec.policyTypes': oneOf('Ingress', 'Egress'),
  'NodeSelectorRequirement.operator': oneOf('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'),
  'PodSpec.dnsPolicy': oneOf('ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'),
  'PodSpec.restartPolicy': restartPolicy,
  'ReplicaSetSpec.replicas': atLeastZero,
  'ServicePort.nodePort': { minimum: 0, maximum: 65535 },
  'ServicePort.port': port,
  'ServicePort.protocol': protocol,
  'ServiceSpec.externalTrafficPolicy': traffic,
  'ServiceSpec.internalTrafficPolicy': traffic,
  'ServiceSpec.ipFamilies': ipFamily,
  'ServiceSpec.ipFamilyPolicy': oneOf('SingleStack', 'PreferDualStack', 'RequireDualStack'),
  'ServiceSpec.sessionAffinity': oneOf('ClientIP', 'None'),
  'ServiceSpec.trafficDistribution': oneOf('PreferClose', 'PreferSameZone', 'PreferSameNode'),
  'ServiceSpec.type': oneOf('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
  'StatefulSetSpec.podManagementPolicy': oneOf('OrderedReady', 'Parallel'),
  'StatefulSetSpec.replicas': atLeastZero,
  'StatefulSetUpdateStrategy.type': oneOf('RollingUpdate', 'OnDelete'),
  'Taint.effect': oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  'Toleration.effect': oneOf('', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  'Toleration.operator': oneOf('', 'Exists', 'Equal'),
};

/** Fields that the API server requires in code although OpenAPI calls them optional. */
export const alsoRequired: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec'],
  DaemonSet: ['spec'],
  ReplicaSet: ['spec'],
  StatefulSet: ['spec'],
  Pod: ['spec'],
  PodTemplateSpec: ['spec'],
};

/** Fields that OpenAPI calls required although an absent list is taken for an empty one. */
export const neverRequired: ReadonlySet<string> = new Set(['EndpointSlice.endpoints', 'Event.metadata']);
