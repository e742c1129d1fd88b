/** Service → what may be announced of it. */
import { readService, serviceAnnotations, type Service } from '@kube-ovn/api';
import { readAnnouncement, type Announcement } from './announcement.ts';

export interface AnnouncedService extends Announcement {
  readonly clusterIps: readonly string[];
  /** Of load balancers, and `externalIPs`. */
  readonly externalIps: readonly string[];
  /** From outside only backends on the node that was asked are reached. */
  readonly isExternalLocal: boolean;
}

/** Read a Service; undefined for one that says nothing of BGP, or has no address. */
export function readAnnouncedService(service: Service): AnnouncedService | undefined {
  const announcement = readAnnouncement(service, serviceAnnotations);
  if (announcement.scope === undefined) return undefined;
  const read = readService(service);
  if (read === undefined && announcement.problems.length === 0) return undefined;
  return {
    ...announcement,
    clusterIps: (read?.clusterIps ?? []).map(({ address }) => address),
    externalIps: (read?.externalIps ?? []).map(({ address }) => address),
    isExternalLocal: read?.isExternalLocal ?? false,
  };
}
