import { describe, expect, test } from 'vitest';
import type { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import type { TransportEvents } from '../ports.ts';
import { RpcPeer } from './rpc-peer.ts';
import type { PeerEvents } from './rpc-peer.ts';

/** A conversation whose other side is the test: `receive` is one chunk from it, `told` what came of it, in order. */
function converse(events: Partial<PeerEvents> = {}) {
  let transport: TransportEvents | undefined;
  const told: unknown[] = [];
  const peer = new RpcPeer(
    { remote: 'tcp:peer:1', probeIntervalMs: 0, answerLimitMs: 0, maxMessageBytes: 1000, maxDepth: 10 },
    {
      dial: (_remote, itsEvents) => {
        transport = itsEvents;
        return { send: () => undefined, destroy: () => told.push('destroyed') };
      },
      clock: { now: () => 0, setTimeout: () => () => undefined },
      random: () => 0,
      decodeUtf8: (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    },
    {
      opened: () => undefined,
      notification: (method) => told.push(method),
      closed: (error: OvsdbError) => told.push(error.code),
      ...events,
    },
  );
  return { peer, told, receive: (text: string) => transport?.received(Buffer.from(text)) };
}

const notification = (method: string): string => JSON.stringify({ id: null, method, params: [] });

describe('one piece of the stream', () => {
  test.for(['garbage', '{"id":2]', notification('late').slice(0, -1) + '{', '{"id":7,"result":[],"error":null}'])(
    'an answer and a notification in front of %s count, and then the conversation ends',
    (bad) => {
      const { peer, told, receive } = converse();
      peer.request('transact', [], (reply) => told.push(reply.ok ? reply.result : reply.error.code));
      peer.request('echo', [], (reply) => told.push(reply.ok ? reply.result : reply.error.code));
      receive(`{"id":1,"result":["done"],"error":null}${notification('update')}${bad}${notification('after')}`);
      expect(told).toEqual([['done'], 'update', 'destroyed', 'OVSDB_DISCONNECTED', 'OVSDB_BAD_MESSAGE']);
    },
  );

  test('a listener that throws costs no other message, and what it threw is thrown on', () => {
    const heard: string[] = [];
    const { told, receive } = converse({
      notification: (method: string, _params: readonly Json[]) => {
        heard.push(method);
        if (method === 'first') throw new RangeError('a bug');
      },
    });
    const third = notification('third');
    expect(() => receive(notification('first') + notification('second') + third.slice(0, 9))).toThrow(new RangeError('a bug'));
    receive(third.slice(9));
    expect(heard).toEqual(['first', 'second', 'third']);
    expect(told).toEqual([]);
  });
});
