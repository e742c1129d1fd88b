/**
 * The node's links and addresses, read again and again: a cheap dump of two tables, which also shows what others change.
 */
import { rtnl } from '@kube-ovn/host';
import type { HostLink } from '../features/chassis/encap.formula.ts';

/** `RT_SCOPE_UNIVERSE` */
const GLOBAL_SCOPE = 0;

/** Links of the process's namespace with their global addresses. */
export async function readHostLinks(): Promise<readonly HostLink[]> {
  using node = rtnl();
  const links = await node.links();
  const addresses = await node.addresses();
  return links.map(({ index, name, mtuBytes }) => ({
    name,
    mtuBytes,
    addresses: addresses
      .filter((address) => address.index === index && address.scope === GLOBAL_SCOPE)
      .map(({ prefix }) => prefix.split('/')[0] ?? ''),
  }));
}
