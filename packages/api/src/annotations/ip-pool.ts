/**
 * The `ip_pool` annotation: the addresses that a workload's pods may take.
 *
 * @source Kube-OVN: an IPPool's name; `a,b,c`; or `a4,a6;b4,b6`. Two addresses of different families without `;` are one pair.
 */
import { readAddress } from '@kube-ovn/ipam';
import type { AddressPair, Codec } from './codecs.ts';
import { formatAddressPair, parseAddressPair } from './codecs.ts';

/** A named IPPool, or the addresses themselves; for a StatefulSet the n-th entry is that of ordinal n. */
export type PoolRequest = { readonly pool: string } | { readonly entries: readonly AddressPair[] };

export const poolRequest: Codec<PoolRequest> = {
  format: 'the name of an IPPool, addresses "a,b,c", or pairs "a4,a6;b4,b6"',
  parse: parsePoolRequest,
  print: (value) => ('pool' in value ? value.pool : printEntries(value.entries)),
};

function parsePoolRequest(text: string): PoolRequest | undefined {
  const trimmed = text.trim().replace(/[;,]+$/, '');
  if (trimmed === '') return undefined;
  if (/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(trimmed) && readAddress(trimmed) === undefined)
    return isNumeric(trimmed) ? undefined : { pool: trimmed };
  const parts = trimmed.includes(';') || isOnePair(trimmed) ? trimmed.split(';') : trimmed.split(',');
  const entries = parts.map((part) => parseAddressPair(part));
  return entries.every((entry) => entry !== undefined) ? { entries } : undefined;
}

/** A misspelt IPv4 address must not pass for a pool's name. */
function isNumeric(text: string): boolean {
  return /^[\d.]+$/.test(text);
}

function isOnePair(text: string): boolean {
  const parts = text.split(',');
  return parts.length === 2 && readAddress(parts[0]?.trim() ?? '')?.family !== readAddress(parts[1]?.trim() ?? '')?.family;
}

function printEntries(entries: readonly AddressPair[]): string {
  const hasPair = entries.some((entry) => entry.v4 !== undefined && entry.v6 !== undefined);
  return entries.map((entry) => formatAddressPair(entry)).join(hasPair ? ';' : ',');
}
