/**
 * policy.networking.k8s.io: the policies of administrators. The API is Kubernetes' own, and clusters may have its definitions from
 * elsewhere; these are for clusters that have none, in a folder of their own.
 *
 * @source network-policy-api, v1alpha1 AdminNetworkPolicy and BaselineAdminNetworkPolicy, v1alpha2 ClusterNetworkPolicy
 */
import type Type from 'typebox';
import { metaConditionList } from '../schema/condition.ts';
import type { CustomObject, CustomResource, CustomResourceOptions } from '../schema/custom-resource.ts';
import { customResource } from '../schema/custom-resource.ts';
import type { Shape } from '../schema/fields.ts';
import { choice, fields, integer, labelSelector, list, optional, required, text, texts } from '../schema/fields.ts';

const PORT = { minimum: 1, maximum: 65_535, format: 'int32' } as const;
const PRIORITY = { minimum: 0, maximum: 1000, format: 'int32' } as const;
const MAX_NAME = { maxLength: 100 };

const namespacedPod = fields({
  namespaceSelector: labelSelector('Namespaces of the pods; an empty one selects all.'),
  podSelector: labelSelector('Labels of the pods; an empty one selects all.'),
});
const inCluster = {
  namespaces: optional(labelSelector('All pods of these namespaces.')),
  pods: optional(namespacedPod),
};
const subject = fields(inCluster, { description: 'Pods that the policy is about; one of the fields.' });
const ingressPeer = fields(inCluster);
const egressPeer = fields({
  ...inCluster,
  nodes: optional(labelSelector('Addresses of these nodes.')),
  networks: texts('Blocks such as 10.0.0.0/8.'),
  domainNames: texts('Domain names.'),
});

const protocol = choice('Protocol. Default: TCP.', ['TCP', 'UDP', 'SCTP']);
const adminPorts = list(
  'Ports; all without the field.',
  fields({
    portNumber: optional(fields({ protocol, port: required.integer('Port.', PORT) })),
    namedPort: text('Name of a port of the pod.'),
    portRange: optional(fields({ protocol, start: required.integer('First port.', PORT), end: required.integer('Last port.', PORT) })),
  }),
);
const destination = optional(
  fields({
    destinationPort: optional(
      fields({
        number: integer('Port.', PORT),
        range: optional(fields({ start: required.integer('First port.', PORT), end: required.integer('Last port.', PORT) })),
      }),
    ),
  }),
);
const clusterProtocols = list(
  'Protocols and their ports; all without the field.',
  fields({ tcp: destination, udp: destination, sctp: destination, destinationNamedPort: text('Name of a port of the pod.') }),
);

const adminAction = (...actions: readonly ('Allow' | 'Deny' | 'Pass')[]) => required.choice('What happens to the traffic.', actions);
const adminRules = (action: ReturnType<typeof adminAction>) => ({
  ingress: list(
    'Rules for what the pods receive, the first that matches counts.',
    fields({ name: text('Name.', MAX_NAME), action, from: required.list('Sources.', ingressPeer), ports: adminPorts }),
  ),
  egress: list(
    'Rules for what the pods send, the first that matches counts.',
    fields({ name: text('Name.', MAX_NAME), action, to: required.list('Destinations.', egressPeer), ports: adminPorts }),
  ),
});
const clusterAction = required.choice('What happens to the traffic.', ['Accept', 'Deny', 'Pass']);

const adminSpec = fields({
  priority: required.integer('Order of the policies, 0 is looked at first.', PRIORITY),
  subject,
  ...adminRules(adminAction('Allow', 'Deny', 'Pass')),
});
const baselineSpec = fields({ subject, ...adminRules(adminAction('Allow', 'Deny')) });
const clusterSpec = fields({
  tier: required.choice('Ahead of NetworkPolicies, or after them.', ['Admin', 'Baseline']),
  priority: required.integer('Order of the policies of a tier, 0 is looked at first.', PRIORITY),
  subject,
  ingress: list(
    'Rules for what the pods receive, the first that matches counts.',
    fields({
      name: text('Name.', MAX_NAME),
      action: clusterAction,
      from: required.list('Sources.', ingressPeer),
      protocols: clusterProtocols,
    }),
  ),
  egress: list(
    'Rules for what the pods send, the first that matches counts.',
    fields({ name: text('Name.', MAX_NAME), action: clusterAction, to: required.list('Destinations.', egressPeer), protocols: clusterProtocols }),
  ),
});

const status = fields({ conditions: metaConditionList });
export type AdminPolicyStatus = Shape<typeof status>;

type Own = Pick<CustomResourceOptions<Type.TObject, Type.TObject>, 'kind' | 'plural' | 'singular' | 'shortNames' | 'description' | 'columns'>;

function policy<S extends Type.TObject>(version: string, own: Own, spec: S): CustomResource<CustomObject<Shape<S>, AdminPolicyStatus>> {
  // Without it an API server refuses definitions of a group of Kubernetes. @source KEP-2337, api-approved.kubernetes.io
  const annotations = { 'api-approved.kubernetes.io': 'unapproved, written from the types of the API' };
  return customResource({ ...own, group: 'policy.networking.k8s.io', version, annotations, spec, status });
}

export type AdminNetworkPolicy = CustomObject<Shape<typeof adminSpec>, AdminPolicyStatus>;
export type BaselineAdminNetworkPolicy = CustomObject<Shape<typeof baselineSpec>, AdminPolicyStatus>;
export type ClusterNetworkPolicy = CustomObject<Shape<typeof clusterSpec>, AdminPolicyStatus>;

const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' } as const;
const priority = { name: 'Priority', type: 'integer', jsonPath: '.spec.priority' } as const;

export const adminNetworkPolicy: CustomResource<AdminNetworkPolicy> = policy(
  'v1alpha1',
  {
    kind: 'AdminNetworkPolicy',
    plural: 'adminnetworkpolicies',
    singular: 'adminnetworkpolicy',
    shortNames: ['anp'],
    description: 'Rules of administrators that come ahead of NetworkPolicies.',
    columns: [priority, age],
  },
  adminSpec,
);

export const baselineAdminNetworkPolicy: CustomResource<BaselineAdminNetworkPolicy> = policy(
  'v1alpha1',
  {
    kind: 'BaselineAdminNetworkPolicy',
    plural: 'baselineadminnetworkpolicies',
    singular: 'baselineadminnetworkpolicy',
    shortNames: ['banp'],
    description: 'Rules of administrators that come after NetworkPolicies.',
    columns: [age],
  },
  baselineSpec,
);

export const clusterNetworkPolicy: CustomResource<ClusterNetworkPolicy> = policy(
  'v1alpha2',
  {
    kind: 'ClusterNetworkPolicy',
    plural: 'clusternetworkpolicies',
    singular: 'clusternetworkpolicy',
    shortNames: ['cnp'],
    description: 'Rules of administrators that come ahead of NetworkPolicies, or after them.',
    columns: [{ name: 'Tier', type: 'string', jsonPath: '.spec.tier' }, priority, age],
  },
  clusterSpec,
);
