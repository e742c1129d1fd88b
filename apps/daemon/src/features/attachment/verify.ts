/**
 * Is an attachment as ADD left it? For CHECK, and for an ADD that is repeated.
 */
import { isFolderBound, isHostError, openNetns, rtnl, type KernelRoute, type Link, type LinkAddress } from '@kube-ovn/host';
import type { CniResponse } from '@kube-ovn/api';
import type { Attachment } from './record.ts';

/** What the pod's namespace holds. */
export interface ObservedInterface {
  readonly link: Link | undefined;
  readonly addresses: readonly LinkAddress[];
  readonly routes: readonly KernelRoute[];
}

/** Read the pod's side; undefined when its namespace is gone. */
async function observeInterface(attachment: Pick<Attachment, 'netns' | 'ifName'>): Promise<ObservedInterface | undefined> {
  try {
    using ns = openNetns(attachment.netns);
    using inside = rtnl(ns);
    const link = await inside.link(attachment.ifName);
    if (link === undefined) return { link, addresses: [], routes: [] };
    return { link, addresses: await inside.addresses(attachment.ifName), routes: await inside.routes() };
  } catch (error) {
    if (isHostError(error, 'HOST_NOT_FOUND') || isHostError(error, 'HOST_INVALID')) return undefined;
    throw error;
  }
}

/** The same for whatever an attachment is. */
export async function attachmentDifferences(attachment: Attachment): Promise<readonly string[]> {
  const { vhostUser } = attachment;
  if (vhostUser === undefined) return differences(attachment, await observeInterface(attachment));
  const { source, directory } = vhostUser;
  return isFolderBound(source, directory) ? [] : [`the pod's volume ${source} is not mounted at ${directory}`];
}

/** What is not as it should be, in words; empty when all is well. */
export function differences(attachment: Attachment, observed: ObservedInterface | undefined): readonly string[] {
  const { ifName, netns, mac, answer } = attachment;
  if (observed === undefined) return [`the network namespace ${netns} is gone`];
  const { link } = observed;
  if (link === undefined) return [`interface ${ifName} is missing in ${netns}`];
  return [
    ...(link.mac === mac ? [] : [`interface ${ifName} has the MAC ${link.mac}, not ${mac}`]),
    ...(link.up ? [] : [`interface ${ifName} is down`]),
    ...missingAddresses(answer, observed.addresses).map((address) => `interface ${ifName} lacks the address ${address}`),
    ...missingRoutes(answer, observed.routes, link.index).map((route) => `the route ${route} is missing`),
  ];
}

function missingAddresses(answer: CniResponse, present: readonly LinkAddress[]): readonly string[] {
  const held = new Set(present.map(({ prefix }) => prefix));
  return answer.ips.map(({ ip, cidr }) => `${ip}/${cidr.split('/')[1] ?? ''}`).filter((prefix) => !held.has(prefix));
}

function missingRoutes(answer: CniResponse, present: readonly KernelRoute[], index: number): readonly string[] {
  return (answer.routes ?? [])
    .filter(({ dst, gw }) => !present.some((route) => route.index === index && route.dst === dst && (gw === undefined || route.via === gw)))
    .map(({ dst, gw }) => (gw === undefined ? dst : `${dst} via ${gw}`));
}

/** In what the result that the runtime cached differs from ours. @source CNI specification 1.1.0, "CHECK" */
export function resultDifferences(answer: CniResponse, prevResult: unknown): readonly string[] {
  const ips =
    typeof prevResult === 'object' && prevResult !== null && 'ips' in prevResult && Array.isArray(prevResult.ips)
      ? prevResult.ips
      : undefined;
  if (ips === undefined) return ['prevResult has no "ips"'];
  const cached = new Set(ips.map((ip: unknown) => (typeof ip === 'object' && ip !== null && 'address' in ip ? String(ip.address) : '')));
  return answer.ips
    .map(({ ip, cidr }) => `${ip}/${cidr.split('/')[1] ?? ''}`)
    .filter((address) => !cached.has(address))
    .map((address) => `prevResult lacks the address ${address}`);
}
