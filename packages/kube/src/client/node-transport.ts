/** Requests over HTTP/1.1 with Node's own client. */
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as requestHttp, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { KubeError } from '../errors.ts';
import type { Connection, Credentials } from '../config/connection.ts';
import type { KubeRequest, KubeResponse, KubeStream, Transport } from './transport.ts';

/** A page of 500 objects is some megabytes; more than this is not a list of ours. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;
/** Requests at the same time; watches come on top. */
const MAX_SOCKETS = 32;
const KEEP_ALIVE_MS = 30_000;

class NodeTransport implements Transport {
  readonly #connection: Connection;
  readonly #agents: { readonly requests: HttpAgent; readonly watches: HttpAgent };
  readonly #closed = new AbortController();

  constructor(connection: Connection) {
    this.#connection = connection;
    const Agent = connection.server.protocol === 'https:' ? HttpsAgent : HttpAgent;
    this.#agents = {
      requests: new Agent({ keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets: MAX_SOCKETS, scheduling: 'lifo' }),
      watches: new Agent({ keepAlive: false }),
    };
  }

  async send(request: KubeRequest): Promise<KubeResponse> {
    const { message, deadline } = await this.#open(request, this.#agents.requests);
    try {
      let body = '';
      for await (const chunk of textOf(message)) {
        body += chunk;
        if (body.length > MAX_BODY_BYTES) throw new KubeError('KUBE_BAD_ANSWER', `the answer is longer than ${MAX_BODY_BYTES} characters`);
      }
      return { status: message.statusCode ?? 0, body };
    } finally {
      deadline.clear();
      message.destroy();
    }
  }

  async stream(request: KubeRequest): Promise<KubeStream> {
    const { message, deadline } = await this.#open(request, this.#agents.watches);
    deadline.clear();
    const { idleMs = request.timeoutMs } = request;
    const idle = new Deadline(idleMs, () => message.destroy(new Error(`nothing came for ${idleMs} ms`)));
    return { status: message.statusCode ?? 0, chunks: liveChunks(message, idle) };
  }

  close(): void {
    this.#closed.abort();
    this.#agents.requests.destroy();
    this.#agents.watches.destroy();
  }

  async #open(request: KubeRequest, agent: HttpAgent): Promise<{ readonly message: IncomingMessage; readonly deadline: Deadline }> {
    const { signal, timeoutMs } = request;
    const credentials = await this.#connection.credentials();
    const aborted = signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
    return new Promise((resolve, reject) => {
      if (aborted.aborted) return reject(new KubeError('KUBE_CANCELLED', 'cancelled'));
      const sent = this.#start(request, credentials, agent);
      const deadline = new Deadline(timeoutMs, () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      const onAbort = (): void => void sent.destroy(new KubeError('KUBE_CANCELLED', 'cancelled'));
      aborted.addEventListener('abort', onAbort, { once: true });
      sent.on('close', () => {
        deadline.clear();
        aborted.removeEventListener('abort', onAbort);
      });
      sent.setSocketKeepAlive(true, KEEP_ALIVE_MS);
      sent.on('error', reject);
      sent.on('response', (message) => resolve({ message, deadline }));
      sent.end(request.body);
    });
  }

  #start(request: KubeRequest, credentials: Credentials, agent: HttpAgent): ClientRequest {
    const { server } = this.#connection;
    const options: RequestOptions = {
      method: request.method,
      hostname: server.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: server.port,
      path: `${server.pathname.replace(/\/$/, '')}${request.path}`,
      agent,
      ...credentials.tls,
      ...(credentials.agent === undefined ? {} : { agent: credentials.agent }),
      headers: {
        'user-agent': 'kube-ovn',
        ...request.headers,
        ...credentials.headers,
        ...(request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) }),
      },
    };
    return server.protocol === 'https:' ? requestHttps(options) : requestHttp(options);
  }
}

/** A timer that can be wound again. */
class Deadline {
  readonly #timer: NodeJS.Timeout;

  constructor(ms: number, expired: () => void) {
    this.#timer = setTimeout(expired, ms);
    this.#timer.unref();
  }

  rewind(): void {
    this.#timer.refresh();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

async function* liveChunks(message: IncomingMessage, deadline: Deadline): AsyncGenerator<string, void> {
  try {
    for await (const chunk of textOf(message)) {
      deadline.rewind();
      yield chunk;
    }
  } finally {
    deadline.clear();
    message.destroy();
  }
}

function textOf(message: IncomingMessage): AsyncIterable<string> {
  message.setEncoding('utf8');
  return message as AsyncIterable<string>;
}

/** A transport to the server of a kubeconfig. */
export function nodeTransport(connection: Connection): Transport {
  return new NodeTransport(connection);
}
