/** The last word on a write before it is stored. */
import type { Target, User } from '../api.ts';
import type { KubeObject } from '../object.ts';

/** What is about to happen. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly target: Target;
  /** absent for DELETE */
  readonly object?: KubeObject;
  readonly before?: KubeObject;
  readonly dryRun: boolean;
  readonly user: User;
  readonly warn: (text: string) => void;
}

/**
 * Refuses by throwing a StatusError; answers with the object to store, which mutating webhooks may have changed. The answer comes at once
 * when nobody has to be asked: the write is then one step of the event loop.
 */
export interface Admission {
  admit(request: AdmissionRequest): Promise<KubeObject | undefined> | KubeObject | undefined;
}
