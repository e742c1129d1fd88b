/** The ValidatingWebhookConfiguration that the API server should have. Pure; states every field, so that it can be compared. */
import { ipLabels, type AdmissionRule, type ValidatingWebhook } from '@kube-ovn/api';

/** Path of the reviews. */
export const webhookPath = '/validate';

const policyGroup = 'policy.networking.k8s.io';

export interface WebhookPlace {
  /** How the API server reaches the webhook. */
  readonly endpoint:
    | { readonly url: string }
    | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } };
  readonly failurePolicy: 'Ignore' | 'Fail';
  readonly timeoutSeconds: number;
  /** Namespace of the controller; no write in it is ever held up. */
  readonly namespace: string;
}

/** @param caBundle base64 */
export function webhooksWanted(place: WebhookPlace, caBundle: string): readonly ValidatingWebhook[] {
  const { endpoint, failurePolicy, timeoutSeconds, namespace } = place;
  const systemNamespaces = [...new Set(['kube-system', 'kube-public', 'kube-node-lease', namespace])].toSorted();
  const common = {
    clientConfig: {
      caBundle,
      ...('url' in endpoint ? { url: `${endpoint.url}${webhookPath}` } : { service: { ...endpoint.service, path: webhookPath } }),
    },
    failurePolicy,
    matchPolicy: 'Equivalent',
    namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: systemNamespaces }] },
    objectSelector: {},
    sideEffects: 'None',
    timeoutSeconds,
    admissionReviewVersions: ['v1'],
  } as const;
  return [
    {
      ...common,
      name: 'networks.kubeovn.io',
      rules: [
        rule('kubeovn.io', 'Cluster', [
          'subnets',
          'vpcs',
          'ippools',
          'vips',
          'security-groups',
          'switch-lb-rules',
          'ovn-eips',
          'ovn-fips',
          'ovn-snat-rules',
          'ovn-dnat-rules',
        ]),
        rule('', 'Namespaced', ['pods']),
        rule('', 'Cluster', ['namespaces']),
        rule('k8s.cni.cncf.io', 'Namespaced', ['network-attachment-definitions']),
        rule('networking.k8s.io', 'Namespaced', ['networkpolicies']),
        // Where a cluster has not got these kinds, nothing asks.
        { ...rule(policyGroup, 'Cluster', ['adminnetworkpolicies', 'baselineadminnetworkpolicies']), apiVersions: ['v1alpha1'] },
        { ...rule(policyGroup, 'Cluster', ['clusternetworkpolicies']), apiVersions: ['v1alpha2'] },
      ],
    },
    {
      ...common,
      name: 'addresses.kubeovn.io',
      rules: [rule('kubeovn.io', 'Cluster', ['ips'])],
      // The controller's own journal has the label with "false": no pod waits for its IP object to be looked at.
      objectSelector: { matchExpressions: [{ key: ipLabels.reserved, operator: 'NotIn', values: ['false'] }] },
    },
  ];
}

function rule(group: string, scope: AdmissionRule['scope'], plurals: readonly string[]): AdmissionRule {
  return { operations: ['CREATE', 'UPDATE'], apiGroups: [group], apiVersions: ['v1'], resources: plurals, scope };
}
