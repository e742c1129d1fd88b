/**
 * The unix socket that the CNI plugin calls: one POST per verb.
 */
import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { cniErrorCodes, cniPaths, MAX_CNI_REQUEST_BYTES, parseCniRequest, type CniRequest, type CniVerb } from '@kube-ovn/api';
import { CniFailure, failureBody } from '../errors.ts';

/** What serves the verbs. A verb without a result answers undefined. */
export type CniHandlers = Readonly<Record<CniVerb, (request: CniRequest) => Promise<object | undefined>>>;

/** One served call, for log and metrics. */
export interface ServedCall {
  readonly verb: CniVerb;
  readonly request: CniRequest | undefined;
  /** Undefined on success. */
  readonly failure: { readonly code: number; readonly msg: string; readonly details?: string } | undefined;
  readonly seconds: number;
}

/** How to serve. */
export interface CniServerOptions {
  readonly path: string;
  readonly handlers: CniHandlers;
  readonly now: () => number;
  readonly served: (call: ServedCall) => void;
}

const verbOfPath: ReadonlyMap<string, CniVerb> = new Map(Object.entries(cniPaths).map(([verb, path]) => [path, verb as CniVerb]));
/** The plugin sends its request at once; ADD may then take its time. */
const REQUEST_TIMEOUT_MS = 10_000;
const HTTP_OK = 200;
const HTTP_NO_CONTENT = 204;
const HTTP_BAD_REQUEST = 400;
const HTTP_FAILED = 500;

/**
 * Listen. The socket is for root alone (mode 0600); what an earlier daemon left at the path is removed, a living one is not.
 * @throws {Error} when another daemon listens there, or something that is no socket is in the way
 */
export async function listenCni(options: CniServerOptions): Promise<Server> {
  await mkdir(dirname(options.path), { recursive: true, mode: 0o755 });
  await removeStaleSocket(options.path);
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, keepAlive: false },
    (request, response) => void serve(request, response, options),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // the umask keeps the moment between bind(2) and chmod(2) closed as well
    const umask = process.umask(0o177);
    server.listen(options.path, resolve);
    process.umask(umask);
  });
  await chmod(options.path, 0o600);
  return server;
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} exists and is not a socket; remove it, or choose another --bind-socket`);
  const isAlive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });
  if (isAlive) throw new Error(`another daemon serves ${path}`);
  await rm(path, { force: true });
}

async function serve(request: IncomingMessage, response: ServerResponse, options: CniServerOptions): Promise<void> {
  const verb = request.method === 'POST' ? verbOfPath.get(request.url ?? '') : undefined;
  if (verb === undefined) {
    request.resume();
    send(response, 404, {
      code: cniErrorCodes.unsupportedField,
      msg: `${request.method} ${request.url} is not served here`,
      details: Object.values(cniPaths).join(', '),
    });
    return;
  }
  const started = options.now();
  let parsed: CniRequest | undefined;
  let failure: ServedCall['failure'];
  try {
    const reading = parseCniRequest(await readBody(request));
    if (!reading.ok)
      throw new CniFailure(
        reading.error.code,
        reading.error.msg,
        reading.error.details === undefined ? {} : { details: reading.error.details },
      );
    parsed = reading.request;
    const result = await options.handlers[verb](parsed);
    send(response, result === undefined ? HTTP_NO_CONTENT : HTTP_OK, result);
  } catch (error) {
    failure = failureBody(error);
    send(response, parsed === undefined ? HTTP_BAD_REQUEST : HTTP_FAILED, failure);
  }
  options.served({ verb, request: parsed, failure, seconds: (options.now() - started) / 1000 });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_CNI_REQUEST_BYTES)
      throw new CniFailure(cniErrorCodes.undecodable, `the request is larger than ${MAX_CNI_REQUEST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: object | undefined): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), Connection: 'close' });
  response.end(text);
}
