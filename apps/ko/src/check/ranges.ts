/** Lists of addresses, ranges and blocks. */
import { type AddressRange, readAddress, readRange } from '@kube-ovn/ipam';
import type { SubnetFact } from './facts.ts';

/** What of a list can be read; what can not is told by the object's own condition. */
export function rangesOf(texts: readonly string[]): readonly AddressRange[] {
  return texts.flatMap((text) => readRange(text.trim()) ?? []);
}

/** Whether an address is in one of the ranges. */
export function isIn(ranges: readonly AddressRange[], text: string): boolean {
  const address = readAddress(text);
  return (
    address !== undefined &&
    ranges.some(({ family, first, last }) => family === address.family && first <= address.value && address.value <= last)
  );
}

/** Whether an address of a subnet is given only when asked for by name: excluded, or the gateway. */
export function isReservedIn({ excludeIps, gateway }: Pick<SubnetFact, 'excludeIps' | 'gateway'>): (text: string) => boolean {
  const ranges = rangesOf([...excludeIps, ...gateway.split(',').filter((text) => text !== '')]);
  return (text) => isIn(ranges, text);
}
