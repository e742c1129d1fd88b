/** One `exec`: a WebSocket on one side, a command in a container on the other. */
import type { ChildProcess } from 'node:child_process';
import type { WebSocket } from 'ws';
import { describeError } from '../../errors.ts';
import { spawnInRun } from '../container/exec.ts';
import type { ContainerRun } from '../container/runner.ts';
import { openPty } from './pty.ts';
import type { KubeletRequest } from './request.ts';
import { CHANNEL, exitStatus, failureStatus, frame, readMessage } from './websocket-streams.ts';

type ExecRequest = Extract<KubeletRequest, { kind: 'exec' }>;

/** Serve an exec to its end; the command ends with the connection. */
export function serveExec(socket: WebSocket, run: ContainerRun | undefined, request: ExecRequest): void {
  try {
    if (run === undefined)
      throw new Error(`container ${request.target.container} is not running in pod ${request.target.namespace}/${request.target.pod}`);
    if (request.tty) serveTerminal(socket, run, request);
    else servePipes(socket, run, request);
  } catch (error) {
    finish(socket, failureStatus(describeError(error)));
  }
}

function servePipes(socket: WebSocket, run: ContainerRun, request: ExecRequest): void {
  const child = spawnInRun(run, request.command, { stdio: [request.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
  child.stdin?.on('error', () => undefined);
  for (const [channel, stream, isWanted] of [
    [CHANNEL.stdout, child.stdout, request.stdout],
    [CHANNEL.stderr, child.stderr, request.stderr],
  ] as const) {
    stream?.on('data', (chunk: Buffer) => {
      if (!isWanted) return;
      socket.send(frame(channel, chunk));
      throttle(socket, stream);
    });
  }
  socket.on('message', (data: Buffer) => {
    const message = readMessage(data);
    if (message.kind === 'stdin') child.stdin?.write(message.data);
    if (message.kind === 'stdin-end') child.stdin?.end();
  });
  endTogether(socket, child);
}

function serveTerminal(socket: WebSocket, run: ContainerRun, request: ExecRequest): void {
  const pty = openPty();
  const child = spawnInRun(run, request.command, { stdio: [pty.slaveFd, pty.slaveFd, pty.slaveFd], terminal: true });
  pty.closeSlave();
  pty.master.on('data', (chunk: Buffer) => socket.send(frame(CHANNEL.stdout, chunk)));
  // The last side of a terminal that closes is read as an error: EIO.
  pty.master.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    const message = readMessage(data);
    if (message.kind === 'stdin') pty.master.write(message.data);
    if (message.kind === 'resize') pty.resize(message.columns, message.rows);
  });
  child.once('close', () => pty[Symbol.dispose]());
  endTogether(socket, child);
}

/** Stop reading from the command while the client is more than a megabyte behind. */
function throttle(socket: WebSocket, stream: NodeJS.ReadableStream | null): void {
  if (socket.bufferedAmount < 1 << 20 || stream === null) return;
  stream.pause();
  const timer = setInterval(() => {
    if (socket.bufferedAmount >= 1 << 19 && socket.readyState === socket.OPEN) return;
    clearInterval(timer);
    stream.resume();
  }, 20);
}

function endTogether(socket: WebSocket, child: ChildProcess): void {
  child.once('error', (error) => finish(socket, failureStatus(error.message)));
  child.once('close', (code, signal) => finish(socket, exitStatus(code ?? (signal === null ? 255 : 137))));
  socket.once('close', () => child.kill('SIGKILL'));
  socket.on('error', () => child.kill('SIGKILL'));
}

function finish(socket: WebSocket, status: string): void {
  socket.send(frame(CHANNEL.error, status));
  socket.close(1000);
}
