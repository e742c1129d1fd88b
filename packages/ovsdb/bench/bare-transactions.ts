/** Transactions over a bare socket, as many in flight as told, without a replica: what the server can do. */
import { connect } from 'node:net';

/** The server puts this at the end of every answer: to a transaction, even a refused one, and to an echo. */
const ANSWER_END = '"error":null}';
const REFUSED = '"error":"';
/** That to a monitor request, and that to the echo behind it. */
const ANSWERS_BEFORE = 2;

export interface BareOptions {
  readonly inFlight: number;
  /** The parameters of the n-th transaction; undefined when there are to be no more. */
  readonly params: (n: number) => readonly unknown[] | undefined;
  /** A monitor request: have the server tell of all changes, as it does for whoever has a replica. What it tells is dropped. */
  readonly monitor?: string;
}

export interface BareResult {
  readonly transactions: number;
  /** From the first transaction to the last answer. */
  readonly ms: number;
}

export function bareTransactions(path: string, { inFlight, params, monitor }: BareOptions): Promise<BareResult> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    let start = 0;
    let sent = 0;
    let answered = 0;
    let isOver = false;
    let rest = '';
    let before = monitor === undefined ? 0 : ANSWERS_BEFORE;
    const send = (): void => {
      const next = isOver ? undefined : params(sent);
      if (next === undefined) isOver = true;
      else socket.write(JSON.stringify({ id: sent++, method: 'transact', params: next }));
    };
    const begin = (): void => {
      start = performance.now();
      for (let i = 0; i < inFlight; i++) send();
    };
    socket.once('connect', () => {
      if (monitor === undefined) begin();
      else socket.write(`${monitor}{"id":"last","method":"echo","params":[]}`);
    });
    socket.on('data', (bytes: Buffer) => {
      const text = rest + bytes.toString('latin1');
      if (text.includes(REFUSED)) reject(new Error(`refused: ${text.slice(0, 1000)}`));
      const pieces = text.split(ANSWER_END);
      rest = pieces.at(-1)?.slice(1 - ANSWER_END.length) ?? '';
      const count = pieces.length - 1;
      if (before > 0) {
        before -= count;
        if (before === 0) begin();
        return;
      }
      answered += count;
      for (let i = 0; i < count; i++) send();
      if (isOver && answered >= sent) {
        socket.destroy();
        resolve({ transactions: answered, ms: performance.now() - start });
      }
    });
    socket.once('error', reject);
  });
}
