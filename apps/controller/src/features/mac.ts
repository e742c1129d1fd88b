/** MAC addresses of router ports. */
import { fnv64 } from './fnv.ts';

/**
 * A MAC address that follows from a name, so that it stays the same over restarts without being stored.
 *
 * Locally administered and unicast (first octet 0x0a, as OVN's own generated ones are); 40 bits come from the name (FNV-1a).
 * @source IEEE 802-2014 §8.2 (U/L and I/G bits)
 */
export function macOf(name: string): string {
  const hash = fnv64(name);
  const octets = [0x0an, ...[32n, 24n, 16n, 8n, 0n].map((shift) => ((hash ^ (hash >> 40n)) >> shift) & 0xffn)];
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':');
}
