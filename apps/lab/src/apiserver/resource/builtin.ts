/** The builtin kinds this server offers, one entry each. What a kind means is in `strategies/`; its fields are in the schema library. */
import { formatApiVersion } from '../object.ts';
import type { BuiltinSchemas } from '../schema/index.ts';
import type { Resource, ScalePaths, Strategy, Subresource } from './resource.ts';
import { partVerbs, storedVerbs } from './resource.ts';

interface Entry {
  readonly kind: string;
  readonly plural: string;
  readonly short?: readonly string[];
  readonly categories?: readonly string[];
  readonly cluster?: true;
  readonly status?: true;
  readonly generation?: true;
  readonly scale?: true;
  readonly fields?: readonly string[];
  readonly more?: readonly Subresource[];
  readonly traits?: Partial<
    Pick<Resource, 'keepsStatusOnCreate' | 'unconditionalUpdate' | 'createOnUpdate' | 'gracefulDeletion' | 'verbs'>
  >;
}

const podParts: readonly Subresource[] = [
  { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
  { name: 'binding', kind: 'Binding', verbs: ['create'] },
  { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
  { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
  { name: 'log', verbs: ['get'] },
];
const token: Subresource = { name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] };
const eventFields = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source',
  'type',
];
const podFields = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.nominatedNodeName',
];
const asked: Entry['traits'] = { verbs: ['create'] };
const workload = { status: true, generation: true, categories: ['all'] } as const;

/** group/version → kinds */
const table: Readonly<Record<string, readonly Entry[]>> = {
  v1: [
    { kind: 'Binding', plural: 'bindings', traits: asked },
    { kind: 'ConfigMap', plural: 'configmaps', short: ['cm'] },
    { kind: 'Endpoints', plural: 'endpoints', short: ['ep'], traits: { createOnUpdate: true } },
    { kind: 'Event', plural: 'events', short: ['ev'], fields: eventFields, traits: { createOnUpdate: true } },
    {
      kind: 'Namespace',
      plural: 'namespaces',
      short: ['ns'],
      cluster: true,
      status: true,
      fields: ['status.phase'],
      more: [{ name: 'finalize', verbs: ['update'] }],
    },
    {
      kind: 'Node',
      plural: 'nodes',
      short: ['no'],
      cluster: true,
      status: true,
      fields: ['spec.unschedulable'],
      traits: { keepsStatusOnCreate: true },
    },
    {
      kind: 'Pod',
      plural: 'pods',
      short: ['po'],
      categories: ['all'],
      status: true,
      fields: podFields,
      more: podParts,
      traits: { gracefulDeletion: true },
    },
    { kind: 'Secret', plural: 'secrets', fields: ['type'] },
    { kind: 'ServiceAccount', plural: 'serviceaccounts', short: ['sa'], more: [token] },
    { kind: 'Service', plural: 'services', short: ['svc'], categories: ['all'], status: true, fields: ['spec.clusterIP', 'spec.type'] },
  ],
  'admissionregistration.k8s.io/v1': [
    {
      kind: 'MutatingWebhookConfiguration',
      plural: 'mutatingwebhookconfigurations',
      cluster: true,
      generation: true,
      categories: ['api-extensions'],
    },
    {
      kind: 'ValidatingWebhookConfiguration',
      plural: 'validatingwebhookconfigurations',
      cluster: true,
      generation: true,
      categories: ['api-extensions'],
    },
  ],
  'apiextensions.k8s.io/v1': [
    {
      kind: 'CustomResourceDefinition',
      plural: 'customresourcedefinitions',
      short: ['crd', 'crds'],
      cluster: true,
      status: true,
      generation: true,
      categories: ['api-extensions'],
      traits: { unconditionalUpdate: false },
    },
  ],
  'apps/v1': [
    { kind: 'ControllerRevision', plural: 'controllerrevisions' },
    { kind: 'DaemonSet', plural: 'daemonsets', short: ['ds'], ...workload },
    { kind: 'Deployment', plural: 'deployments', short: ['deploy'], scale: true, ...workload },
    { kind: 'ReplicaSet', plural: 'replicasets', short: ['rs'], scale: true, fields: ['status.replicas'], ...workload },
    { kind: 'StatefulSet', plural: 'statefulsets', short: ['sts'], scale: true, ...workload },
  ],
  'authentication.k8s.io/v1': [
    { kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', cluster: true, traits: asked },
    { kind: 'TokenReview', plural: 'tokenreviews', cluster: true, traits: asked },
  ],
  'authorization.k8s.io/v1': [
    { kind: 'LocalSubjectAccessReview', plural: 'localsubjectaccessreviews', traits: asked },
    { kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews', cluster: true, traits: asked },
    { kind: 'SelfSubjectRulesReview', plural: 'selfsubjectrulesreviews', cluster: true, traits: asked },
    { kind: 'SubjectAccessReview', plural: 'subjectaccessreviews', cluster: true, traits: asked },
  ],
  'coordination.k8s.io/v1': [{ kind: 'Lease', plural: 'leases', traits: { unconditionalUpdate: false, createOnUpdate: true } }],
  'discovery.k8s.io/v1': [{ kind: 'EndpointSlice', plural: 'endpointslices', generation: true }],
  'networking.k8s.io/v1': [{ kind: 'NetworkPolicy', plural: 'networkpolicies', short: ['netpol'], generation: true }],
  'policy/v1': [{ kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', short: ['pdb'], status: true, generation: true }],
  'rbac.authorization.k8s.io/v1': [
    { kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', cluster: true },
    { kind: 'ClusterRole', plural: 'clusterroles', cluster: true },
    { kind: 'RoleBinding', plural: 'rolebindings' },
    { kind: 'Role', plural: 'roles' },
  ],
};

const workloadScale: ScalePaths = {
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  selector: ['spec', 'selector'],
};

/** All builtin resources. @param strategies by kind */
export function builtinResources(schemas: BuiltinSchemas, strategies: Readonly<Record<string, Strategy>>): readonly Resource[] {
  return Object.entries(table).flatMap(([groupVersion, entries]) => {
    const [version = '', group = ''] = groupVersion.split('/').reverse();
    return entries.map((entry) => builtin({ group, version, entry, schemas, strategy: strategies[entry.kind] ?? {} }));
  });
}

interface Building {
  readonly group: string;
  readonly version: string;
  readonly entry: Entry;
  readonly schemas: BuiltinSchemas;
  readonly strategy: Strategy;
}

function builtin({ group, version, entry, schemas, strategy }: Building): Resource {
  const { kind, plural } = entry;
  const apiVersion = formatApiVersion(group, version);
  return {
    group,
    version,
    apiVersion,
    kind,
    plural,
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shortNames: entry.short ?? [],
    categories: entry.categories ?? [],
    namespaced: entry.cluster !== true,
    verbs: storedVerbs,
    subresources: [
      ...(entry.status === true ? [{ name: 'status', verbs: partVerbs }] : []),
      ...(entry.scale === true ? [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: partVerbs }] : []),
      ...(entry.more ?? []),
    ],
    storage: group === '' ? plural : `${plural}.${group}`,
    storageApiVersion: apiVersion,
    schema: schemas.schemaFor({ group, version, kind }),
    builtin: true,
    countsGeneration: entry.generation === true,
    keepsStatusOnCreate: entry.status !== true,
    unconditionalUpdate: true,
    createOnUpdate: false,
    gracefulDeletion: false,
    selectableFields: entry.fields ?? [],
    ...(entry.scale === true ? { scale: workloadScale } : {}),
    ...entry.traits,
    strategy,
  };
}
