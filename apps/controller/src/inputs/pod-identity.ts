/**
 * Pod → what policies know it by. A pod on its node's network is known too, as somebody behind the node's addresses; one that has ended
 * for good is nobody.
 */
import type { Container, Pod } from '@kube-ovn/api';
import type { ContainerPort, Labels } from '@kube-ovn/policy';
import { hasEnded } from './pod.ts';

export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly node: string;
  readonly hostNetwork: boolean;
  readonly ports: readonly ContainerPort[];
}

/** Read one Pod. @source core/v1 Pod, Container.ports; a sidecar is an init container that is always restarted */
export function readPodIdentity(pod: Pod): PodIdentity | undefined {
  if (hasEnded(pod)) return undefined;
  const { metadata, spec } = pod;
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    labels: metadata.labels ?? {},
    node: spec?.nodeName ?? '',
    hostNetwork: spec?.hostNetwork === true,
    ports: [...(spec?.containers ?? []), ...sidecars].flatMap(namedPorts),
  };
}

function namedPorts({ ports = [] }: Container): ContainerPort[] {
  return ports.flatMap(({ name, containerPort, protocol = 'TCP' }) =>
    name === undefined ? [] : [{ name, protocol, port: containerPort }],
  );
}
