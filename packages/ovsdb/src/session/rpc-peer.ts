/**
 * One JSON-RPC conversation over one transport: pairs answers with requests, answers echoes, notices silence.
 * Everything is handled in the order of arrival and synchronously, so that an update that follows a reply in the same
 * packet is never seen before it.
 */
import { asOvsdbError, OvsdbError } from '../errors.ts';
import { parseJson } from '../json/json.ts';
import type { Json } from '../json/json.ts';
import { printNotification, printRequest, printResponse, readMessage } from '../json/rpc.ts';
import { MessageSplitter } from '../json/splitter.ts';
import type { CutRule, RawMessage, SplitterLimits } from '../json/splitter.ts';
import { errorFromJson } from '../notation/result.ts';
import type { ClientPorts, Transport } from '../ports.ts';
import { Outbox } from './outbox.ts';
import { PendingRequests } from './pending.ts';
import type { PendingRequest, Reply, RequestOptions } from './pending.ts';
import { SilenceProbe } from './silence-probe.ts';

/** Takes parts of a large reply while it arrives. */
export interface PartSink {
  readonly rule: CutRule;
  /** @param members the members of the object at the end of `lead` */
  take(lead: string, members: Json): void;
}

interface PartsRequest {
  readonly id: number;
  readonly text: string;
  readonly sink: PartSink;
}

/** What a peer tells its owner. `closed` comes once, after every pending request has failed. */
export interface PeerEvents {
  opened(): void;
  notification(method: string, params: readonly Json[]): void;
  closed(error: OvsdbError): void;
}

/** Settings of a conversation. */
export interface PeerOptions extends SplitterLimits {
  readonly remote: string;
  /** After so many ms of silence the peer is probed; after as many more it is given up. 0 turns probing off. */
  readonly probeIntervalMs: number;
  /** A request of the session that is unanswered for so many ms, and for an echo more, is lost. 0 is no limit. */
  readonly answerLimitMs: number;
}

/** How to send a request; without a limit of its own, that of the conversation holds. */
export interface SendOptions extends RequestOptions {
  /**
   * The reply is given out part by part, and `done` gets what is left. Such requests go out one after the other, since a part does not
   * tell whose it is.
   */
  readonly parts?: PartSink;
}

/** A conversation. It dials on construction. */
export class RpcPeer {
  readonly #options: PeerOptions;
  readonly #ports: ClientPorts;
  readonly #events: PeerEvents;
  readonly #splitter: MessageSplitter;
  readonly #outbox = new Outbox((text) => this.#transport?.send(text));
  readonly #pending: PendingRequests;
  readonly #probe: SilenceProbe;
  #parts: PartsRequest | undefined;
  readonly #waitingForParts: PartsRequest[] = [];
  #hasTakenParts = false;
  #transport: Transport | undefined;
  #nextId = 1;
  #closed = false;
  #receivedBytes = 0;

  constructor(options: PeerOptions, ports: ClientPorts, events: PeerEvents) {
    this.#options = options;
    this.#ports = ports;
    this.#events = events;
    this.#splitter = new MessageSplitter(options);
    this.#pending = new PendingRequests(ports.clock, (id, request) => this.#overdue(id, request));
    this.#transport = ports.dial(options.remote, {
      opened: () => this.#opened(),
      received: (bytes) => this.#received(bytes),
      closed: (reason) =>
        this.#end(
          new OvsdbError('OVSDB_UNREACHABLE', `${options.remote}: ${reason?.message ?? 'closed by the server'}`, {
            retry: 'later',
            cause: reason,
          }),
        ),
    });
    this.#probe = new SilenceProbe(options.probeIntervalMs, ports.clock, {
      probe: () => this.#outbox.add('{"id":"probe","method":"echo","params":[]}'),
      silent: (forMs) =>
        this.#end(
          new OvsdbError('OVSDB_UNREACHABLE', `${options.remote}: no sign of life for ${Math.round(forMs)} ms`, { retry: 'later' }),
        ),
    });
  }

  /** Bytes received so far. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /**
   * Send a request; `done` is called exactly once.
   *
   * @returns the request's id
   */
  request(method: string, params: readonly Json[], done: (reply: Reply) => void, options: SendOptions = {}): number {
    if (this.#closed || this.#transport === undefined) {
      done({
        ok: false,
        error: new OvsdbError('OVSDB_NOT_CONNECTED', `${method}: not connected to ${this.#options.remote}`, { retry: 'later' }),
      });
      return 0;
    }
    const id = this.#nextId++;
    const { parts, answerLimitMs = this.#options.answerLimitMs } = options;
    this.#pending.add(id, { method, done, answerLimitMs });
    const text = printRequest(id, method, params);
    if (parts === undefined) {
      this.#outbox.add(text);
      this.#pending.sent(id);
    } else {
      this.#waitingForParts.push({ id, text, sink: parts });
      this.#sendNextForParts();
    }
    return id;
  }

  /**
   * Ask the server to give a request up. If it has been answered already, that answer stands.
   *
   * @source RFC 7047 §4.1.4
   */
  cancel(id: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined || this.#closed) return;
    this.#outbox.add(printNotification('cancel', [id]));
    // ovsdb-server 3.1 forgets a canceled transaction without a word; what it had to say of it comes before the answer to this echo.
    this.request('echo', [], (reply) => {
      if (reply.ok)
        this.#pending
          .take(id)
          ?.done({ ok: false, error: new OvsdbError('OVSDB_CANCELED', `${pending.method}: canceled as was asked`, { retry: 'now' }) });
    });
  }

  /** End the conversation; pending requests fail, `closed` is told. */
  fail(error: OvsdbError): void {
    this.#outbox.flush();
    this.#end(error);
  }

  #sendNextForParts(): void {
    if (this.#parts !== undefined) return;
    this.#parts = this.#waitingForParts.shift();
    if (this.#parts === undefined) return;
    const { rule } = this.#parts.sink;
    this.#splitter.cut({
      ...rule,
      skim: (lead, chunk, from) => {
        const end = rule.skim?.(lead, chunk, from) ?? from;
        if (end > from) this.#hasTakenParts = true;
        return end;
      },
    });
    this.#outbox.add(this.#parts.text);
    this.#pending.sent(this.#parts.id);
  }

  /**
   * A request has no answer for its limit. That alone means nothing: the answer may be on its way, behind much else, or this process was
   * stopped. But an echo that is answered before a request that was sent earlier has overtaken it.
   */
  #overdue(id: number, { method, answerLimitMs }: PendingRequest): void {
    const judge = (): void => {
      if (this.#pending.get(id) === undefined) return;
      const words = `no answer to ${method} for ${answerLimitMs} ms (answerLimitMs), although an echo behind it is answered`;
      this.#end(new OvsdbError('OVSDB_NO_ANSWER', `${this.#options.remote}: ${words}`, { retry: 'later' }));
    };
    // Should this echo be lost too, another one tells; each waits longer, so that a slow peer is not buried under them.
    this.request('echo', [], judge, { answerLimitMs: 2 * answerLimitMs });
  }

  #opened(): void {
    if (this.#closed) return;
    this.#probe.heard();
    this.#events.opened();
  }

  #received(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#receivedBytes += bytes.length;
    this.#probe.heard();
    const bugs: unknown[] = [];
    try {
      this.#splitter.push(bytes, (message) => {
        if (this.#closed) return;
        try {
          this.#handle(message);
        } catch (error) {
          // Errors of this package are the peer's fault; anything else is a bug of a listener, for which no other message may be lost.
          if (error instanceof OvsdbError) throw error;
          bugs.push(error);
        }
      });
    } catch (error) {
      this.#end(asOvsdbError(error, 'OVSDB_BAD_MESSAGE', this.#options.remote));
    }
    if (bugs.length > 0) throw bugs[0];
  }

  #handle(raw: RawMessage): void {
    if (raw.lead !== undefined) {
      this.#take(raw, raw.lead);
      return;
    }
    const message = readMessage(this.#parse(raw));
    if (this.#hasTakenParts && (message.kind !== 'response' || message.id !== this.#parts?.id)) throw this.#strayParts();
    switch (message.kind) {
      case 'response':
        this.#respond(message.id, message.result, message.error);
        break;
      case 'notification':
        this.#events.notification(message.method, message.params);
        break;
      case 'request':
        // @source RFC 7047 §4.1.11: either side may send echo, and the other answers with its params.
        if (message.method === 'echo') this.#outbox.add(printResponse(message.id, message.params, null));
        else this.#outbox.add(printResponse(message.id, null, { error: 'unknown method', details: message.method }));
        break;
    }
  }

  /** Until the message's end it is not known to which request it is the reply; that it is the right one is checked then. */
  #take(raw: RawMessage, lead: string): void {
    if (this.#parts === undefined) throw this.#strayParts();
    this.#hasTakenParts = true;
    this.#parts.sink.take(lead, this.#parse(raw));
  }

  #strayParts(): OvsdbError {
    return new OvsdbError('OVSDB_BAD_MESSAGE', `${this.#options.remote} sends rows outside the reply that was asked for`, {
      retry: 'later',
    });
  }

  #parse(raw: RawMessage): Json {
    try {
      const text = this.#ports.decodeUtf8(raw.bytes);
      return parseJson(raw.lead === undefined ? text : `{${text}}`, raw.hasLongNumber);
    } catch (error) {
      throw asOvsdbError(
        error,
        'OVSDB_BAD_MESSAGE',
        `a message of ${raw.bytes.length} bytes from ${this.#options.remote} is no JSON in UTF-8`,
      );
    }
  }

  #respond(id: Json, result: Json, error: Json): void {
    const pending = typeof id === 'number' ? this.#pending.take(id) : undefined;
    if (pending === undefined) {
      if (id === 'probe') return;
      throw new OvsdbError('OVSDB_BAD_MESSAGE', `${this.#options.remote} answers a request that was not made`, {
        retry: 'later',
        value: id,
      });
    }
    if (id === this.#parts?.id) {
      this.#parts = undefined;
      this.#hasTakenParts = false;
      this.#splitter.cut(undefined);
      this.#sendNextForParts();
    }
    pending.done(error === null ? { ok: true, result } : { ok: false, error: errorFromJson(error, pending.method) });
  }

  #end(error: OvsdbError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#probe.end();
    this.#transport?.destroy();
    this.#transport = undefined;
    const unknown = new OvsdbError(
      'OVSDB_DISCONNECTED',
      `the connection to ${this.#options.remote} ended before the answer came; the outcome is unknown`,
      { retry: 'later', cause: error },
    );
    this.#pending.failAll(unknown);
    this.#events.closed(error);
  }
}
