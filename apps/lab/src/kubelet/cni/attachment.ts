/** The attachment of a pod's sandbox to one network: pure, from the pod. */
import type { PodObject } from '../pod/types.ts';
import type { NetworkSelection } from './networks.ts';
import type { Attachment } from './types.ts';

/**
 * `CNI_ARGS` and capability arguments as kubelet's runtimes give them.
 *
 * @source CNI CONVENTIONS.md: K8S_POD_*, IgnoreUnknown, portMappings, bandwidth, ips, mac
 */
export function attachmentOf(
  pod: PodObject,
  sandbox: { readonly id: string; readonly netns: string },
  selection?: NetworkSelection,
): Attachment {
  return {
    containerId: sandbox.id,
    netns: sandbox.netns,
    ifName: selection?.interface ?? 'eth0',
    args: [
      ['IgnoreUnknown', '1'],
      ['K8S_POD_NAMESPACE', pod.metadata.namespace],
      ['K8S_POD_NAME', pod.metadata.name],
      ['K8S_POD_INFRA_CONTAINER_ID', sandbox.id],
      ['K8S_POD_UID', pod.metadata.uid],
    ],
    capabilityArgs:
      selection === undefined
        ? podCapabilities(pod)
        : {
            ...(selection.ips !== undefined && { ips: selection.ips }),
            ...(selection.mac !== undefined && { mac: selection.mac }),
          },
  };
}

function podCapabilities(pod: PodObject): Readonly<Record<string, unknown>> {
  const portMappings = pod.spec.containers
    .flatMap(({ ports = [] }) => ports)
    .filter(({ hostPort = 0 }) => hostPort > 0)
    .map(({ hostPort, containerPort, protocol = 'TCP', hostIP = '' }) => ({
      hostPort,
      containerPort,
      protocol: protocol.toLowerCase(),
      hostIP,
    }));
  return { portMappings };
}
