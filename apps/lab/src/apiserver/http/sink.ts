/** A watch's lines on an HTTP response. */
import type { ServerResponse } from 'node:http';
import type { WatchSink } from '../watch/watch.ts';

/** Lines that are sent in one turn of the event loop leave in one write, hence in one TLS record. */
export function responseSink(response: ServerResponse): WatchSink {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  const flush = (): void => {
    const chunk = pending.length === 1 ? pending[0] : Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    if (chunk !== undefined && chunk.length > 0 && !response.writableEnded && !response.destroyed) response.write(chunk);
  };
  return {
    send: (frame) => {
      pendingBytes += frame.length;
      if (pending.push(frame) === 1) setImmediate(flush);
    },
    end: () => {
      flush();
      response.end();
    },
    get backlogBytes() {
      return response.writableLength + pendingBytes;
    },
  };
}
