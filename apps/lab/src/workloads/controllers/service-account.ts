/** Every namespace has a service account called default. @source Kubernetes documentation "Service Accounts: default service accounts" */
import { resources, type Namespace, type ServiceAccount } from '@kube-ovn/api';
import type { Plan } from '../shared/action.ts';

/** Create it where it is missing; a namespace that is going away gets none. */
export function planServiceAccount(namespace: Namespace, account: ServiceAccount | undefined): Plan {
  const isGoing = namespace.metadata.deletionTimestamp !== undefined || namespace.status?.phase === 'Terminating';
  if (isGoing || account !== undefined) return [];
  const object = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: namespace.metadata.name } };
  return [{ do: 'create', resource: resources.serviceAccount, object }];
}
