/** Subnet → what may be announced of it. */
import { isConditionTrue, subnetAnnotations, type Subnet } from '@kube-ovn/api';
import { formatPrefix, parseCidrBlock } from '@kube-ovn/ipam';
import { readAnnouncement, type Announcement } from './announcement.ts';

export interface SubnetInput extends Announcement {
  /** In canonical text, IPv4 first; none while the Subnet is not Ready. */
  readonly blocks: readonly string[];
}

/** Read a Subnet. A block that cannot be read is none; the controller says so on the object. */
export function readSubnet(subnet: Subnet): SubnetInput {
  const isReady = subnet.metadata.deletionTimestamp === undefined && isConditionTrue(subnet.status?.conditions, 'Ready');
  return { ...readAnnouncement(subnet, subnetAnnotations), blocks: isReady ? blocks(subnet.spec.cidrBlock ?? '') : [] };
}

function blocks(text: string): readonly string[] {
  try {
    const { v4, v6 } = parseCidrBlock(text);
    return [v4, v6].flatMap((prefix) => (prefix === undefined ? [] : [formatPrefix(prefix)]));
  } catch {
    return [];
  }
}
