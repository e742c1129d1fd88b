/** Blocks of addresses as objects write them. Pure. */
import { parseAddress, prefixContains, readPrefix } from '@kube-ovn/ipam';

/** Whether one of some blocks, or addresses, contains an address. */
export function isIn(blocks: readonly string[], address: string): boolean {
  const target = parseAddress(address);
  return blocks.some((text) => {
    const block = readPrefix(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);
    return block !== undefined && prefixContains(block, target);
  });
}
