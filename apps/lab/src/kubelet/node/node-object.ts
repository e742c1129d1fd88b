/** The Node object of a lab's node: pure. @source Kubernetes core/v1 Node */
import { timestamp } from '../pod/timestamp.ts';

const SOCKET_ANNOTATION = 'lab.kube-ovn.io/kubelet-socket';

export interface NodeFacts {
  readonly name: string;
  /** addresses on the underlay, IPv4 first */
  readonly addresses: readonly string[];
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly architecture: string;
  readonly bootId: string;
  /** unix socket of the kubelet's server */
  readonly socket: string;
}

export const KUBELET_PORT = 10250;
const MAX_PODS = 250;

export interface NodeCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastHeartbeatTime?: string;
  readonly lastTransitionTime?: string;
}

/** What a kubelet says of its node by labels and annotations. */
export function nodeMetadata(facts: NodeFacts): {
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
} {
  return {
    labels: {
      'kubernetes.io/hostname': facts.name,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': facts.architecture,
      'beta.kubernetes.io/os': 'linux',
      'beta.kubernetes.io/arch': facts.architecture,
    },
    annotations: { [SOCKET_ANNOTATION]: facts.socket },
  };
}

interface OwnStatus extends Readonly<Record<string, unknown>> {
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
}

/** The parts of NodeStatus that a kubelet owns, conditions apart. */
export function nodeStatus(facts: NodeFacts): OwnStatus {
  const resources = {
    cpu: String(facts.cpus),
    memory: `${Math.floor(facts.memoryBytes / 1024)}Ki`,
    pods: String(MAX_PODS),
    'ephemeral-storage': '10Gi',
  };
  return {
    capacity: resources,
    allocatable: resources,
    addresses: [...facts.addresses.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: facts.name }],
    daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
    nodeInfo: {
      architecture: facts.architecture,
      operatingSystem: 'linux',
      osImage: facts.osImage,
      kernelVersion: facts.kernelVersion,
      kubeletVersion: 'v1.32.0-lab',
      kubeProxyVersion: '',
      containerRuntimeVersion: 'lab://1',
      machineID: facts.name,
      systemUUID: facts.name,
      bootID: facts.bootId,
    },
  };
}

export interface Readiness {
  readonly isReady: boolean;
  readonly message: string;
}

/** All conditions of the node: the kubelet's as they are now, everybody else's (NetworkUnavailable) as they were. */
export function nodeConditions(before: readonly NodeCondition[], network: Readiness, nowMs: number): readonly NodeCondition[] {
  const own: readonly NodeCondition[] = [
    { type: 'MemoryPressure', status: 'False', reason: 'KubeletHasSufficientMemory', message: 'kubelet has sufficient memory available' },
    { type: 'DiskPressure', status: 'False', reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
    { type: 'PIDPressure', status: 'False', reason: 'KubeletHasSufficientPID', message: 'kubelet has sufficient PID available' },
    network.isReady
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : {
          type: 'Ready',
          status: 'False',
          reason: 'KubeletNotReady',
          message: `container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: ${network.message}`,
        },
  ];
  const now = timestamp(nowMs);
  const dated = own.map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    return {
      ...condition,
      lastHeartbeatTime: now,
      lastTransitionTime: old?.status === condition.status ? (old.lastTransitionTime ?? now) : now,
    };
  });
  return [...dated, ...before.filter(({ type }) => !own.some((condition) => condition.type === type))];
}
