/** BIRD's control socket: one command after the other. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { BirdError } from '../errors.ts';
import { ReplyReader, type Reply } from './reply.ts';

/** An open control connection. It ends when BIRD ends. */
export interface BirdControl extends Disposable {
  /** @throws {BirdError} BIRD_UNREACHABLE when the connection ends before the answer */
  ask(command: string): Promise<Reply>;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
}

/**
 * Connect.
 * @throws {BirdError} BIRD_UNREACHABLE when nobody answers at this socket
 */
export async function openControl(path: string): Promise<BirdControl> {
  const socket = connect(path);
  const waiting: { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void }[] = [];
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const unreachable = (cause?: unknown): BirdError => new BirdError('BIRD_UNREACHABLE', `BIRD does not answer at ${path}`, { cause });
  const reader = new ReplyReader();
  const next = (): Promise<Reply> => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    waiting.push({ resolve, reject });
    return promise;
  };
  // BIRD greets whoever connects.
  const greeting = next();
  let failure: unknown;
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    for (const reply of reader.push(chunk)) waiting.shift()?.resolve(reply);
  });
  socket.on('error', (error) => (failure = error));
  socket.on('close', () => {
    for (const { reject } of waiting.splice(0)) reject(unreachable(failure));
    close();
  });
  await greeting;
  return {
    closed,
    ask: async (command) => {
      if (!socket.writable) throw unreachable();
      const answer = next();
      if (!socket.write(`${command}\n`)) await once(socket, 'drain');
      return answer;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
