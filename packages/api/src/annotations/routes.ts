/**
 * The `routes` annotation: further routes of one interface.
 */
import { formatPrefix, readAddress, readPrefix, canonicalAddress, prefixAround } from '@kube-ovn/ipam';
import type { Codec } from './codecs.ts';

/** A route; without `dst` it is the default route. */
export interface Route {
  /** Block; canonical text. */
  readonly dst?: string;
  readonly gw?: string;
}

const MAX_ROUTES = 256;

export const routeList: Codec<readonly Route[]> = {
  format: 'JSON such as [{"dst":"10.0.0.0/8","gw":"192.168.0.1"}]',
  parse: parseRoutes,
  print: (value) => JSON.stringify(value),
};

function parseRoutes(text: string): readonly Route[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length > MAX_ROUTES) return undefined;
  const routes = value.map((route: unknown) => readRoute(route));
  return routes.every((route) => route !== undefined) ? routes : undefined;
}

function readRoute(value: unknown): Route | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { dst, gw } = value as { dst?: unknown; gw?: unknown };
  const block = typeof dst === 'string' && dst !== '' ? canonicalBlock(dst) : undefined;
  const gateway = typeof gw === 'string' && gw !== '' ? canonicalAddress(gw) : undefined;
  const isMalformed =
    (isGiven(dst) && block === undefined) || (isGiven(gw) && gateway === undefined) || (block === undefined && gateway === undefined);
  if (isMalformed) return undefined;
  return { ...(block === undefined ? {} : { dst: block }), ...(gateway === undefined ? {} : { gw: gateway }) };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** A lone address stands for the block of that one address. */
function canonicalBlock(text: string): string | undefined {
  const address = readAddress(text);
  const prefix = address === undefined ? readPrefix(text) : prefixAround(address, address.family === 4 ? 32 : 128);
  return prefix === undefined ? undefined : formatPrefix(prefix);
}
