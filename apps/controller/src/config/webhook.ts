/** What the flags say of the validating webhook. */

export interface WebhookConfig {
  /** Listened on, and where the API server reaches this replica unless there is a service. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** A Service in front of the replicas. */
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number } | undefined;
  readonly failurePolicy: 'Ignore' | 'Fail';
  readonly timeoutSeconds: number;
  readonly certificateLifetimeMs: number;
}
