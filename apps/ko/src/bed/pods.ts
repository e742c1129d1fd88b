/** Objects of a test: a namespace, and pods that run the agent. Pure. */
import type { KubeObject, Pod } from '@kube-ovn/api';
import { agentArgv, AGENT_VARIABLE } from '../agent/source.ts';

/** What everything that `ko` makes has, so that what is left of a `ko` that was killed can be found. */
export const MADE_BY_KO: Readonly<Record<string, string>> = { 'app.kubernetes.io/managed-by': 'ko' };

/** TCP and UDP port of agents that serve. */
export const AGENT_PORT = 8080;

export interface BedPod {
  readonly name: string;
  readonly node: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** On the network of its node; it serves nobody. */
  readonly isOnHost?: boolean;
}

/** Pods on the network of a node are for namespaces that are privileged. @source Kubernetes Pod Security Standards */
export function bedNamespace(name: string): KubeObject {
  const labels = { ...MADE_BY_KO, 'pod-security.kubernetes.io/enforce': 'privileged' };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

export interface Program {
  readonly image: string;
  /** The agent's text. */
  readonly agent: string;
}

/** A pod on a node of our choice; nothing but Node and a shell is asked of the image. */
export function bedPod({ name, node, labels = {}, isOnHost = false }: BedPod, namespace: string, { image, agent }: Program): Pod {
  const command = isOnHost ? ['sh', '-c', 'exec sleep 86400'] : agentArgv({ do: 'serve', port: AGENT_PORT, name });
  const container = {
    name: 'agent',
    image,
    command,
    env: [{ name: AGENT_VARIABLE, value: agent }],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  const spec = {
    nodeName: node,
    ...(isOnHost && { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    tolerations: [{ operator: 'Exists' }],
    containers: [container],
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels: { ...MADE_BY_KO, ...labels } }, spec };
}

export interface PodAddress {
  readonly family: 4 | 6;
  readonly address: string;
}

export function addressesOf({ status }: Pod): readonly PodAddress[] {
  return (status?.podIPs ?? []).map(({ ip }) => ({ family: ip.includes(':') ? 6 : 4, address: ip }));
}

export function isPodReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}

/** Why a pod is not ready, in the words of Kubernetes. */
export function whyNotReady({ metadata, status }: Pod): string {
  const waiting = (
    status?.containerStatuses as readonly { readonly state?: { readonly waiting?: Reason; readonly terminated?: Reason } }[] | undefined
  )
    ?.map(({ state }) => state?.waiting ?? state?.terminated)
    .find((state) => state !== undefined);
  const said =
    waiting?.message ?? waiting?.reason ?? status?.message ?? status?.conditions?.find(({ message }) => message !== undefined)?.message;
  return `pod ${metadata.name}: ${said ?? status?.phase ?? 'not taken by a node yet'}`;
}

interface Reason {
  readonly reason?: string;
  readonly message?: string;
}
