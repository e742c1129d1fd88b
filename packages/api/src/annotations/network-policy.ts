/**
 * Annotations of network policies.
 *
 * @source Kube-OVN, annotation constants
 */
import type { Codec } from './codecs.ts';
import { oneOf, truth, wholeNumber, wordList } from './codecs.ts';
import type { AnnotationDefinition, Bound } from './define.ts';
import { annotationPrefix, bindAnnotations, defineAnnotation } from './define.ts';

function on<T>(key: string, codec: Codec<T>, doc: string): AnnotationDefinition<T> {
  return defineAnnotation({ key, on: 'NetworkPolicy', writers: ['user'], doc, ...codec });
}

export const networkPolicyDefinitions = {
  enable_log: on('enable_log', truth, 'Whether decisions are logged.'),
  log_acl_actions: on('log_acl_actions', wordList, 'Which decisions are logged: allow, drop.'),
  acl_log_meter_rate: on('acl_log_meter_rate', wholeNumber(1, 1_000_000, 'packets per second'), 'Limit of the log.'),
  network_policy_enforcement: on(
    'network_policy_enforcement',
    oneOf('standard', 'lax'),
    'lax: traffic that is neither TCP, UDP nor SCTP, and DHCP, always passes.',
  ),
  network_policy_for: on('network_policy_for', wordList, 'Interfaces that the policy is for: ovn, or <namespace>/<nad>.'),
};

/** Annotations of a NetworkPolicy, all under `ovn.kubernetes.io/`. */
export const networkPolicyAnnotations: Bound<typeof networkPolicyDefinitions> = bindAnnotations(
  networkPolicyDefinitions,
  annotationPrefix('ovn'),
);
