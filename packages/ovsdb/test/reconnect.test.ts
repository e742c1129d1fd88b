/** `reconnect`, on a network and a clock of the test: it is prompt, and a listener that calls it upon every problem dials in no circle. */
import { describe, expect, test } from 'vitest';
import { createClient } from '../src/index.ts';
import type { DatabaseClient, Json, OvsdbError, TransportEvents } from '../src/index.ts';
import { parseJson, printJson } from '../src/json/json.ts';
import { readMessage } from '../src/json/rpc.ts';
import { MessageSplitter } from '../src/json/splitter.ts';
import { scriptedAnswers } from '../src/testing/index.ts';
import type { PeerConnection } from '../src/testing/index.ts';

const HOUR_MS = 3_600_000;
/** Of one message. */
const LATENCY_MS = 700;
const NOBODY: PeerConnection = {
  certificateSerial: undefined,
  methods: [],
  send: () => undefined,
  notify: () => undefined,
  end: () => undefined,
};

const answers = scriptedAnswers(() => ({
  schema: { name: 'D', version: '1.0.0', tables: { T: { columns: { name: { type: 'string' } } } } },
  rows: { T: {} },
}));

/** A clock that goes from one timer to the next. */
class Time {
  nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  readonly after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Until `isOver`, or so long. */
  async pass(forMs: number, isOver: () => boolean = () => false): Promise<void> {
    const endMs = this.nowMs + forMs;
    while (!isOver()) {
      // What was sent in this turn leaves first.
      await new Promise(setImmediate);
      const [next] = [...this.#timers].toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > endMs) break;
      this.#timers.delete(next);
      this.nowMs = next.atMs;
      next.callback();
    }
  }
}

/** A client, the times of its dials and its problems. `served` tells whether a dial succeeds. */
function start(time: Time, served: () => boolean, remotes: readonly string[] = ['tcp:a:1']) {
  const dials: { readonly remote: string; readonly atMs: number }[] = [];
  const problems: OvsdbError[] = [];
  const open = new Set<TransportEvents>();
  const client = createClient(
    { remotes, database: 'D', tables: 'all', probeIntervalMs: 0 },
    {
      dial: (remote, events) => {
        dials.push({ remote, atMs: time.nowMs });
        let isOpen = true;
        const splitter = new MessageSplitter({ maxMessageBytes: 1 << 20, maxDepth: 50 });
        const later = (act: () => void): unknown => time.after(LATENCY_MS, () => isOpen && act());
        later(() => {
          if (!served()) {
            events.closed(new Error('refused'));
            return;
          }
          open.add(events);
          events.opened();
        });
        return {
          send: (text) =>
            splitter.push(Buffer.from(text), ({ bytes }) => {
              const request = readMessage(parseJson(Buffer.from(bytes).toString(), false));
              if (request.kind === 'request') later(() => events.received(Buffer.from(printJson(reply(request)))));
            }),
          destroy: () => {
            isOpen = false;
            open.delete(events);
          },
        };
      },
      clock: { now: () => time.nowMs, setTimeout: (callback, delayMs) => time.after(delayMs, callback) },
      random: () => 1,
      decodeUtf8: (bytes) => Buffer.from(bytes).toString(),
    },
  );
  client.onProblem((problem) => problems.push(problem));
  return { client, dials, problems, dropAll: () => [...open].forEach((events) => events.closed(undefined)) };
}

function reply({ id, method, params }: { readonly id: Json; readonly method: string; readonly params: readonly Json[] }): Json {
  try {
    return { id, result: answers({ method, params, connection: NOBODY }) ?? null, error: null };
  } catch {
    return { id, result: null, error: { error: 'unknown method' } };
  }
}

const isLive = ({ replica }: DatabaseClient): boolean => replica.state.name === 'live';

/** When a listener reconnects upon a problem: within the call, or so many ms later. */
const LISTENERS = ['within', 0, 1, 20, 1000, 5000] as const;

function reconnectUponProblems(client: DatabaseClient, time: Time, when: (typeof LISTENERS)[number]): void {
  client.onProblem(() => {
    if (when === 'within') client.reconnect();
    else time.after(when, () => client.reconnect());
  });
}

describe.for(LISTENERS)('a listener that reconnects upon every problem (%s)', (when) => {
  test.for([['tcp:a:1'], ['tcp:a:1', 'tcp:b:1', 'tcp:c:1']].map((remotes) => ({ remotes })))(
    'dials servers that are away as seldom as without it: $remotes',
    async ({ remotes }) => {
      const dials = await Promise.all(
        [false, true].map(async (listens) => {
          const time = new Time();
          const started = start(time, () => false, remotes);
          if (listens) reconnectUponProblems(started.client, time, when);
          await time.pass(HOUR_MS);
          await started.client.close();
          expect(new Set(started.dials.map(({ remote }) => remote))).toEqual(new Set(remotes));
          return started.dials.length;
        }),
      );
      const [without = 0, withIt = 0] = dials;
      expect(without).toBeGreaterThan(HOUR_MS / 5000);
      // An attempt that is broken off is over sooner, but the pause after it is not.
      expect(withIt).toBeLessThanOrEqual(without * (4700 / 4000));
    },
  );

  test('is live again after a connection was lost, however long that takes', async () => {
    const time = new Time();
    const { client, dials, problems, dropAll } = start(time, () => true);
    reconnectUponProblems(client, time, when);
    await time.pass(HOUR_MS, () => isLive(client));
    const before = dials.length;
    dropAll();
    await time.pass(HOUR_MS, () => isLive(client));
    await time.pass(10_000);
    expect(client.replica.state).toEqual({ name: 'live' });
    // One problem, one attempt for it, and one for the listener.
    expect(problems).toHaveLength(1);
    expect(dials.length - before).toBeLessThanOrEqual(2);
    await client.close();
  });
});

test('a live client reconnects at once, to the same remote, and it is no problem', async () => {
  const time = new Time();
  const { client, dials, problems } = start(time, () => true, ['tcp:a:1', 'tcp:b:1']);
  for (let round = 1; round <= 5; round++) {
    await time.pass(HOUR_MS, () => isLive(client));
    const inFlight = client.request('echo', []).catch((error: unknown) => error);
    const { nowMs } = time;
    client.reconnect();
    expect(client.replica.state.name).toBe('stale');
    await time.pass(0);
    expect(await inFlight).toMatchObject({ code: 'OVSDB_DISCONNECTED', cause: { message: expect.stringContaining('as was asked') } });
    expect(dials.at(-1)).toEqual({ remote: 'tcp:a:1', atMs: nowMs });
    expect(dials).toHaveLength(1 + round);
  }
  expect(problems).toEqual([]);
  await client.close();
});

test('one that waits for its next attempt makes it at once, the first time', async () => {
  const time = new Time();
  let isServed = false;
  const { client, dials } = start(time, () => isServed);
  await time.pass(60_000, () => dials.length === 10);
  await time.pass(LATENCY_MS);
  isServed = true;
  client.reconnect();
  expect(dials).toHaveLength(11);
  client.reconnect();
  await time.pass(HOUR_MS, () => isLive(client));
  expect(client.replica.state.name).toBe('live');
  await client.close();
});

test('a listener of the state may reconnect within the call, and there is one connection at a time', async () => {
  const time = new Time();
  const { client, dials, dropAll } = start(time, () => true);
  await time.pass(HOUR_MS, () => isLive(client));
  client.replica.onState(({ name }) => {
    if (name === 'stale') client.reconnect();
  });
  dropAll();
  await time.pass(HOUR_MS, () => isLive(client));
  await time.pass(10_000);
  expect(client.replica.state.name).toBe('live');
  expect(dials).toHaveLength(2);
  await client.close();
});
