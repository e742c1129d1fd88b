/** Time, timers and chance as ports, so that the server runs under a fake clock in tests. */
import { randomBytes, randomUUID } from 'node:crypto';

/** A running timer. */
export interface Timer {
  cancel(): void;
}

/** What the server asks of the world besides sockets. */
export interface Ports {
  /** milliseconds since 1970 */
  readonly now: () => number;
  /** one call of `work` after `ms` milliseconds; doesn't keep the process alive */
  readonly after: (ms: number, work: () => void) => Timer;
  /** a fresh RFC 4122 identifier */
  readonly uuid: () => string;
  /** `length` characters of the alphabet that Kubernetes uses for generated names */
  readonly suffix: (length: number) => string;
}

/** No vowels and no look-alikes. @source k8s.io/apimachinery/pkg/util/rand */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** The real clock and the system's random source. */
export function systemPorts(): Ports {
  return {
    now: () => Date.now(),
    after: (ms, work) => {
      const handle = setTimeout(work, ms);
      handle.unref();
      return { cancel: () => clearTimeout(handle) };
    },
    uuid: () => randomUUID(),
    suffix: (length) => Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length] ?? 'x').join(''),
  };
}
