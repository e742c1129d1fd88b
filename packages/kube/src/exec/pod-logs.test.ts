import { describe, expect, it } from 'vitest';
import type { KubeRequest, Transport } from '../client/transport.ts';
import { podLogsOver, type PodLogOptions } from './pod-logs.ts';

/** Answers every stream with a status and pieces of text. */
function transport(status: number, pieces: readonly string[]): Transport & { readonly asked: KubeRequest[] } {
  const asked: KubeRequest[] = [];
  return {
    asked,
    send: () => Promise.reject(new Error('no plain request is sent')),
    stream: (request) => {
      asked.push(request);
      return Promise.resolve({ status, chunks: inPieces(pieces, request.signal) });
    },
    close: () => undefined,
  };
}

async function* inPieces(pieces: readonly string[], signal?: AbortSignal): AsyncGenerator<string, void> {
  for (const piece of pieces) {
    await Promise.resolve();
    if (signal?.aborted === true) throw new Error('aborted');
    yield piece;
  }
}

const where = { namespace: 'shop', pod: 'web-0', container: 'web' };

async function read(over: Transport, options?: PodLogOptions): Promise<string> {
  let text = '';
  for await (const chunk of podLogsOver(over)(where, options)) text += chunk;
  return text;
}

describe('the log of a container', () => {
  it('is asked for as the API has it, and comes as it is sent', async () => {
    const over = transport(200, ['one\nt', 'wo\n']);
    expect(await read(over, { tailLines: 2, previous: true })).toBe('one\ntwo\n');
    expect(over.asked.map(({ path }) => path)).toEqual(['/api/v1/namespaces/shop/pods/web-0/log?container=web&tailLines=2&previous=true']);
  });

  it('may be silent for long where it is followed', async () => {
    const [once, followed] = [transport(200, []), transport(200, [])];
    await Promise.all([read(once), read(followed, { follow: true })]);
    expect(followed.asked[0]?.idleMs).toBeGreaterThan((once.asked[0]?.idleMs ?? 0) * 100);
  });

  it('that the server refuses is an error with its words', async () => {
    const over = transport(400, ['{"kind":"Status","message":"container is ', 'waiting to start","reason":"BadRequest"}']);
    await expect(read(over)).rejects.toMatchObject({
      code: 'KUBE_BAD_REQUEST',
      message: expect.stringContaining('log of container web of pod shop/web-0: container is waiting to start'),
    });
  });

  it('ends when whoever reads it has seen enough', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of podLogsOver(transport(200, ['a', 'b', 'c']))(where, { follow: true, signal: stop.signal })) {
        seen.push(chunk);
        stop.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'KUBE_CANCELLED' });
    expect(seen).toEqual(['a']);
  });
});
