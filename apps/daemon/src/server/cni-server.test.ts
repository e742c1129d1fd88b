import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tryAgainLater } from '../errors.ts';
import { listenCni, type CniHandlers, type ServedCall } from './cni-server.ts';

let directory: string;
let path: string;
const servers: Server[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ko-cni-server-'));
  path = join(directory, 'sub', 'daemon.sock');
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(directory, { recursive: true });
});

const body = {
  cni_type: 'kube-ovn',
  network: 'n',
  pod_name: 'p',
  pod_namespace: 'ns',
  container_id: 'c',
  net_ns: '',
  if_name: 'eth0',
  provider: 'ovn',
};

async function listen(handlers: Partial<CniHandlers> = {}): Promise<ServedCall[]> {
  const served: ServedCall[] = [];
  const nothing = () => Promise.resolve(undefined);
  const all = { ADD: nothing, DEL: nothing, CHECK: nothing, GC: nothing, STATUS: nothing, ...handlers };
  servers.push(await listenCni({ path, handlers: all, now: () => 0, served: (call) => served.push(call) }));
  return served;
}

function post(url: string, text: string, method = 'POST'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: path, path: url, method }, (response) => {
      let answer = '';
      response.on('data', (chunk) => (answer += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: answer }));
    });
    call.on('error', reject);
    call.end(text);
  });
}

describe('listenCni', () => {
  test('the socket is for root alone, and its directory is made', async () => {
    await listen();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a result is 200 with JSON, none is 204', async () => {
    const served = await listen({ ADD: (call) => Promise.resolve({ ips: [], nicname: call.if_name }) });
    expect(await post('/api/v1/add', JSON.stringify(body))).toEqual({ status: 200, body: '{"ips":[],"nicname":"eth0"}' });
    expect(await post('/api/v1/del', JSON.stringify(body))).toEqual({ status: 204, body: '' });
    expect(served.map(({ verb, failure }) => [verb, failure])).toEqual([
      ['ADD', undefined],
      ['DEL', undefined],
    ]);
  });

  test('failures have the code of the specification; whatever is thrown, an answer comes', async () => {
    const served = await listen({
      ADD: () => Promise.reject(tryAgainLater('wait', 'because')),
      CHECK: () => {
        throw new TypeError('a bug');
      },
    });
    expect(await post('/api/v1/add', JSON.stringify(body))).toEqual({ status: 500, body: '{"code":11,"msg":"wait","details":"because"}' });
    expect(await post('/api/v1/check', JSON.stringify(body))).toEqual({ status: 500, body: '{"code":11,"msg":"a bug"}' });
    expect(served.map(({ failure }) => failure?.code)).toEqual([11, 11]);
  });

  test('junk, unknown paths and methods are refused', async () => {
    await listen();
    expect(await post('/api/v1/add', '{')).toMatchObject({ status: 400, body: expect.stringContaining('"code":6') });
    expect(await post('/api/v1/add', '{}')).toMatchObject({ status: 400, body: expect.stringContaining('cni_type') });
    expect(await post('/api/v2/add', JSON.stringify(body))).toMatchObject({ status: 404 });
    expect(await post('/api/v1/add', '', 'GET')).toMatchObject({ status: 404 });
  });

  test('more than 4 MiB is refused', async () => {
    await listen();
    const answer = await post('/api/v1/add', JSON.stringify({ ...body, extra: 'x'.repeat(5 << 20) })).catch(() => ({
      status: 400,
      body: 'larger',
    }));
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('larger') });
  });

  test('a socket that a dead daemon left is replaced, a living one is not, and a file is not', async () => {
    await listen();
    await expect(listen()).rejects.toThrow('another daemon serves');
    servers.splice(0).forEach((server) => server.close());
    writeFileSync(path, 'precious');
    await expect(listen()).rejects.toThrow('is not a socket');
    expect(existsSync(path)).toBe(true);
    rmSync(path);
    await leaveStaleSocket(path);
    await listen();
    expect((await post('/api/v1/status', JSON.stringify(body))).status).toBe(204);
  });
});

/** A socket file without a listener: what kill -9 leaves. */
async function leaveStaleSocket(at: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${at}.tmp`, resolve));
  const { renameSync } = await import('node:fs');
  renameSync(`${at}.tmp`, at);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
