/**
 * The least that a Node process can do to follow a database: a socket and `JSON.parse`, no replica. It relies on the server's order of
 * members and on what the benchmarks write; nothing but a benchmark may.
 */
import { connect } from 'node:net';

const NO_HISTORY = '00000000-0000-0000-0000-000000000000';
/** The answer to the echo behind the monitor request: the initial content is complete. */
const LAST = '{"id":"last","result":[],"error":null}';
const BETWEEN = /(?<=\})(?=\{"id":)/;

type Rows = Readonly<Record<string, unknown>>;
type Tables = Readonly<Record<string, Rows>>;

/** A schema, as far as it matters here. */
export interface SchemaJson {
  readonly tables: Readonly<Record<string, { readonly columns: Rows }>>;
}

/** A request for all columns of all tables. */
export function everything({ tables }: SchemaJson): string {
  const requests = Object.fromEntries(Object.entries(tables).map(([name, { columns }]) => [name, [{ columns: Object.keys(columns) }]]));
  return JSON.stringify({ id: 'all', method: 'monitor_cond_since', params: ['OVN_Northbound', 'bare', requests, NO_HISTORY] });
}

/** What is told; `complete` comes first, and once. */
export interface BareEvents {
  /** @param content what JSON.parse made of the initial content */
  complete(content: Tables): void;
  /** @param rows how many rows one message changes */
  changed(rows: number): void;
}

/** Follow a database. @param request as `everything` makes it */
export function bareMonitor(path: string, request: string, events: BareEvents): void {
  const socket = connect({ path });
  const chunks: Buffer[] = [];
  let rest = '';
  const initial = (chunk: Buffer): void => {
    chunks.push(chunk);
    if (!Buffer.concat(chunks.slice(-2)).subarray(-LAST.length).equals(Buffer.from(LAST))) return;
    const text = Buffer.concat(chunks.splice(0)).toString().slice(0, -LAST.length);
    socket.off('data', initial).on('data', update);
    events.complete((JSON.parse(text) as { readonly result: readonly [boolean, string, Tables] }).result[2]);
  };
  const update = (chunk: Buffer): void => {
    for (const text of (rest + chunk.toString()).split(BETWEEN)) {
      const message = parsed(text);
      rest = message === undefined ? text : '';
      if (message !== undefined) for (const rows of Object.values(message.params[2])) events.changed(Object.keys(rows).length);
    }
  };
  socket.on('data', initial);
  socket.once('connect', () => socket.write(`${request}{"id":"last","method":"echo","params":[]}`));
}

/** The message, or undefined while its end is missing. */
function parsed(text: string): { readonly params: readonly [string, string, Tables] } | undefined {
  if (!text.endsWith('}')) return undefined;
  try {
    return JSON.parse(text) as { readonly params: readonly [string, string, Tables] };
  } catch {
    return undefined;
  }
}
