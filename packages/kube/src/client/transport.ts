/** The network as a port: what a client needs of it. */

/** One request. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Longest wait for the answer (for a stream: for its head), in milliseconds. */
  readonly timeoutMs: number;
  /** Longest wait between two pieces of a stream, in milliseconds; default `timeoutMs`. */
  readonly idleMs?: number;
  readonly signal?: AbortSignal;
}

/** A whole answer. */
export interface KubeResponse {
  readonly status: number;
  readonly body: string;
}

/** An answer that goes on. When `status` is not 200, `chunks` is the error's text. */
export interface KubeStream {
  readonly status: number;
  readonly chunks: AsyncIterable<string>;
}

/** Rejections mean that there was no (whole) answer; failures that the server reports are answers. */
export interface Transport {
  send(request: KubeRequest): Promise<KubeResponse>;
  stream(request: KubeRequest): Promise<KubeStream>;
  /** Close what is open and refuse what comes. */
  close(): void;
}
