/**
 * A CNI configuration that asks for vhost-user → where the socket of the interface is, or why there cannot be one on this node.
 *
 * Reads: fields `vhost_user_socket_volume_name`, `vhost_user_socket_name`, `vhost_user_socket_consumption` of the network configuration.
 * @source Kube-OVN, NetworkAttachmentDefinition of OVS-DPDK: the pod's emptyDir is shared with the node's folder of sockets; with
 *   consumption `kubevirt` the volume is `vhostuser-sockets`, and the socket has the interface's name
 */
import { join } from 'node:path';
import { cniErrorCodes, nodeLabels, type CniRequest } from '@kube-ovn/api';
import { findVhostSocket, formatFinding } from '@kube-ovn/datapath-dpdk';
import { CniFailure } from '../../errors.ts';
import type { VhostUser } from '../attachment/record.ts';
import { dpdkProblem, type DpdkState } from './dpdk-state.ts';

/** What decides about it on a node. */
export interface VhostFacts {
  readonly dpdk: DpdkState;
  /** Folder of kubelet. */
  readonly kubeletDirectory: string;
  /** Where Open vSwitch finds the sockets of pods. */
  readonly socketDirectory: string;
}

const KUBEVIRT = 'kubevirt';
const KUBEVIRT_VOLUME = 'vhostuser-sockets';

/** Whether the interface shall be a socket of the pod. */
export function wantsVhostUser(request: CniRequest): boolean {
  return (request.vhost_user_socket_volume_name ?? '') !== '' || request.vhost_user_socket_consumption === KUBEVIRT;
}

/**
 * Before anything is done or waited for.
 * @throws {CniFailure} 2, naming pod, field, value, reason and the way out; 7 when the fields do not say enough
 * @source CNI specification 1.1.0, "Error", code 2: the message holds key and value of what is not supported
 */
export function refuseVhostUser(request: CniRequest, { dpdk }: VhostFacts): void {
  const { pod_namespace: namespace, pod_name: name, network, vhost_user_socket_volume_name: volume = '' } = request;
  const problem = dpdkProblem(dpdk);
  if (problem !== undefined) {
    const details = `place the pod by nodeSelector ${nodeLabels.dpdk}: "true", or start Open vSwitch of this node with DPDK (docs/features/dpdk.md)`;
    throw new CniFailure(
      cniErrorCodes.unsupportedField,
      `pod ${namespace}/${name}, network ${network}: vhost_user_socket_volume_name ${JSON.stringify(volume)}: ${problem}`,
      { details },
    );
  }
  if (socketOf(request) === '')
    throw new CniFailure(
      cniErrorCodes.invalidConfiguration,
      `pod ${namespace}/${name}, network ${network}: vhost_user_socket_name is missing`,
      { details: 'it is the name of the socket that the pod makes in the volume' },
    );
}

/**
 * Where the socket is.
 * @throws {CniFailure} 7 when a name cannot be one, or the path is longer than a socket's may be
 */
export function vhostUserOf(
  request: CniRequest,
  podUid: string,
  places: Pick<VhostFacts, 'kubeletDirectory' | 'socketDirectory'>,
): VhostUser {
  const volume = request.vhost_user_socket_consumption === KUBEVIRT ? KUBEVIRT_VOLUME : (request.vhost_user_socket_volume_name ?? '');
  const object = `pod ${request.pod_namespace}/${request.pod_name}, network ${request.network}`;
  const found = findVhostSocket(object, { directory: places.socketDirectory, uid: podUid, volume, socket: socketOf(request) });
  if (!found.ok) {
    const [first] = found.refusals;
    throw new CniFailure(cniErrorCodes.invalidConfiguration, first === undefined ? object : formatFinding(first));
  }
  const source = join(places.kubeletDirectory, 'pods', podUid, 'volumes', 'kubernetes.io~empty-dir', volume);
  return { volume, source, ...found.socket };
}

function socketOf({ vhost_user_socket_consumption: consumption, vhost_user_socket_name: name = '', if_name: ifName }: CniRequest): string {
  return consumption === KUBEVIRT ? ifName : name;
}
