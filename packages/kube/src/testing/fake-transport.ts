/** The in-memory server without a network, and with a network of the test's choosing. */
import { KubeError } from '../errors.ts';
import type { KubeRequest, KubeResponse, KubeStream, Transport } from '../client/transport.ts';
import type { FakeAnswer, FakeApi } from './fake-api.ts';
import type { FakeWatch } from './fake-collection.ts';

/** What happens to a request on its way. */
export interface Network {
  /** Called on the way there and on the way back; may wait, and may throw: then the request, or its answer, is lost. */
  pass(request: KubeRequest, way: 'there' | 'back'): Promise<void>;
  /** Called for each piece of a watch; may wait, and may throw: then the watch is cut. */
  piece?(request: KubeRequest): Promise<void>;
}

/** A transport to an in-memory server. */
export class FakeTransport implements Transport {
  readonly #api: FakeApi;
  readonly #network: Network | undefined;
  #closed = false;

  constructor(api: FakeApi, network?: Network) {
    this.#api = api;
    this.#network = network;
  }

  async send(request: KubeRequest): Promise<KubeResponse> {
    const answer = await this.#exchange(request);
    if ('watch' in answer) throw new Error('bug: a watch was sent as a plain request');
    return answer;
  }

  async stream(request: KubeRequest): Promise<KubeStream> {
    const answer = await this.#exchange(request);
    if ('watch' in answer) return { status: 200, chunks: this.#chunks(answer.watch, request) };
    return { status: answer.status, chunks: once(answer.body) };
  }

  close(): void {
    this.#closed = true;
  }

  async #exchange(request: KubeRequest): Promise<FakeAnswer> {
    await this.#network?.pass(request, 'there');
    if (this.#closed || request.signal?.aborted === true) throw new KubeError('KUBE_CANCELLED', 'cancelled');
    const answer = this.#api.handle({
      method: request.method,
      path: request.path,
      contentType: request.headers['content-type'],
      body: request.body,
    });
    await this.#network?.pass(request, 'back');
    return answer;
  }

  async *#chunks(watch: FakeWatch, request: KubeRequest): AsyncGenerator<string, void> {
    request.signal?.addEventListener('abort', () => watch.end('end'));
    try {
      for await (const chunk of watch.chunks()) {
        await this.#network?.piece?.(request);
        yield chunk;
      }
    } finally {
      watch.end('end');
    }
  }
}

async function* once(text: string): AsyncGenerator<string, void> {
  await Promise.resolve();
  yield text;
}
