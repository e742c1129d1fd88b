/** Transactions over a bare socket, as many in flight as told, without a replica: what the server can do. */
import { connect } from 'node:net';

export function rawTransactions(
  path: string,
  options: { readonly inFlight: number; readonly durationMs: number; readonly params: (n: number) => unknown },
): Promise<number> {
  const { inFlight, durationMs, params } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const end = performance.now() + durationMs;
    let sent = 0;
    let answered = 0;
    const send = (): void => void socket.write(JSON.stringify({ id: sent, method: 'transact', params: params(sent++) }));
    socket.once('connect', () => {
      for (let i = 0; i < inFlight; i++) send();
    });
    socket.on('data', (bytes: Buffer) => {
      // Every answer holds exactly one "id".
      const count = bytes.toString('latin1').split('"id":').length - 1;
      answered += count;
      if (performance.now() < end) for (let i = 0; i < count; i++) send();
      else if (answered >= sent) {
        socket.destroy();
        resolve(answered / (durationMs / 1000));
      }
    });
    socket.once('error', reject);
  });
}
