/** The options under which the server's own housekeeping writes. */
import type { WriteOptions } from '../api.ts';

/** @param controller name that managedFields and admission webhooks see */
export function systemUser(controller: string): WriteOptions {
  return {
    dryRun: false,
    fieldManager: controller,
    fieldValidation: 'Ignore',
    user: { name: `system:serviceaccount:kube-system:${controller}`, groups: ['system:serviceaccounts', 'system:authenticated'] },
    warn: () => undefined,
  };
}
