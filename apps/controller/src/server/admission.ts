/** Serves reviews over HTTPS. The certificate can be replaced while connections are open: they stay. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { formatReview, readReview, type Verdict, type Write } from '../admission/review.ts';
import { webhookPath } from '../admission/configuration.ts';

export interface AdmissionServerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly judge: (write: Write) => Verdict;
}

export interface AdmissionServer {
  readonly port: number;
  /** Serve new connections with this certificate. */
  useCertificate(pair: { readonly certificate: string; readonly key: string }): void;
  close(): Promise<void>;
}

/** bytes: two objects at etcd's limit of 1.5 MiB, and what JSON adds */
const maxBody = 8 * 1024 * 1024;
/** The API server keeps idle connections for 90 s, and should be the one to end them. @source k8s.io/apimachinery, SetTransportDefaults */
const keepAliveMs = 120_000;

/** @throws when the address can not be listened on */
export async function serveAdmission({ host, port, judge }: AdmissionServerOptions): Promise<AdmissionServer> {
  const server = createServer({ minVersion: 'TLSv1.2' }, (request, response) => {
    answer(request, response, judge).catch(() => response.destroy());
  });
  server.headersTimeout = 5000;
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = keepAliveMs;
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    useCertificate: ({ certificate, key }) => server.setSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, judge: (write: Write) => Verdict): Promise<void> {
  if (request.method !== 'POST' || request.url?.split('?')[0] !== webhookPath) {
    response.writeHead(404).end(`path: POST ${webhookPath}\n`);
    return;
  }
  const body = await bodyOf(request);
  const review = readReview(body);
  if (review === undefined) {
    response.writeHead(400).end('expected an AdmissionReview of admission.k8s.io/v1\n');
    return;
  }
  const verdict = review.object !== undefined ? judge(review) : { refusal: undefined, warnings: [] };
  response.writeHead(200, { 'content-type': 'application/json' }).end(formatReview(review.uid, verdict));
}

/** @throws when it is too large: the connection ends then */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new Error(`a review of more than ${maxBody} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
