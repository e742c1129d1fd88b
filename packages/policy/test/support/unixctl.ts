/** Commands to a daemon of OVN over its control socket. @source ovs-appctl(8): JSON-RPC, as ovsdb-server speaks it */
import { connect, type Socket } from 'node:net';

/** A connection to one daemon; one command at a time. */
export class Unixctl {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Connect to a socket that is there. */
  static open(path: string): Promise<Unixctl> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path }, () => resolve(new Unixctl(socket)));
      socket.once('error', reject);
    });
  }

  /** Run a command and return what it prints; rejects with the daemon's own words. */
  run(method: string, ...params: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const end = (act: () => void): void => {
        this.#socket.off('data', read).off('close', closed);
        act();
      };
      const closed = (): void => end(() => reject(new Error(`${method}: the daemon went away`)));
      const read = (bytes: Buffer): void => {
        text += bytes.toString('utf8');
        const answer = parseWhole(text);
        if (answer === undefined) return;
        if (answer.error === null) end(() => resolve(answer.result ?? ''));
        else end(() => reject(new Error(`${method} ${params.join(' ')}: ${answer.error}`)));
      };
      this.#socket.on('data', read).on('close', closed);
      this.#socket.write(JSON.stringify({ id: 0, method, params }));
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** An answer is one JSON object; until it is whole it does not parse. */
function parseWhole(text: string): { readonly result: string | null; readonly error: string | null } | undefined {
  try {
    return JSON.parse(text) as { result: string | null; error: string | null };
  } catch {
    return undefined;
  }
}
