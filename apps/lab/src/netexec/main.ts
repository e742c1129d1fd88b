/** Entry of `netexec`: a small server to talk to in pods, and two commands beside it. */
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { describeError } from '../errors.ts';
import { parseCommand } from './options.ts';
import { serveNetexec, serveSctp } from './server.ts';

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  // Process 1 of a PID namespace gets only the signals it asks for.
  const delayMs = command.do === 'netexec' ? (command.delayShutdownMs ?? 0) : 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => setTimeout(() => process.exit(0), delayMs));
  switch (command.do) {
    case 'pause':
      setInterval(() => undefined, 1 << 30);
      return;
    case 'netexec':
      await serveNetexec({ http: command.httpPort, udp: command.udpPort }, { hostname: hostname() });
      if (command.sctpPort !== undefined) serveSctp(command.sctpPort, { hostname: hostname() });
      process.stdout.write(
        `netexec: HTTP on ${command.httpPort}, UDP on ${command.udpPort ?? 'none'}, SCTP on ${command.sctpPort ?? 'none'}\n`,
      );
      return;
    case 'connect': {
      const socket = connect({ ...command.target, timeout: command.timeoutMs });
      socket.once('timeout', () => socket.destroy(new Error('TIMEOUT')));
      socket.once('connect', () => process.exit(0));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        process.stderr.write(`${error.code === 'ECONNREFUSED' ? 'REFUSED' : error.message}\n`);
        process.exit(1);
      });
    }
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`netexec: ${describeError(error)}\n`);
  process.exit(2);
});
