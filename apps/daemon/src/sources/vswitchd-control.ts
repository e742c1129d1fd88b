/**
 * The control socket of ovs-vswitchd: what ovs-appctl talks to.
 *
 * A request is `{"id", "method": COMMAND, "params": [ARGUMENT...]}`, the answer `{"id", "result": TEXT | null, "error": TEXT | null}`.
 * @source ovs-appctl(8), ovs-vswitchd(8) RUNTIME MANAGEMENT COMMANDS
 */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';

/** A command, asked and answered. @throws when there is no answer, or the answer is an error */
export type VswitchdControl = (command: string, ...args: readonly string[]) => Promise<string>;

/** ovs-vswitchd did not do what it was asked. */
class ControlError extends Error {
  override readonly name = 'ControlError';
}

/** A pass over all cached flows takes a second at most; a process that takes longer than this is stuck. */
const TIMEOUT_MS = 10_000;
/** Answers of the commands that are used here are some hundred bytes. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * Where the socket is.
 * @param given what the command line says; undefined: found by the pid file beside the database's socket, as ovs-appctl does
 * @param ovsSocket remote of the node's database
 */
export async function controlSocket(given: string | undefined, ovsSocket: string): Promise<string> {
  if (given !== undefined) return given;
  const directory = ovsSocket.startsWith('unix:') ? dirname(ovsSocket.slice('unix:'.length)) : '/run/openvswitch';
  const pid = (await readFile(join(directory, 'ovs-vswitchd.pid'), 'utf8')).trim();
  if (!/^\d{1,10}$/.test(pid)) throw new ControlError(`${join(directory, 'ovs-vswitchd.pid')} holds no process number`);
  return join(directory, `ovs-vswitchd.${pid}.ctl`);
}

/** Ask by a connection of its own each time: a restarted ovs-vswitchd is simply the next one asked. */
export function vswitchdControl(socketPath: () => Promise<string>): VswitchdControl {
  return async (command, ...args) => {
    const { result, error } = readAnswer(command, await exchange(await socketPath(), { id: 0, method: command, params: args }));
    if (typeof error === 'string') throw new ControlError(`ovs-vswitchd refuses ${command}: ${error.trim()}`);
    return typeof result === 'string' ? result : '';
  };
}

/** Longer than a busy process takes, shorter than who asks for metrics waits. */
const ANSWER_WITHIN_MS = 2_000;

/** Whether there is an answer at all, soon. */
export async function answers(asked: Promise<string>, pause: (ms: number) => Promise<unknown>): Promise<boolean> {
  return Promise.race([
    asked.then(
      () => true,
      () => false,
    ),
    pause(ANSWER_WITHIN_MS).then(() => false),
  ]);
}

function readAnswer(command: string, text: string): { readonly result?: unknown; readonly error?: unknown } {
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== 'object' || answer === null) throw new ControlError(`ovs-vswitchd answers ${command} by ${text.slice(0, 100)}`);
  return answer;
}

function exchange(
  path: string,
  request: { readonly id: number; readonly method: string; readonly params: readonly string[] },
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ path });
  let answer = '';
  const failed = (why: string, cause?: unknown): void => reject(new ControlError(`${request.method} by ${path}: ${why}`, { cause }));
  socket.setEncoding('utf8').setTimeout(TIMEOUT_MS, () => failed(`no answer within ${TIMEOUT_MS / 1000} s`));
  socket.on('error', (error) => failed(error.message, error)).on('close', () => failed('the connection was closed'));
  socket.on('data', (text: string) => {
    answer += text;
    if (answer.length > MAX_ANSWER_BYTES) failed(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    else if (isWhole(answer)) resolve(answer);
  });
  socket.write(JSON.stringify(request));
  return promise.finally(() => socket.destroy());
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
