/** What the matrix is asked on: pods, a service, policies. Pure. */
import type { NetworkPolicy, Service } from '@kube-ovn/api';
import type { BedPod } from '../bed/pods.ts';
import { AGENT_PORT, MADE_BY_KO } from '../bed/pods.ts';
import type { NodePair } from '../bed/nodes.ts';

/** Whom policies and the service select. */
const ROLE = 'ko/role';
export const SERVICE = 'open';
/** Policies of the test, by what they do. */
const POLICIES = { guard: 'guard', mute: 'mute' } as const;

/** Pods by what they are for. */
export const PODS = {
  client: 'client',
  stranger: 'stranger',
  mute: 'mute',
  host: 'node',
  near: 'near',
  far: 'far',
  guarded: 'guarded',
} as const;

export function bedPods({ here, there }: NodePair): readonly BedPod[] {
  const elsewhere = there ?? here;
  const pod = (name: string, node: string, role: string): BedPod => ({ name, node, labels: { [ROLE]: role } });
  return [
    pod(PODS.client, here, 'client'),
    pod(PODS.stranger, here, 'stranger'),
    pod(PODS.mute, here, 'mute'),
    pod(PODS.near, here, 'open'),
    ...(there === undefined ? [] : [pod(PODS.far, there, 'open')]),
    pod(PODS.guarded, elsewhere, 'guarded'),
    { name: PODS.host, node: here, isOnHost: true },
  ];
}

/** Of both families where the cluster has both, with a port of every node. */
export function openService(namespace: string): Service {
  const ports = (['TCP', 'UDP'] as const).map((protocol) => ({
    name: protocol.toLowerCase(),
    port: AGENT_PORT,
    targetPort: AGENT_PORT,
    protocol,
  }));
  const spec = { type: 'NodePort', ipFamilyPolicy: 'PreferDualStack', selector: { [ROLE]: 'open' }, ports };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: SERVICE, namespace, labels: MADE_BY_KO }, spec } as Service;
}

/** One lets the client alone in, over TCP; the other lets a pod ask nobody. */
export function policies(namespace: string): readonly NetworkPolicy[] {
  const policy = (name: string, spec: NonNullable<NetworkPolicy['spec']>): NetworkPolicy => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace, labels: MADE_BY_KO },
    spec,
  });
  const of = (role: string) => ({ matchLabels: { [ROLE]: role } });
  const ingress = [{ from: [{ podSelector: of('client') }], ports: [{ protocol: 'TCP' as const, port: AGENT_PORT }] }];
  return [
    policy(POLICIES.guard, { podSelector: of('guarded'), policyTypes: ['Ingress'], ingress }),
    policy(POLICIES.mute, { podSelector: of('mute'), policyTypes: ['Egress'], egress: [] }),
  ];
}
