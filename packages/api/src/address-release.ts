/**
 * Who had an address: what Events of the reason `AddressReleased` carry for programs, in an annotation. Pure.
 */
import type { Event } from './objects/coordination.ts';

/** Addresses of one holder, and when it had them. */
export interface AddressRelease {
  /** One of each family. */
  readonly addresses: readonly string[];
  readonly mac: string;
  readonly subnet: string;
  /** Kind and key: `Pod shop/web-0`. */
  readonly holder: string;
  /** Where it ran; empty: not on a node. */
  readonly node: string;
  /** RFC 3339; empty: not known. */
  readonly since: string;
  /** RFC 3339. */
  readonly until: string;
  /** In a few words. */
  readonly why: string;
}

/** Annotation of an Event: the releases that it tells of, as JSON. An addition to Kube-OVN's API. */
const key = 'ovn.kubernetes.io/released-addresses';

const texts = ['mac', 'subnet', 'holder', 'node', 'since', 'until', 'why'] as const satisfies readonly (keyof AddressRelease)[];

/** As annotations of an Event. */
export function releasesAnnotation(releases: readonly AddressRelease[]): Readonly<Record<string, string>> {
  return { [key]: JSON.stringify(releases) };
}

/** What an Event tells; nothing of what can not be read. */
export function readReleases({ metadata: { annotations } }: Event): readonly AddressRelease[] {
  const entries = parsed(annotations?.[key] ?? '');
  return Array.isArray(entries) ? entries.flatMap((entry: unknown) => (isRelease(entry) ? [entry] : [])) : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRelease(value: unknown): value is AddressRelease {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const addresses = fields.get('addresses');
  const isComplete = texts.every((field) => typeof fields.get(field) === 'string');
  return isComplete && Array.isArray(addresses) && addresses.every((address) => typeof address === 'string');
}
