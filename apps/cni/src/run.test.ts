import { describe, expect, test } from 'vitest';
import type { CniResponse } from '@kube-ovn/api';
import fc from 'fast-check';
import type { DaemonAnswer } from './daemon-client.ts';
import { run, type Edge } from './run.ts';

const pod = {
  CNI_CONTAINERID: 'c0ffee',
  CNI_NETNS: '/run/netns/pod',
  CNI_IFNAME: 'eth0',
  CNI_PATH: '/opt/cni/bin',
  CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0;K8S_POD_INFRA_CONTAINER_ID=c0ffee;K8S_POD_UID=u1',
};
const network = { cniVersion: '1.1.0', name: 'k8s-pod-network', type: 'kube-ovn', server_socket: '/run/x.sock' };
const response: CniResponse = {
  ips: [
    { protocol: 'IPv4', ip: '10.16.0.5', cidr: '10.16.0.0/16', gateway: '10.16.0.1' },
    { protocol: 'IPv6', ip: 'fd00:10:16::5', cidr: 'fd00:10:16::/64', gateway: 'fd00:10:16::1' },
  ],
  mac_address: '0a:00:00:00:00:05',
  routes: [{ dst: '0.0.0.0/0', gw: '10.16.0.1' }],
  mtu: 1400,
  nicname: 'eth0',
  host_nicname: 'c0ffee_h',
};
const success: DaemonAnswer = { status: 200, body: JSON.stringify(response) };

interface Call {
  readonly code: number;
  readonly output: Record<string, unknown> | undefined;
  readonly posts: readonly { readonly socket: string; readonly path: string; readonly body: Record<string, unknown> }[];
}

async function call(environment: Readonly<Record<string, string>>, stdin: string | object, answer: DaemonAnswer = success): Promise<Call> {
  const posts: Call['posts'][number][] = [];
  const printed: string[] = [];
  const edge: Edge = {
    read: (name) => environment[name],
    stdin: () => (typeof stdin === 'string' ? stdin : JSON.stringify(stdin)),
    print: (text) => printed.push(text),
    post: async (address, path, body) => {
      posts.push({ socket: address.socket, path, body: JSON.parse(body) as Record<string, unknown> });
      return answer;
    },
  };
  const code = await run(edge);
  const [output] = printed;
  return { code, output: output === undefined ? undefined : (JSON.parse(output) as Record<string, unknown>), posts };
}

describe('ADD', () => {
  test('the request carries what the daemon needs', async () => {
    const { posts } = await call(
      { ...pod, CNI_COMMAND: 'ADD' },
      { ...network, routes: [{ dst: '10.0.0.0/8', gw: '10.16.0.9' }], dns: { nameservers: ['10.96.0.10'] } },
    );
    expect(posts).toEqual([
      {
        socket: '/run/x.sock',
        path: '/api/v1/add',
        body: {
          cni_type: 'kube-ovn',
          network: 'k8s-pod-network',
          pod_name: 'web-0',
          pod_namespace: 'shop',
          pod_uid: 'u1',
          container_id: 'c0ffee',
          net_ns: '/run/netns/pod',
          if_name: 'eth0',
          provider: 'ovn',
          routes: [{ dst: '10.0.0.0/8', gw: '10.16.0.9' }],
          dns: { nameservers: ['10.96.0.10'] },
        },
      },
    ]);
  });

  test('result of 1.1.0: interfaces with MTU', async () => {
    const { code, output } = await call({ ...pod, CNI_COMMAND: 'ADD' }, network);
    expect(code).toBe(0);
    expect(output).toEqual({
      cniVersion: '1.1.0',
      interfaces: [
        { name: 'c0ffee_h', mtu: 1400 },
        { name: 'eth0', mac: '0a:00:00:00:00:05', mtu: 1400, sandbox: '/run/netns/pod' },
      ],
      ips: [
        { address: '10.16.0.5/16', gateway: '10.16.0.1', interface: 1 },
        { address: 'fd00:10:16::5/64', gateway: 'fd00:10:16::1', interface: 1 },
      ],
      routes: [{ dst: '0.0.0.0/0', gw: '10.16.0.1' }],
      dns: {},
    });
  });

  test.for(['0.3.0', '0.3.1', '0.4.0'])('result of %s: addresses say their version, interfaces no MTU', async (cniVersion) => {
    const { output } = await call({ ...pod, CNI_COMMAND: 'ADD' }, { ...network, cniVersion });
    expect(output).toMatchObject({ cniVersion, ips: [{ version: '4', address: '10.16.0.5/16', interface: 1 }, { version: '6' }] });
    expect(JSON.stringify(output)).not.toContain('mtu');
  });

  test('result of 1.0.0: neither', async () => {
    const { output } = await call({ ...pod, CNI_COMMAND: 'ADD' }, { ...network, cniVersion: '1.0.0' });
    expect(JSON.stringify(output)).not.toMatch(/mtu|"version"/);
  });

  test('address management for another plugin: socket and provider stand under ipam, the result has addresses alone', async () => {
    const macvlan = {
      cniVersion: '1.0.0',
      name: 'net1',
      type: 'macvlan',
      master: 'eth0',
      ipam: { type: 'kube-ovn', server_socket: '/run/y.sock', provider: 'macvlan.default' },
    };
    const { output, posts } = await call({ ...pod, CNI_COMMAND: 'ADD', CNI_IFNAME: 'net1' }, macvlan, {
      status: 200,
      body: JSON.stringify({ ips: response.ips.slice(0, 1) }),
    });
    expect(posts[0]).toMatchObject({ socket: '/run/y.sock', body: { cni_type: 'macvlan', provider: 'macvlan.default', if_name: 'net1' } });
    expect(output).toEqual({ cniVersion: '1.0.0', ips: [{ address: '10.16.0.5/16', gateway: '10.16.0.1' }], routes: [], dns: {} });
  });
});

describe('the other verbs', () => {
  test('DEL succeeds without namespace and without CNI_ARGS, and prints nothing', async () => {
    const { code, output, posts } = await call({ CNI_COMMAND: 'DEL', CNI_CONTAINERID: 'c0ffee', CNI_IFNAME: 'eth0' }, network, {
      status: 204,
      body: '',
    });
    expect([code, output]).toEqual([0, undefined]);
    expect(posts[0]).toMatchObject({ path: '/api/v1/del', body: { container_id: 'c0ffee', net_ns: '', pod_name: '' } });
  });

  test('CHECK passes the cached result on', async () => {
    const prevResult = { cniVersion: '1.0.0', ips: [] };
    const { code, posts } = await call({ ...pod, CNI_COMMAND: 'CHECK' }, { ...network, prevResult }, { status: 204, body: '' });
    expect([code, posts[0]?.body['prev_result']]).toEqual([0, prevResult]);
  });

  test('GC passes the attachments on', async () => {
    const stdin = { ...network, 'cni.dev/valid-attachments': [{ containerID: 'a', ifname: 'eth0' }] };
    const { posts } = await call({ CNI_COMMAND: 'GC', CNI_PATH: '/opt/cni/bin' }, stdin, { status: 204, body: '' });
    expect(posts[0]).toMatchObject({
      path: '/api/v1/gc',
      body: { network: 'k8s-pod-network', valid_attachments: [{ container_id: 'a', if_name: 'eth0' }] },
    });
  });

  test("STATUS: the daemon's refusal is passed on with its code", async () => {
    const refused = { status: 503, body: JSON.stringify({ code: 50, msg: 'ovn-controller is not connected' }) };
    const { code, output } = await call({ CNI_COMMAND: 'STATUS' }, network, refused);
    expect([code, output]).toEqual([1, { cniVersion: '1.1.0', code: 50, msg: 'ovn-controller is not connected' }]);
  });

  test('VERSION needs no daemon', async () => {
    const { code, output, posts } = await call({ CNI_COMMAND: 'VERSION' }, { cniVersion: '0.2.0' });
    expect([code, posts]).toEqual([0, []]);
    expect(output).toEqual({ cniVersion: '1.1.0', supportedVersions: ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'] });
  });
});

describe('refusals: exit code 1, one error object, and the daemon is left alone', () => {
  const add = { ...pod, CNI_COMMAND: 'ADD' };
  const cases: readonly (readonly [
    what: string,
    environment: Readonly<Record<string, string>>,
    stdin: string | object,
    code: number,
    says: string,
  ])[] = [
    ['no verb', {}, network, 4, 'CNI_COMMAND is not set'],
    ['unknown verb', { CNI_COMMAND: 'add' }, network, 4, '"add"'],
    ['no container id', { ...add, CNI_CONTAINERID: '' }, network, 4, 'CNI_CONTAINERID'],
    ['no namespace', { ...add, CNI_NETNS: '' }, network, 4, 'CNI_NETNS'],
    ['no CNI_ARGS', { ...add, CNI_ARGS: '' }, network, 4, 'CNI_ARGS'],
    ['no pod name', { ...add, CNI_ARGS: 'K8S_POD_NAMESPACE=shop' }, network, 4, 'K8S_POD_NAME'],
    ['CNI_ARGS without "="', { ...add, CNI_ARGS: 'web-0' }, network, 4, '"web-0"'],
    ['bad container id', { ...add, CNI_CONTAINERID: '../x' }, network, 4, '"../x"'],
    ['bad interface name', { ...add, CNI_IFNAME: 'a/b' }, network, 4, '"a/b"'],
    ['too long interface name', { ...add, CNI_IFNAME: 'eth0123456789abc' }, network, 4, 'eth0123456789abc'],
    ['relative namespace', { ...add, CNI_NETNS: 'pod' }, network, 4, '"pod"'],
    ['junk on stdin', add, '{"cniVersion":', 6, 'not JSON'],
    ['empty stdin', add, '', 6, 'not JSON'],
    ['a list on stdin', add, '[]', 6, 'not a JSON object'],
    ['unknown version', add, { ...network, cniVersion: '9.9.9' }, 1, '9.9.9'],
    ['no version', add, { name: 'n', type: 'kube-ovn' }, 1, '0.1.0'],
    ['version of the wrong type', add, { ...network, cniVersion: 1 }, 7, 'cniVersion'],
    ['CHECK before 0.4.0', { ...pod, CNI_COMMAND: 'CHECK' }, { ...network, cniVersion: '0.3.1' }, 1, 'CHECK does not exist'],
    ['GC before 1.1.0', { CNI_COMMAND: 'GC' }, { ...network, cniVersion: '1.0.0' }, 1, 'GC does not exist'],
    ['GC without attachments', { CNI_COMMAND: 'GC' }, network, 7, 'cni.dev/valid-attachments'],
    ['CHECK without a result', { ...pod, CNI_COMMAND: 'CHECK' }, network, 7, 'prevResult'],
    ['no name', add, { cniVersion: '1.0.0', type: 'kube-ovn' }, 7, '"name"'],
    ['another plugin without our ipam', add, { ...network, type: 'macvlan' }, 7, '"type"'],
    ['relative socket', add, { ...network, server_socket: 'x.sock' }, 7, '"server_socket"'],
    ['routes of the wrong form', add, { ...network, routes: ['10.0.0.0/8'] }, 7, '"routes"'],
    ['dns of the wrong form', add, { ...network, dns: [] }, 7, '"dns"'],
  ];

  test.for(cases)('%s', async ([, environment, stdin, errorCode, says]) => {
    const { code, output, posts } = await call(environment, stdin);
    expect(code).toBe(1);
    expect(output).toMatchObject({ cniVersion: expect.stringMatching(/^\d/), code: errorCode });
    expect(String(output?.['msg']) + String(output?.['details'])).toContain(says);
    expect(posts).toEqual([]);
  });

  test('an answer that makes no sense', async () => {
    expect(await call(add, network, { status: 200, body: 'ok' })).toMatchObject({ code: 1, output: { code: 5 } });
    expect(await call(add, network, { status: 502, body: '<html>' })).toMatchObject({ code: 1, output: { code: 11, details: '<html>' } });
  });

  test('any bytes on stdin and any environment: always an error object or a result, never a throw', async () => {
    const environments = fc.dictionary(
      fc.constantFrom('CNI_COMMAND', 'CNI_CONTAINERID', 'CNI_NETNS', 'CNI_IFNAME', 'CNI_ARGS'),
      fc.oneof(fc.string(), fc.constantFrom('ADD', 'DEL', 'K8S_POD_NAME=a;K8S_POD_NAMESPACE=b')),
    );
    await fc.assert(
      fc.asyncProperty(environments, fc.oneof(fc.string(), fc.json()), async (environment, stdin) => {
        const { code, output } = await call(environment, stdin);
        expect(code === 0 || typeof output?.['code'] === 'number').toBe(true);
      }),
    );
  });
});
