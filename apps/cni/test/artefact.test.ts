import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPlugin } from '../build/plugin.ts';

let directory = '';
let forms: Readonly<Record<string, readonly string[]>> = {};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ko-cni-'));
  const { program, script } = await buildPlugin(directory);
  // the script must also run on the Node that starts it by name, hence execPath rather than the PATH
  forms = { program: [program], script: [process.execPath, script] };
}, 60_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

const environment = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'c0ffee',
  CNI_NETNS: '/run/netns/pod',
  CNI_IFNAME: 'eth0',
  CNI_ARGS: 'K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0',
  PATH: process.env['PATH'] ?? '',
};
const configuration = (socket: string): string =>
  JSON.stringify({ cniVersion: '1.0.0', name: 'n', type: 'kube-ovn', server_socket: socket });

/** A daemon that answers every call with `status` and `body`; the bodies of requests are kept. */
async function daemon(path: string, status: number, body: string): Promise<{ server: Server; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, answer) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      requests.push(`${request.method} ${request.url} ${text}`);
      answer.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { server, requests };
}

function start(
  form: string,
  stdin: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const [program = '', ...args] = forms[form] ?? [];
  const child = spawn(program, args, { env: { ...environment, ...extra }, cwd: directory, timeout: 20_000 });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

test('nothing heavy has come along into the bundle: every kilobyte is start-up time', async () => {
  expect((await stat(join(directory, 'kube-ovn.js'))).size).toBeLessThan(16 * 1024);
});

describe.each(['program', 'script'])('the built %s', (form) => {
  test('ADD against a daemon: one request, the result on stdout, exit code 0', async () => {
    const socket = join(directory, `${form}.sock`);
    const { server, requests } = await daemon(
      socket,
      200,
      JSON.stringify({ ips: [{ protocol: 'IPv4', ip: '10.16.0.5', cidr: '10.16.0.0/16' }] }),
    );
    const { code, stdout, stderr } = await start(form, configuration(socket));
    server.close();
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ cniVersion: '1.0.0', ips: [{ address: '10.16.0.5/16' }] });
    expect(requests).toEqual([expect.stringMatching(/^POST \/api\/v1\/add \{.*"pod_name":"web-0"/)]);
  });

  test('no daemon: the error object says "try again later" and names the socket', async () => {
    const socket = join(directory, 'absent.sock');
    const { code, stdout, stderr } = await start(form, configuration(socket));
    expect([code, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toMatchObject({ code: 11, msg: expect.stringContaining(socket) });
  });

  test('a daemon that hangs up: "try again later"', async () => {
    const socket = join(directory, `${form}-rude.sock`);
    const server = createServer((request) => request.socket.destroy());
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const { code, stdout } = await start(form, configuration(socket));
    server.close();
    expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ code: 11 })]);
  });

  test('more than a megabyte on stdin is not swallowed', async () => {
    const { code, stdout } = await start(form, ' '.repeat((1 << 20) + 1));
    expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ code: 5, msg: expect.stringContaining('larger than') })]);
  });

  test('VERSION', async () => {
    const { code, stdout } = await start(form, '{"cniVersion":"1.1.0"}', { CNI_COMMAND: 'VERSION' });
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { cniVersion: '1.1.0' }]);
  });
});
