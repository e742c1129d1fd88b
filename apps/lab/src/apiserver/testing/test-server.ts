/** A whole API server on a free port for tests, and a small client that sees raw answers. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemPorts } from '../clock.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { asObject, formatJson, parseJson } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { loadCredentials, writePrivate } from '../pki/credentials.ts';
import { formatKubeconfig } from '../pki/kubeconfig.ts';
import type { Wired } from '../wire.ts';
import { wire } from '../wire.ts';

/** An answer as it came. */
export interface Answer {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** the body as JSON; an empty object when it is something else */
  readonly body: JsonObject;
}

/** A request. */
export interface Call {
  readonly body?: JsonValue;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** no credentials */
  readonly anonymous?: boolean;
}

/** An event of a watch. */
export interface WatchEvent {
  readonly type: string;
  readonly object: KubeObject;
}

/** A server under test. */
export interface TestServer extends AsyncDisposable {
  readonly wired: Wired;
  readonly url: string;
  readonly kubeconfig: string;
  readonly dir: string;
  /** errors that the server called its own fault */
  readonly failures: readonly unknown[];
  readonly call: (method: string, path: string, call?: Call) => Promise<Answer>;
  /** the status code must be below 300 */
  readonly ok: (method: string, path: string, body?: JsonValue, headers?: Readonly<Record<string, string>>) => Promise<KubeObject>;
  readonly watch: (path: string, headers?: Readonly<Record<string, string>>) => Promise<TestWatch>;
}

/** A watch whose events are collected. */
export interface TestWatch {
  readonly events: readonly WatchEvent[];
  /** resolves when the predicate holds for the events so far; rejects when the watch ends before */
  readonly until: (predicate: (events: readonly WatchEvent[]) => boolean) => Promise<readonly WatchEvent[]>;
  readonly ended: Promise<void>;
  readonly stop: () => void;
}

/** Start a server. Its directory goes away with it; disposing rejects when the server met errors of its own. */
export async function startTestServer(
  options: { readonly historyLimit?: number; readonly serviceClusterIpRange?: string } = {},
): Promise<TestServer> {
  const dir = mkdtempSync(join(tmpdir(), 'lab-apiserver-'));
  const ports = systemPorts();
  const credentials = await loadCredentials(dir, ['127.0.0.1', 'localhost'], ports.now());
  const failures: unknown[] = [];
  const wired = await wire({
    ports,
    credentials,
    serviceClusterIpRange: options.serviceClusterIpRange ?? '10.96.0.0/12',
    advertise: { address: '10.255.0.100', port: 6443 },
    historyLimit: options.historyLimit ?? 4096,
    failed: (error) => failures.push(error),
  });
  await new Promise<void>((resolve) => wired.server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(wired.server.address() as AddressInfo).port}`;
  const kubeconfig = join(dir, 'admin.kubeconfig');
  writePrivate(kubeconfig, formatKubeconfig(url, credentials));
  const agent = new Agent({ ca: credentials.authority.certificate, keepAlive: true, maxSockets: 64 });
  const authorization = { authorization: `Bearer ${credentials.adminToken}` };
  const open = (method: string, path: string, call: Call): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const text = call.text ?? (call.body === undefined ? undefined : formatJson(call.body));
      const headers = {
        ...(call.anonymous === true ? {} : authorization),
        ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
        ...call.headers,
      };
      request(new URL(path, url), { method, agent, headers }, resolve).once('error', reject).end(text);
    });
  const call = async (method: string, path: string, asked: Call = {}): Promise<Answer> => {
    const response = await open(method, path, asked);
    let text = '';
    response.setEncoding('utf8');
    for await (const chunk of response as AsyncIterable<string>) text += chunk;
    return { code: response.statusCode ?? 0, headers: response.headers, text, body: /^\s*\{/.test(text) ? asObject(parseJson(text)) : {} };
  };
  const ok: TestServer['ok'] = async (method, path, body, headers) => {
    const answer = await call(method, path, { ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) });
    if (answer.code >= 300) throw new Error(`${method} ${path}: ${answer.code} ${answer.text}`);
    return answer.body as KubeObject;
  };
  return {
    wired,
    url,
    kubeconfig,
    dir,
    failures,
    call,
    ok,
    watch: async (path, headers = {}) => collect(await open('GET', path, { headers })),
    [Symbol.asyncDispose]: () => {
      wired.close();
      agent.destroy();
      rmSync(dir, { recursive: true, force: true });
      return failures.length === 0 ? Promise.resolve() : Promise.reject(new AggregateError(failures, 'the server failed inside'));
    },
  };
}

function collect(response: IncomingMessage): TestWatch {
  const events: WatchEvent[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  let over = false;
  const settle = (): void => waiting.forEach((check) => check());
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) events.push(parseJson(line) as unknown as WatchEvent);
    settle();
  });
  const ended = new Promise<void>((resolve) => {
    response.once('close', () => {
      over = true;
      settle();
      resolve();
    });
  });
  response.on('error', () => undefined);
  const until: TestWatch['until'] = (predicate) =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (predicate(events)) resolve([...events]);
        else if (over) reject(new Error(`the watch ended after ${events.map(({ type }) => type).join(' ')}`));
        else return;
        waiting.delete(check);
      };
      waiting.add(check);
      check();
    });
  return { events, until, ended, stop: () => response.destroy() };
}
