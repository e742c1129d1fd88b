/**
 * Admission webhooks: how the API server is told of one, and what it asks.
 *
 * @source Kubernetes admissionregistration.k8s.io/v1, admission.k8s.io/v1
 */
import type { KubeObject, LabelSelector } from './meta.ts';

/** Which writes a webhook is asked about. */
export interface AdmissionRule {
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT' | '*')[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly scope: 'Cluster' | 'Namespaced' | '*';
}

/** One webhook of a configuration, with all that the server fills in. */
export interface ValidatingWebhook {
  readonly name: string;
  readonly clientConfig: {
    /** PEM certificates in base64: the authorities that may have issued the webhook's. */
    readonly caBundle: string;
    readonly url?: string;
    readonly service?: { readonly namespace: string; readonly name: string; readonly path: string; readonly port: number };
  };
  readonly rules: readonly AdmissionRule[];
  readonly failurePolicy: 'Ignore' | 'Fail';
  readonly matchPolicy: 'Exact' | 'Equivalent';
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
  readonly sideEffects: 'None' | 'NoneOnDryRun';
  /** 1 to 30. */
  readonly timeoutSeconds: number;
  readonly admissionReviewVersions: readonly string[];
}

export interface ValidatingWebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly ValidatingWebhook[];
}
