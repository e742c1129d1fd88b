/**
 * An attachment: that a container has an interface of ours, and what ADD answered.
 *
 * It lives in the Interface row of the node's database, next to what binds the port. So there is one witness, it is written in the
 * same transaction as the port, and a restarted daemon reads back exactly the attachments that exist.
 */
import { dirname } from 'node:path';
import type { CniAttachment, CniResponse } from '@kube-ovn/api';
import type { RowOf } from '@kube-ovn/ovsdb';
import type { vswitchTables } from '@kube-ovn/ovn-model';

/** One interface of one container. */
export interface Attachment {
  readonly containerId: string;
  readonly ifName: string;
  /** Name of the network configuration; GC acts on one network. */
  readonly network: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly netns: string;
  readonly provider: string;
  /** Name of the logical switch port. */
  readonly port: string;
  /** Name of the node's end of the veth pair. */
  readonly hostLink: string;
  readonly mac: string;
  /** The interface is no link but a socket of the pod. */
  readonly vhostUser?: VhostUser;
  readonly answer: CniResponse;
}

/** Where the socket of an interface over vhost-user is. */
export interface VhostUser {
  /** Name of the pod's volume. */
  readonly volume: string;
  /** Folder of the volume, as kubelet has made it. */
  readonly source: string;
  /** Where the volume is seen by Open vSwitch. */
  readonly directory: string;
  /** The socket, in `directory`. */
  readonly path: string;
}

/** Keys of `Interface.external_ids` that an attachment consists of. The first six are Kube-OVN's, `attached-mac` is OVS's own. */
const attachmentKeys = {
  port: 'iface-id',
  pod: 'pod_name',
  namespace: 'pod_namespace',
  netns: 'pod_netns',
  addresses: 'ip',
  mac: 'attached-mac',
  podUid: 'pod_uid',
  containerId: 'container_id',
  ifName: 'if_name',
  network: 'cni_network',
  provider: 'provider',
  answer: 'cni_answer',
  vhostVolume: 'vhost_user_volume',
  vhostSource: 'vhost_user_source',
  vhostSocket: 'vhost_user_socket',
} as const;

/** Key of an attachment in tables; a container id and an interface name hold no "/". */
export function attachmentKey(of: Pick<Attachment, 'containerId' | 'ifName'>): string {
  return `${of.containerId}/${of.ifName}`;
}

/** The key of what a GC call names. */
export function attachmentKeyOf(of: CniAttachment): string {
  return attachmentKey({ containerId: of.container_id, ifName: of.if_name });
}

/** `external_ids` of an attachment's Interface row. */
export function printAttachment(attachment: Attachment): Readonly<Record<string, string>> {
  const { answer } = attachment;
  return {
    [attachmentKeys.port]: attachment.port,
    [attachmentKeys.pod]: attachment.pod,
    [attachmentKeys.namespace]: attachment.namespace,
    [attachmentKeys.netns]: attachment.netns,
    [attachmentKeys.addresses]: answer.ips.map(({ ip }) => ip).join(','),
    [attachmentKeys.mac]: attachment.mac,
    [attachmentKeys.podUid]: attachment.podUid,
    [attachmentKeys.containerId]: attachment.containerId,
    [attachmentKeys.ifName]: attachment.ifName,
    [attachmentKeys.network]: attachment.network,
    [attachmentKeys.provider]: attachment.provider,
    [attachmentKeys.answer]: JSON.stringify(answer),
    ...(attachment.vhostUser === undefined
      ? {}
      : {
          [attachmentKeys.vhostVolume]: attachment.vhostUser.volume,
          [attachmentKeys.vhostSource]: attachment.vhostUser.source,
          [attachmentKeys.vhostSocket]: attachment.vhostUser.path,
        }),
  };
}

/** The attachment that an Interface row holds; undefined for rows that are none, or were damaged. */
export function readAttachment(row: Pick<RowOf<typeof vswitchTables.networkInterface>, 'name' | 'external_ids'>): Attachment | undefined {
  const text = (key: string): string => row.external_ids.get(key) ?? '';
  const answer = parseAnswer(text(attachmentKeys.answer));
  if (answer === undefined || text(attachmentKeys.containerId) === '' || text(attachmentKeys.port) === '') return undefined;
  const volume = text(attachmentKeys.vhostVolume);
  const path = text(attachmentKeys.vhostSocket);
  return {
    containerId: text(attachmentKeys.containerId),
    ifName: text(attachmentKeys.ifName),
    network: text(attachmentKeys.network),
    namespace: text(attachmentKeys.namespace),
    pod: text(attachmentKeys.pod),
    podUid: text(attachmentKeys.podUid),
    netns: text(attachmentKeys.netns),
    provider: text(attachmentKeys.provider),
    port: text(attachmentKeys.port),
    hostLink: row.name,
    mac: text(attachmentKeys.mac),
    ...(volume === '' ? {} : { vhostUser: { volume, source: text(attachmentKeys.vhostSource), directory: dirname(path), path } }),
    answer,
  };
}

function parseAnswer(text: string): CniResponse | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'ips' in value && Array.isArray(value.ips) ? (value as CniResponse) : undefined;
  } catch {
    return undefined;
  }
}
