/**
 * A conversation with a peer that sends more than can be kept. Argument: a name in `FLOODS`. Prints {"messages", "bytes", "ended"}: what
 * was handed over, how many bytes the peer could send, and the code that ended it, if any. What it may keep is set by its caller, who
 * limits its heap.
 */
import { RpcPeer } from '../../src/session/rpc-peer.ts';
import type { TransportEvents } from '../../src/ports.ts';

const MAX_MESSAGE_BYTES = 2 << 20;
const NOTIFICATION = '{"id":null,"method":"x","params":[]}';

function* repeated(chunk: () => Uint8Array): Generator<Uint8Array> {
  yield Buffer.from('{"id":null,"method":"');
  for (;;) yield chunk();
}

const FLOODS: Readonly<Record<string, () => Iterable<Uint8Array>>> = {
  'many small messages in one chunk': () => [Buffer.alloc(1_800_000 * NOTIFICATION.length, NOTIFICATION)],
  'an endless message': () => repeated(() => Buffer.alloc(65_536, 'y')),
  // Each a buffer of its own, as those that a socket gives.
  'an endless message, byte by byte': () => repeated(() => new Uint8Array([0x79])),
};

const out: { messages: number; bytes: number; ended?: string } = { messages: 0, bytes: 0 };
let transport: TransportEvents | undefined;
const peer = new RpcPeer(
  { remote: 'tcp:peer:1', probeIntervalMs: 0, answerLimitMs: 0, maxMessageBytes: MAX_MESSAGE_BYTES, maxDepth: 10 },
  {
    dial: (_remote, events) => {
      transport = events;
      return { send: () => undefined, destroy: () => undefined };
    },
    clock: { now: () => 0, setTimeout: () => () => undefined },
    random: () => 0,
    decodeUtf8: (bytes) => new TextDecoder().decode(bytes),
  },
  {
    opened: () => undefined,
    notification: () => out.messages++,
    closed: ({ code }) => (out.ended = code),
  },
);
for (const chunk of FLOODS[process.argv[2] ?? '']?.() ?? []) {
  if (out.ended !== undefined) break;
  transport?.received(chunk);
  out.bytes = peer.receivedBytes;
}
process.stdout.write(JSON.stringify(out));
