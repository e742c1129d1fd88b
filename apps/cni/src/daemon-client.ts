import { connect } from 'node:net';
import { cniErrorCodes } from '@kube-ovn/api';
import { CniError } from './errors.ts';

/** The daemon's answer: HTTP status and body. */
export interface DaemonAnswer {
  readonly status: number;
  readonly body: string;
}

/** How to reach the daemon. */
export interface DaemonAddress {
  readonly socket: string;
  /** For the whole exchange. */
  readonly timeoutMs: number;
}

const MAX_ANSWER_BYTES = 4 << 20;

/**
 * One HTTP request over a unix socket, by hand: `node:http` alone would double the start-up time of this program.
 *
 * HTTP/1.0 on purpose: the answer then ends with the connection and is never chunked.
 * @throws {CniError} 11 when the daemon cannot be reached or is too slow; 5 when its answer is no HTTP
 */
export function postToDaemon(address: DaemonAddress, path: string, body: string): Promise<DaemonAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const socket = connect(address.socket);
    const fail = (error: CniError): void => {
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(later(`the node daemon gave no answer within ${address.timeoutMs} ms`, `on ${address.socket}`)),
      address.timeoutMs,
    );
    socket.on('connect', () => {
      socket.write(
        `POST ${path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES)
        fail(new CniError(cniErrorCodes.ioFailure, `the node daemon's answer is larger than ${MAX_ANSWER_BYTES} bytes`));
      else chunks.push(chunk);
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      fail(later(`cannot reach the node daemon on ${address.socket}`, `${error.code ?? error.message}; does it run on this node?`)),
    );
    socket.on('close', () => {
      clearTimeout(timer);
      const answer = parseAnswer(Buffer.concat(chunks).toString('utf8'));
      if (answer === undefined) fail(later('the node daemon closed the connection without an answer', 'it may be restarting'));
      else resolve(answer);
    });
  });
}

/** Status and body of a complete HTTP answer, or undefined when it is cut or no HTTP. */
export function parseAnswer(text: string): DaemonAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(text)?.[1];
  if (end === -1 || status === undefined) return undefined;
  const body = text.slice(end + 4);
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  if (length !== undefined && Buffer.byteLength(body) < Number(length)) return undefined;
  return { status: Number(status), body };
}

function later(message: string, details: string): CniError {
  return new CniError(cniErrorCodes.tryAgainLater, message, details);
}
