/** The part of a kubelet that the API server calls, on a unix socket: logs that grow, and commands that answer. */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

/** A kubelet in the test's process. */
export interface EchoKubelet extends AsyncDisposable {
  readonly socketPath: string;
  /** what it was asked, in order */
  readonly asked: readonly string[];
}

/** Channels of `v5.channel.k8s.io`. @source k8s.io/apimachinery/pkg/util/remotecommand */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, close: 255 } as const;

/** Serve in a directory. `exec cat` echoes standard input; any other command prints its words and exits with 3. */
export async function startEchoKubelet(dir: string): Promise<EchoKubelet> {
  const socketPath = join(dir, 'kubelet.sock');
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const follow = (request.url ?? '').includes('follow=true');
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('line 1\n');
    if (follow) setTimeout(() => response.end('line 2\n'), 50);
    else response.end();
  });
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('v5.channel.k8s.io') ? 'v5.channel.k8s.io' : 'v4.channel.k8s.io'),
  });
  server.on('upgrade', (request, socket, head) => {
    asked.push(request.url ?? '');
    const command = new URL(request.url ?? '/', 'http://kubelet').searchParams.getAll('command');
    sockets.handleUpgrade(request, socket, head, (client) => {
      const send = (number: number, text: string): void => client.send(Buffer.concat([Buffer.from([number]), Buffer.from(text)]));
      const finish = (code: number): void => {
        const failure = {
          metadata: {},
          status: 'Failure',
          reason: 'NonZeroExitCode',
          message: `command terminated with non-zero exit code: exit status ${code}`,
          details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
        };
        send(channel.error, JSON.stringify(code === 0 ? { metadata: {}, status: 'Success' } : failure));
        client.close(1000);
      };
      if (command[0] !== 'cat') {
        send(channel.stdout, `${command.join(' ')}\n`);
        send(channel.stderr, 'warning\n');
        finish(3);
        return;
      }
      client.on('message', (data: Buffer) => {
        if (data[0] === channel.stdin) send(channel.stdout, data.subarray(1).toString());
        if (data[0] === channel.close) finish(0);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        sockets.clients.forEach((client) => client.terminate());
        server.close(() => resolve());
      }),
  };
}
