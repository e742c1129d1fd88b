/** When a request counts as lost: on a clock and a transport of the test, so that nothing depends on time. */
import { expect, test } from 'vitest';
import type { TransportEvents } from '../ports.ts';
import { RpcPeer } from './rpc-peer.ts';
import type { SendOptions } from './rpc-peer.ts';

const LIMIT_MS = 100;

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** A conversation whose other side and whose clock are the test. */
function converse(answerLimitMs = LIMIT_MS) {
  let nowMs = 0;
  let transport: TransportEvents | undefined;
  let written = '';
  const timers = new Set<Timer>();
  const told: string[] = [];
  const peer = new RpcPeer(
    { remote: 'tcp:peer:1', probeIntervalMs: 0, answerLimitMs, maxMessageBytes: 1 << 20, maxDepth: 20 },
    {
      dial: (_remote, events) => {
        transport = events;
        return { send: (text) => (written += text), destroy: () => undefined };
      },
      clock: {
        now: () => nowMs,
        setTimeout: (callback, delayMs) => {
          const timer = { atMs: nowMs + delayMs, callback };
          timers.add(timer);
          return () => timers.delete(timer);
        },
      },
      random: () => 0,
      decodeUtf8: (bytes) => new TextDecoder().decode(bytes),
    },
    {
      opened: () => undefined,
      notification: () => undefined,
      closed: (error) => told.push(`${error.code}: ${error.message}`),
    },
  );
  return {
    told,
    timers,
    /** Ask, and note in `told` what came of it. */
    ask: (method: string, options?: SendOptions) =>
      peer.request(method, [], (reply) => told.push(`${method} ${reply.ok ? 'answered' : reply.error.code}`), options),
    cancel: (id: number) => peer.cancel(id),
    answer: (id: number, result = '[]') => transport?.received(Buffer.from(`{"id":${id},"result":${result},"error":null}`)),
    receive: (text: string) => transport?.received(Buffer.from(text)),
    /** Let time pass, and give out the methods and ids that were written until then. */
    pass: async (ms: number): Promise<string> => {
      nowMs += ms;
      for (const timer of timers) if (timer.atMs <= nowMs && timers.delete(timer)) timer.callback();
      await Promise.resolve();
      const texts = Array.from(written.matchAll(/"id":(?<id>\d+|null),"method":"(?<method>\w+)"/g), ({ groups }) => groups);
      written = '';
      return texts.map((groups) => `${groups?.['method']} ${groups?.['id']}`).join();
    },
  };
}

test('an echo that is answered before an overdue request ends the conversation, and names what was lost', async () => {
  const { ask, pass, answer, told, timers } = converse();
  ask('get_schema');
  ask('transact', { answerLimitMs: 0 });
  expect(await pass(LIMIT_MS - 1)).toBe('get_schema 1,transact 2');
  expect(await pass(1)).toBe('echo 3');
  expect(told).toEqual([]);
  answer(3);
  expect(told).toEqual([
    'get_schema OVSDB_DISCONNECTED',
    'transact OVSDB_DISCONNECTED',
    'OVSDB_NO_ANSWER: tcp:peer:1: no answer to get_schema for 100 ms (answerLimitMs), although an echo behind it is answered',
  ]);
  expect(timers.size).toBe(0);
});

test('an answer that is late, however late, is an answer', async () => {
  const { ask, pass, answer, told, timers } = converse();
  ask('get_schema');
  await pass(1000 * LIMIT_MS);
  answer(1);
  answer(2);
  expect(told).toEqual(['get_schema answered']);
  expect(await pass(1000 * LIMIT_MS)).toBe('');
  expect(timers.size).toBe(0);
});

test('where the echo is lost as well, another one finds it out', async () => {
  const { ask, pass, answer, told } = converse();
  ask('get_schema');
  await pass(LIMIT_MS);
  expect(await pass(LIMIT_MS)).toBe('');
  expect(await pass(LIMIT_MS)).toBe('echo 3');
  answer(3);
  expect(told.at(-1)).toContain('no answer to echo for 200 ms');
});

test('a reply that is read in parts may take its time, and the limit of the next begins when it is sent', async () => {
  const { ask, pass, answer, receive, told } = converse();
  const rows: string[] = [];
  const parts = { rule: { depth: 2, matches: () => true }, take: (_lead: string, members: unknown) => rows.push(JSON.stringify(members)) };
  ask('first', { parts });
  ask('second', { parts });
  expect(await pass(0)).toBe('first 1');
  receive('{"id":1,"result":{"a":1,');
  expect(await pass(LIMIT_MS)).toBe('echo 3');
  receive('"b":2,');
  expect(await pass(2 * LIMIT_MS)).toBe('echo 4');
  receive('"c":3},"error":null}');
  answer(3);
  answer(4);
  expect(told).toEqual(['first answered']);
  expect(await pass(LIMIT_MS - 1)).toBe('second 2');
  answer(2, '{}');
  expect(told).toEqual(['first answered', 'second answered']);
});

test('a request without a limit waits for ever', async () => {
  const { ask, pass, told, timers } = converse(0);
  ask('transact');
  ask('wait', { answerLimitMs: 0 });
  expect(await pass(1e9)).toBe('transact 1,wait 2');
  expect(told).toEqual([]);
  expect(timers.size).toBe(0);
});

test('one that is canceled is not overdue any more', async () => {
  const { ask, cancel, pass, answer, told, timers } = converse();
  cancel(ask('transact'));
  await pass(0);
  answer(2);
  expect(told).toEqual(['transact OVSDB_CANCELED']);
  expect(timers.size).toBe(0);
});
