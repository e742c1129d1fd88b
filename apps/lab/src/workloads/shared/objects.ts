/**
 * The fields of builtin kinds that the workload controllers read, beyond those that @kube-ovn/api names, and where the
 * kinds live in the API.
 *
 * @source Kubernetes core/v1, apps/v1
 */
import {
  resources,
  type Container as ApiContainer,
  type CoreCondition,
  type KubeObject,
  type LabelSelector,
  type Node as ApiNode,
  type ObjectMeta,
  type Pod as ApiPod,
  type PodSpec as ApiPodSpec,
  type Resource,
} from '@kube-ovn/api';

/** @source core/v1 Toleration */
export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

/** @source core/v1 Taint */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}

/** @source core/v1 NodeSelectorRequirement */
export interface NodeSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** @source core/v1 NodeSelectorTerm */
export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeSelectorRequirement[];
  readonly matchFields?: readonly NodeSelectorRequirement[];
}

/** @source core/v1 PodAffinityTerm */
export interface PodAffinityTerm {
  readonly labelSelector?: LabelSelector;
  readonly namespaces?: readonly string[];
  readonly topologyKey: string;
}

/** @source core/v1 Affinity */
export interface Affinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] };
    readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
      readonly weight: number;
      readonly preference: NodeSelectorTerm;
    }[];
  };
  readonly podAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
  readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
}

/** @source core/v1 Container */
export interface Container extends ApiContainer {
  readonly resources?: { readonly requests?: Readonly<Record<string, string | number>> };
}

/** @source core/v1 PodSpec */
export interface PodSpec extends ApiPodSpec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly schedulerName?: string;
  readonly schedulingGates?: readonly { readonly name: string }[];
  readonly tolerations?: readonly Toleration[];
  readonly affinity?: Affinity;
}

export interface Pod extends ApiPod {
  readonly spec?: PodSpec;
}

export interface Node extends ApiNode {
  readonly spec?: Omit<NonNullable<ApiNode['spec']>, 'taints'> & { readonly taints?: readonly Taint[] };
  readonly status?: NonNullable<ApiNode['status']> & { readonly allocatable?: Readonly<Record<string, string | number>> };
}

/** @source core/v1 PodTemplateSpec */
export interface PodTemplate {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: PodSpec;
}

/** @source apps/v1 ReplicaSet */
export interface ReplicaSet extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly selector?: LabelSelector;
    readonly template?: PodTemplate;
  };
  readonly status?: {
    readonly replicas?: number;
    readonly fullyLabeledReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly observedGeneration?: number;
  };
}

/** @source apps/v1 Deployment */
export interface Deployment extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly selector?: LabelSelector;
    readonly template?: PodTemplate;
    readonly paused?: boolean;
    readonly revisionHistoryLimit?: number;
    readonly progressDeadlineSeconds?: number;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxSurge?: number | string; readonly maxUnavailable?: number | string };
    };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly unavailableReplicas?: number;
    readonly conditions?: readonly WorkloadCondition[];
  };
}

/** @source apps/v1 DeploymentCondition */
export interface WorkloadCondition extends CoreCondition {
  readonly lastUpdateTime?: string;
}

/** @source apps/v1 StatefulSet */
export interface StatefulSet extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly selector?: LabelSelector;
    readonly template?: PodTemplate;
    readonly serviceName?: string;
    readonly podManagementPolicy?: string;
    readonly revisionHistoryLimit?: number;
    readonly ordinals?: { readonly start?: number };
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
    readonly volumeClaimTemplates?: readonly KubeObject[];
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly currentReplicas?: number;
    readonly updatedReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

/** @source apps/v1 ControllerRevision */
export interface ControllerRevision extends KubeObject {
  readonly revision: number;
  readonly data?: { readonly spec?: { readonly template?: PodTemplate } };
}

/** @source apps/v1 DaemonSet */
export interface DaemonSet extends KubeObject {
  readonly spec?: {
    readonly minReadySeconds?: number;
    readonly selector?: LabelSelector;
    readonly template?: PodTemplate;
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly maxUnavailable?: number | string } };
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Where the kinds live; the types are the wider ones of this file. */
export const kinds: Kinds = {
  pod: resources.pod,
  node: resources.node,
  replicaSet: resources.replicaSet,
  deployment: resources.deployment,
  statefulSet: resources.statefulSet,
  daemonSet: resources.daemonSet,
  controllerRevision: { apiVersion: 'apps/v1', kind: 'ControllerRevision', plural: 'controllerrevisions', namespaced: true },
};

interface Kinds {
  readonly pod: Resource<Pod>;
  readonly node: Resource<Node>;
  readonly replicaSet: Resource<ReplicaSet>;
  readonly deployment: Resource<Deployment>;
  readonly statefulSet: Resource<StatefulSet>;
  readonly daemonSet: Resource<DaemonSet>;
  readonly controllerRevision: Resource<ControllerRevision>;
}

/** `namespace/name`, or the name alone. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}
