/**
 * Addresses and routes of the node go from one link to another: onto the bridge that its interface has become a port of, and back.
 *
 * What is there is read, never remembered, so a move that was broken off is brought to its end by the next one. A step that fails takes
 * everything back to where it came from, whichever run has brought it over: the node keeps its network.
 */
import type { Rtnl } from '@kube-ovn/host';

/** What of the node's network is used. */
export type MovingRtnl = Pick<Rtnl, 'link' | 'belongings' | 'addBelonging' | 'deleteBelonging'>;

interface Way {
  readonly from: string;
  readonly to: string;
}

/** The node's network is on two links, or on the wrong one. */
export class MoveFailure extends Error {
  override readonly name = 'MoveFailure';
}

/**
 * Move them. The new place has everything before the old one loses anything.
 * @returns how many addresses and routes were moved
 * @throws {HostError} what went wrong, everything being where it was
 * @throws {MoveFailure} that, and what went wrong on the way back
 */
export async function moveNetwork(node: MovingRtnl, way: Way): Promise<number> {
  try {
    return await carry(node, way);
  } catch (error) {
    try {
      await carry(node, { from: way.to, to: way.from });
    } catch (second) {
      throw new MoveFailure(`${textOf(error)}; and the way back to ${way.from} failed: ${textOf(second)}`, { cause: error });
    }
    throw error;
  }
}

async function carry(node: MovingRtnl, { from, to }: Way): Promise<number> {
  const { items } = await node.belongings(from);
  for (const item of items) await node.addBelonging(to, item);
  for (const item of items.toReversed()) await node.deleteBelonging(from, item);
  // with an address the kernel may have dropped a route that names it
  for (const item of items) await node.addBelonging(to, item);
  return items.length;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
