/** PodStatus from what is observed: pure. @source Kubernetes core/v1 PodStatus */
import { podConditions } from './conditions.ts';
import { isFinished, restarts } from './plan.ts';
import type { ObservedContainer, ObservedPod, Termination } from './observed.ts';
import { timestamp } from './timestamp.ts';
import type { ContainerSpec, ContainerStateStatus, ContainerStatus, PodObject, PodStatus } from './types.ts';

export interface StatusInput {
  readonly pod: PodObject;
  readonly observed: ObservedPod;
  /** addresses of the node, IPv4 first */
  readonly hostAddresses: readonly string[];
  readonly nowMs: number;
}

/** The status to publish; conditions of others, and times of conditions that did not change, are kept. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, observed, hostAddresses } = input;
  const initContainerStatuses = (pod.spec.initContainers ?? []).map((container) =>
    containerStatus(pod, container, observed, { isInit: true }),
  );
  const containerStatuses = pod.spec.containers.map((container) => containerStatus(pod, container, observed, { isInit: false }));
  const phase = podPhase(pod, observed);
  const addresses = observed.sandbox.state === 'ready' ? observed.sandbox.addresses : (pod.status?.podIPs ?? []).map(({ ip }) => ip);
  // Addresses outlive the sandbox of a pod that has finished, as kubelet leaves them.
  const shown = observed.sandbox.state === 'ready' || phase === 'Succeeded' || phase === 'Failed' ? addresses : [];
  return {
    phase,
    conditions: podConditions({ pod, observed, phase, containerStatuses, nowMs: input.nowMs }),
    ...(hostAddresses[0] !== undefined && { hostIP: hostAddresses[0], hostIPs: hostAddresses.map((ip) => ({ ip })) }),
    ...(shown[0] !== undefined && { podIP: shown[0], podIPs: shown.map((ip) => ({ ip })) }),
    startTime: timestamp(observed.acceptedAtMs),
    ...(initContainerStatuses.length > 0 && { initContainerStatuses }),
    containerStatuses,
  };
}

export function podPhase(pod: PodObject, observed: ObservedPod): NonNullable<PodStatus['phase']> {
  const policy = pod.spec.restartPolicy ?? 'Always';
  if (isFinished(pod, observed) || allEndedWhileTerminating(pod, observed)) {
    const codes = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ name }) => observed.containers.get(name)?.now);
    return codes.every((now) => now?.state === 'terminated' && now.exitCode === 0) ? 'Succeeded' : 'Failed';
  }
  const isInitialized = (pod.spec.initContainers ?? []).every(({ name }) => hasSucceeded(observed.containers.get(name)));
  const hasBegun = pod.spec.containers.every(({ name }) => {
    const seen = observed.containers.get(name);
    return (
      seen !== undefined &&
      (seen.now.state === 'running' ||
        seen.last !== undefined ||
        (seen.now.state === 'terminated' && restarts(policy, seen.now.exitCode)) ||
        seen.now.state === 'terminated')
    );
  });
  return isInitialized && hasBegun ? 'Running' : 'Pending';
}

function allEndedWhileTerminating(pod: PodObject, observed: ObservedPod): boolean {
  return (
    pod.metadata.deletionTimestamp !== undefined &&
    pod.spec.containers.every(({ name }) => observed.containers.get(name)?.now.state === 'terminated')
  );
}

function hasSucceeded(seen: ObservedContainer | undefined): boolean {
  return seen?.now.state === 'terminated' && seen.now.exitCode === 0;
}

function containerStatus(pod: PodObject, container: ContainerSpec, observed: ObservedPod, role: { isInit: boolean }): ContainerStatus {
  const seen = observed.containers.get(container.name);
  const containerID = seen?.now.state === 'waiting' || seen === undefined ? seen?.last?.containerId : seen.now.containerId;
  const isRunning = seen?.now.state === 'running';
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: seen === undefined ? '' : `lab://${container.image ?? ''}`,
    ...(containerID !== undefined && { containerID: `lab://${containerID}` }),
    ready: role.isInit ? hasSucceeded(seen) : isRunning && seen.now.state === 'running' && seen.now.ready && seen.now.started,
    started: isRunning && seen.now.state === 'running' && seen.now.started,
    restartCount: seen?.restartCount ?? 0,
    state: currentState(pod, seen),
    lastState: seen?.last === undefined ? {} : { terminated: terminatedState(seen.last) },
  };
}

function currentState(pod: PodObject, seen: ObservedContainer | undefined): ContainerStateStatus {
  if (seen === undefined) {
    const hasInit = (pod.spec.initContainers ?? []).length > 0;
    return { waiting: { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' } };
  }
  const { now } = seen;
  switch (now.state) {
    case 'waiting':
      return { waiting: { reason: now.reason, ...(now.message !== undefined && { message: now.message }) } };
    case 'running':
      return { running: { startedAt: timestamp(now.startedAtMs) } };
    case 'terminated':
      return { terminated: terminatedState(now) };
  }
}

function terminatedState(end: Termination): NonNullable<ContainerStateStatus['terminated']> {
  return {
    exitCode: end.exitCode,
    ...(end.signal !== undefined && { signal: end.signal }),
    reason: end.exitCode === 0 ? 'Completed' : 'Error',
    startedAt: timestamp(end.startedAtMs),
    finishedAt: timestamp(end.finishedAtMs),
    containerID: `lab://${end.containerId}`,
  };
}
