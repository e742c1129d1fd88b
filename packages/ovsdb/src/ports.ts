// For programs whose own settings leave it out: clients are AsyncDisposable.
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The outside world of this package: a byte stream, a clock, chance. Everything else is pure.
 */

/** Cancels a timer; calling it again, or after it fired, does nothing. */
export type CancelTimer = () => void;

/** Time as a parameter. `now` is in milliseconds and never goes backwards. */
export interface Clock {
  now(): number;
  setTimeout(callback: () => void, delayMs: number): CancelTimer;
}

/** What a transport tells its user. `closed` comes exactly once, and nothing comes after it. */
export interface TransportEvents {
  opened(): void;
  received(bytes: Uint8Array): void;
  /** @param reason why the stream ended; undefined when the peer closed it in order. */
  closed(reason: Error | undefined): void;
}

/** A byte stream to one server. */
export interface Transport {
  /** Queue text; it leaves as UTF-8 in the order of the calls. */
  send(text: string): void;
  /** Drop the stream at once. No event comes after this call. */
  destroy(): void;
}

/** Begin to connect to a remote ("unix:/path", "tcp:host:port", "ssl:host:port"). Throws OVSDB_BAD_REMOTE on a malformed one. */
export type Dial = (remote: string, events: TransportEvents) => Transport;

/** Decode UTF-8; throws on malformed input. */
export type DecodeUtf8 = (bytes: Uint8Array) => string;

/** The ports of a client. */
export interface ClientPorts {
  readonly dial: Dial;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly decodeUtf8: DecodeUtf8;
  /** Decode the bytes from one position up to another, which are ASCII. Default: one character after the other, which takes longer. */
  readonly decodeAscii?: (bytes: Uint8Array, from: number, to: number) => string;
}
