import { expect, test } from 'vitest';
import { OvsdbError } from '../errors.ts';
import type { ClientPorts, TransportEvents } from '../ports.ts';
import { RpcPeer } from './rpc-peer.ts';

/** A conversation over a transport that keeps what is written to it. */
function conversation(): { readonly peer: RpcPeer; readonly writes: string[]; readonly receive: (text: string) => void } {
  const writes: string[] = [];
  let events: TransportEvents | undefined;
  const ports: ClientPorts = {
    dial: (_remote, listener) => {
      events = listener;
      return { send: (text) => void writes.push(text), destroy: () => undefined };
    },
    clock: { now: () => 0, setTimeout: () => () => undefined },
    random: () => 0,
    decodeUtf8: (bytes) => new TextDecoder().decode(bytes),
  };
  const peer = new RpcPeer({ remote: 'unix:/none', probeIntervalMs: 0, answerLimitMs: 0, maxMessageBytes: 2 ** 20, maxDepth: 20 }, ports, {
    opened: () => undefined,
    notification: () => undefined,
    closed: () => undefined,
  });
  return { peer, writes, receive: (text) => events?.received(new TextEncoder().encode(text)) };
}

const echo = (peer: RpcPeer): Promise<void> => new Promise((resolve) => void peer.request('echo', [], () => resolve()));
const request = (id: number): string => `{"id":${id},"method":"echo","params":[]}`;
const upTo = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at + 1));

test('256 requests of one turn leave in one write, in their order', async () => {
  const { peer, writes } = conversation();
  upTo(256, () => void echo(peer));
  await Promise.resolve();
  expect(writes).toEqual([upTo(256, request).join('')]);
});

test('what is sent upon answers that came together leaves in one write', async () => {
  const { peer, writes, receive } = conversation();
  const seconds = upTo(256, async () => {
    await echo(peer);
    await echo(peer);
  });
  await Promise.resolve();
  receive(upTo(256, (id) => `{"id":${id},"result":[],"error":null}`).join(''));
  await new Promise(setImmediate);
  expect(writes).toEqual([upTo(256, request).join(''), upTo(256, (n) => request(256 + n)).join('')]);
  receive(upTo(256, (n) => `{"id":${256 + n},"result":[],"error":null}`).join(''));
  await Promise.all(seconds);
});

test('large requests of one turn are not gathered into one string', () => {
  const { peer, writes } = conversation();
  upTo(3, () => void peer.request('transact', ['x'.repeat(70_000)], () => undefined));
  expect(writes.map((text) => text.length > 70_000)).toEqual([true, true, true]);
});

test('what was sent before the conversation is given up still leaves, and nothing after it', async () => {
  const { peer, writes } = conversation();
  const done = echo(peer);
  peer.fail(new OvsdbError('OVSDB_CLOSED', 'enough'));
  await done;
  await echo(peer);
  expect(writes).toEqual([request(1)]);
});
