import { createNetlink, Flags, FlagsGet, MessageType, parseError, Protocol, type NetlinkMessage, type NetlinkSocket } from 'netlink';
import { errnoError, HostError } from '../errors.ts';
import { inNetns, type Netns } from '../netns/netns.ts';

/** What a request is about, for its error: `link ovn0`, and the verb that failed. */
interface Subject {
  readonly object: string;
  readonly action: string;
}

/** One rtnetlink request. */
export interface RtnlRequest {
  /** `RTM_*` */
  readonly type: number;
  readonly body: readonly Uint8Array[];
  /** `NLM_F_*` beside REQUEST and ACK */
  readonly flags?: number;
  readonly subject: Subject;
}

/**
 * A receive buffer that no burst of answers overflows. A smaller one can end the whole process: the binding turns
 * ENOBUFS into an uncatchable abort.
 */
const RECEIVE_BUFFER_BYTES = 4 << 20;
const ANSWER_TIMEOUT_MS = 5_000;
/** A dump that the kernel marks as interrupted by a change is read again, at most so often. */
const DUMP_ATTEMPTS = 8;

/**
 * An rtnetlink socket of one network namespace, with one request in flight at a time.
 *
 * The queue is not for speed (a request takes some ten microseconds): two dumps at once on one socket answer EBUSY, and
 * a hundred concurrent answers overflow a default buffer.
 */
export class RtnlSocket implements Disposable {
  readonly #socket: NetlinkSocket;
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(ns: Netns | undefined) {
    this.#socket = inNetns(ns, () => createNetlink(Protocol.ROUTE, { recvBufferSize: RECEIVE_BUFFER_BYTES, sendBufferSize: 1 << 18 }));
    this.#socket.on('error', () => {});
  }

  /**
   * Send a request and wait for the kernel's verdict.
   * @returns the messages of the answer, none for a bare acknowledgement
   * @throws {HostError} by the errno of the answer, naming `subject`
   */
  request(request: RtnlRequest): Promise<readonly NetlinkMessage[]> {
    const turn = this.#tail.then(() => this.#exchange(request));
    this.#tail = turn.catch(() => {});
    return turn;
  }

  /** Read a whole table; an inconsistent snapshot is read again. */
  async dump(request: RtnlRequest): Promise<readonly NetlinkMessage[]> {
    for (let attempt = 1; ; attempt++) {
      // sequential on purpose: each attempt replaces the one before
      const messages = await this.request({ ...request, flags: (request.flags ?? 0) | FlagsGet.DUMP });
      if (attempt === DUMP_ATTEMPTS || !messages.some((message) => (message.flags & Flags.DUMP_INTR) !== 0)) return messages;
    }
  }

  [Symbol.dispose](): void {
    if (!this.#closed) this.#socket.close();
    this.#closed = true;
  }

  async #exchange({ type, body, flags = 0, subject }: RtnlRequest): Promise<readonly NetlinkMessage[]> {
    if (this.#closed) throw new HostError('HOST_INVALID', subject.object, `${subject.action}: the netlink socket is closed`);
    let messages: readonly NetlinkMessage[];
    try {
      [messages] = await this.#socket.request(type, [...body], { flags, checkError: false, timeout: ANSWER_TIMEOUT_MS });
    } catch (error) {
      throw new HostError('HOST_TIMEOUT', subject.object, `${subject.action}: no answer from the kernel`, { cause: error });
    }
    const first = messages[0];
    if (first?.type !== MessageType.ERROR) return messages;
    const errno = Math.abs(parseError(first.data, first.flags).errno);
    if (errno !== 0) throw errnoError(errno, subject.object, subject.action);
    return [];
  }
}
