/**
 * The thread of netexec that answers SCTP of one family. It remembers nothing of a client before the cookie comes back, and no more than its tag
 * then; each question is answered by one piece of data. Starts by itself, with what it shall serve as its data.
 */
import { workerData } from 'node:worker_threads';
import { clientAddress, type Identity, type Peer, udpAnswer } from './answer.ts';
import { openRawSctp } from './raw-sctp.ts';
import { type Chunk, CHUNK, chunk, dataChunk, initBody, PARAMETER_COOKIE, randomTag, sackOf, textOf } from './sctp-packet.ts';

export interface SctpService {
  readonly family: 4 | 6;
  readonly port: number;
  readonly identity: Identity;
}

const WAIT_MS = 200;

interface Reply {
  /** Verification tag of the client. */
  readonly tag: number;
  readonly chunks: readonly Chunk[];
}

function replier(identity: Identity): (question: Chunk, peer: Peer) => Reply | undefined {
  const tags = new Map<string, number>();
  return ({ type, body }, peer) => {
    const client = clientAddress(peer);
    const tag = tags.get(client);
    if (type === CHUNK.init) {
      const cookie = Buffer.from(PARAMETER_COOKIE);
      const tagOfClient = body.readUInt32BE(0);
      cookie.writeUInt32BE(tagOfClient, 4);
      return { tag: tagOfClient, chunks: [chunk(CHUNK.initAck, Buffer.concat([initBody(randomTag(), 1), cookie]))] };
    }
    if (type === CHUNK.cookieEcho) {
      tags.set(client, body.readUInt32BE(0));
      return { tag: body.readUInt32BE(0), chunks: [chunk(CHUNK.cookieAck)] };
    }
    if (tag === undefined) return undefined;
    if (type === CHUNK.shutdown) return { tag, chunks: [chunk(CHUNK.shutdownAck)] };
    if (type === CHUNK.shutdownComplete) tags.delete(client);
    if (type !== CHUNK.data) return undefined;
    const answer = udpAnswer(textOf(body), peer, identity);
    return { tag, chunks: [sackOf(body), ...(answer === undefined ? [] : [dataChunk(1, answer)])] };
  };
}

function serve({ family, port, identity }: SctpService): never {
  const socket = openRawSctp(family, WAIT_MS);
  const reply = replier(identity);
  for (;;) {
    const { from, packet } = socket.receive() ?? {};
    if (from === undefined || packet?.to !== port) continue;
    for (const question of packet.chunks) {
      const answer = reply(question, from);
      if (answer !== undefined) socket.send(from.address, { from: port, to: from.port, ...answer });
    }
  }
}

serve(workerData as SctpService);
