import { AttrStream, FlagsNew, rt } from 'netlink';
import { AF_INET, AF_INET6, addressBytes, addressText, familyOf, macBytes, macText } from '../address.ts';
import { isHostError } from '../errors.ts';
import { linkIndex } from './link.ts';
import type { RtnlSocket } from './socket.ts';

/** An entry of the ARP or neighbour discovery table. */
export interface Neighbour {
  readonly index: number;
  readonly address: string;
  /** Undefined while it is being resolved, or when that failed. */
  readonly mac: string | undefined;
  readonly permanent: boolean;
}

/** Neighbours of one link. */
export async function dumpNeighbours(socket: RtnlSocket, link: string): Promise<readonly Neighbour[]> {
  const index = await linkIndex(socket, link);
  const found: Neighbour[] = [];
  for (const family of [AF_INET, AF_INET6]) {
    // one after the other: two dumps at once on one socket are refused
    const subject = { object: `neighbours of link ${link}`, action: 'list' };
    const messages = await socket.dump({ type: rt.MessageType.GETNEIGH, body: neighbourMessage({ family }, {}), subject });
    for (const message of messages) {
      const { data, attrs } = rt.parseNeighborMessage(message.data);
      if (data.ifindex !== index || attrs.dst === undefined) continue;
      const mac = attrs.lladdr === undefined ? undefined : macText(attrs.lladdr);
      found.push({ index, address: addressText(attrs.dst), mac, permanent: data.state?.permanent === true });
    }
  }
  return found;
}

/** Write a permanent entry, replacing what is known of that address. */
export async function setNeighbour(
  socket: RtnlSocket,
  link: string,
  entry: { readonly address: string; readonly mac: string },
): Promise<void> {
  const dst = addressBytes(entry.address);
  const body = neighbourMessage(
    { family: familyOf(dst), ifindex: await linkIndex(socket, link), state: { permanent: true } },
    { dst, lladdr: macBytes(entry.mac) },
  );
  const subject = { object: `neighbour ${entry.address} of link ${link}`, action: 'set' };
  await socket.request({ type: rt.MessageType.NEWNEIGH, body, flags: FlagsNew.CREATE | FlagsNew.REPLACE, subject });
}

/** @returns false when there is no such entry */
export async function deleteNeighbour(socket: RtnlSocket, link: string, address: string): Promise<boolean> {
  try {
    const dst = addressBytes(address);
    const body = neighbourMessage({ family: familyOf(dst), ifindex: await linkIndex(socket, link) }, { dst });
    await socket.request({
      type: rt.MessageType.DELNEIGH,
      body,
      subject: { object: `neighbour ${address} of link ${link}`, action: 'delete' },
    });
    return true;
  } catch (error) {
    if (isHostError(error, 'HOST_NOT_FOUND')) return false;
    throw error;
  }
}

type NeighbourMessage = Parameters<typeof rt.formatNeighborMessage>[0];

function neighbourMessage(data: NeighbourMessage['data'], attrs: NeighbourMessage['attrs']): Uint8Array[] {
  const out = new AttrStream();
  rt.formatNeighborMessage({ kind: 'neighbor', data, attrs }, out);
  return out.bufs;
}
