/** A network that delays, loses and cuts, as the seed decides; and is calm when told to be. */
import type { KubeRequest } from '@kube-ovn/kube';
import type { Network } from '@kube-ovn/kube/testing';
import { createClient, type DatabaseClient, type Dial, type TransportEvents } from '@kube-ovn/ovsdb';
import { selectionOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import type { MemoryServer } from './memory-server.ts';
import type { Random } from './random.ts';
import type { ProcessClock, SimClock } from './sim-clock.ts';

/** How bad it is. Probabilities are per message. */
export interface Weather {
  readonly lost: number;
  readonly cut: number;
  readonly maxDelayMs: number;
}

export const CALM: Weather = { lost: 0, cut: 0, maxDelayMs: 5 };
export const STORM: Weather = { lost: 0.05, cut: 0.03, maxDelayMs: 300 };

export class SimNetwork {
  readonly clock: SimClock;
  readonly random: Random;
  weather: Weather = CALM;

  constructor(clock: SimClock, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  get delayMs(): number {
    return this.random.next() ** 3 * this.weather.maxDelayMs;
  }

  /** The way of one process to the API server; after its death nothing arrives any more, either way. */
  toApi(isAlive: () => boolean): Network {
    const arrive = async (ms: number): Promise<void> => {
      await this.clock.sleep(ms);
      if (!isAlive()) await new Promise(() => {});
    };
    return {
      pass: async ({ timeoutMs }: KubeRequest) => {
        if (this.random.chance(this.weather.lost)) {
          await arrive(this.random.chance(0.5) ? timeoutMs : this.delayMs);
          throw new Error('no answer');
        }
        await arrive(this.delayMs);
      },
      piece: async () => {
        await arrive(this.delayMs);
        if (this.random.chance(this.weather.cut)) throw new Error('socket hang up');
      },
    };
  }

  /** A client of the database as one process has it. */
  toDatabase(server: MemoryServer, clock: ProcessClock, isAlive: () => boolean): DatabaseClient {
    const dial: Dial = (_remote, events) => this.#stream(server, events, isAlive);
    const decoder = new TextDecoder('utf-8', { fatal: true });
    return createClient(
      { remotes: ['unix:simulated'], database: 'OVN_Northbound', tables: selectionOf(Object.values(tables)), leaderOnly: false },
      { dial, clock, random: this.random.next, decodeUtf8: (bytes) => decoder.decode(bytes) },
    );
  }

  #stream(server: MemoryServer, events: TransportEvents, isAlive: () => boolean): ReturnType<Dial> {
    let isOpen = true;
    const close = (reason?: Error): void => {
      if (!isOpen) return;
      isOpen = false;
      session.end();
      if (isAlive()) events.closed(reason);
    };
    const back = this.#way((bytes) => isOpen && isAlive() && events.received(bytes), close);
    const session = server.connect((message) => isOpen && back(JSON.stringify(message)));
    const decoder = new TextDecoder();
    const there = this.#way((bytes) => {
      // One write holds all that the client sent in one turn.
      for (const text of objectsIn(decoder.decode(bytes)))
        if (isOpen && isAlive()) session.receive(JSON.parse(text) as Parameters<typeof session.receive>[0]);
    }, close);
    this.clock.after(this.delayMs, () => isOpen && isAlive() && events.opened());
    return {
      send: (text) => there(text),
      destroy: () => {
        isOpen = false;
        session.end();
      },
    };
  }

  /** One direction of a connection: in order, each message some time after the one before, until it is cut. */
  #way(deliver: (bytes: Uint8Array) => void, cut: (reason: Error) => void): (text: string) => void {
    const encoder = new TextEncoder();
    let last = Promise.resolve();
    return (text) => {
      const isCut = this.random.chance(this.weather.cut);
      const delayMs = this.delayMs;
      last = last
        .then(() => this.clock.sleep(delayMs))
        .then(() => (isCut ? cut(new Error('connection reset by peer')) : deliver(encoder.encode(text))));
    };
  }
}

/** The JSON objects that stand in a text one after the other. */
function* objectsIn(text: string): Iterable<string> {
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{') depth += 1;
    if (token !== '}') continue;
    depth -= 1;
    if (depth > 0) continue;
    yield text.slice(start, index + 1);
    start = index + 1;
  }
}
