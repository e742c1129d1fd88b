import { PassThrough } from 'node:stream';
import { Exec, KubeConfig } from '@kubernetes/client-node';
import type { V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/apiserver/json.ts';
import type { TestServer } from '../../src/apiserver/testing/test-server.ts';
import { startTestServer } from '../../src/apiserver/testing/test-server.ts';
import type { EchoKubelet } from './echo-kubelet.ts';
import { startEchoKubelet } from './echo-kubelet.ts';
import { pod, pods } from './objects.ts';

let server: TestServer;
let kubelet: EchoKubelet;
beforeAll(async () => {
  server = await startTestServer();
  kubelet = await startEchoKubelet(server.dir);
  await server.ok('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', annotations: { 'lab.kube-ovn.io/kubelet-socket': kubelet.socketPath } },
  });
  await server.ok('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' } });
  await server.ok('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n3', annotations: { 'lab.kube-ovn.io/kubelet-socket': '/nowhere.sock' } },
  });
});
afterAll(async () => {
  await kubelet[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const bind = (name: string, node: string): Promise<unknown> =>
  server.ok('POST', `${pods}/${name}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target: { kind: 'Node', name: node },
  });

describe('binding', () => {
  it('puts a pod on a node, once', async () => {
    await server.ok('POST', pods, pod('b1'));
    await bind('b1', 'n1');
    expect(await server.ok('GET', `${pods}/b1`)).toMatchObject({
      spec: { nodeName: 'n1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
    });
    const again = await server.call('POST', `${pods}/b1/binding`, { body: { metadata: { name: 'b1' }, target: { name: 'n2' } } });
    expect(again.body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: expect.stringContaining('pod b1 is already assigned to node "n1"') as string,
    });
  });

  it('works by the older path too, and needs a target', async () => {
    await server.ok('POST', pods, pod('b2'));
    await server.ok('POST', '/api/v1/namespaces/default/bindings', {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'b2' },
      target: { kind: 'Node', name: 'n1' },
    });
    expect(await server.ok('GET', `${pods}/b2`)).toMatchObject({ spec: { nodeName: 'n1' } });
    expect((await server.call('POST', `${pods}/b2/binding`, { body: {} })).code).toBe(400);
  });
});

describe('log', () => {
  beforeAll(async () => {
    await server.ok(
      'POST',
      pods,
      pod('l1', {
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'y' },
        ],
      }),
    );
    await server.ok('POST', pods, pod('l2', { nodeName: 'n2' }));
    await server.ok('POST', pods, pod('l3', { nodeName: 'n3' }));
  });

  it('is refused before the pod has a node', async () => {
    expect((await server.call('GET', `${pods}/l1/log?container=a`)).body).toMatchObject({
      code: 400,
      message: 'pod l1 does not have a host assigned',
    });
    await bind('l1', 'n1');
  });

  it('is passed on, whole or followed', async () => {
    expect((await server.call('GET', `${pods}/l1/log?container=a&tailLines=5`)).text).toBe('line 1\n');
    expect(kubelet.asked.at(-1)).toBe('/containerLogs/default/l1/a?tailLines=5');
    expect((await server.call('GET', `${pods}/l1/log?container=b&follow=true`)).text).toBe('line 1\nline 2\n');
  });

  it('needs to know the container', async () => {
    expect((await server.call('GET', `${pods}/l1/log`)).body).toMatchObject({
      code: 400,
      message: 'a container name must be specified for pod l1, choose one of: [a b]',
    });
    expect((await server.call('GET', `${pods}/l1/log?container=c`)).body).toMatchObject({
      code: 400,
      message: 'container c is not valid for pod l1',
    });
    expect((await server.call('GET', `${pods}/none/log`)).code).toBe(404);
  });

  it('says which kubelet is out of reach', async () => {
    expect((await server.call('GET', `${pods}/l2/log`)).body).toMatchObject({
      code: 500,
      message: expect.stringContaining('node "n2" doesn\'t say where its kubelet listens') as string,
    });
    expect((await server.call('GET', `${pods}/l3/log`)).body).toMatchObject({
      code: 500,
      message: expect.stringContaining("/nowhere.sock can't be reached") as string,
    });
  });
});

describe('exec', () => {
  beforeAll(async () => {
    await server.ok('POST', pods, pod('x1', { nodeName: 'n1' }));
    await server.ok('POST', pods, pod('x2'));
  });

  interface Ran {
    readonly out: string;
    readonly err: string;
    readonly status: V1Status;
  }

  function run(name: string, command: string[]): Promise<Ran> {
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    const [out, err] = [new PassThrough(), new PassThrough()];
    return new Promise((resolve, reject) => {
      const done = (status: V1Status): void => resolve({ out: String(out.read()), err: String(err.read()), status });
      new Exec(config).exec('default', name, 'main', command, out, err, null, false, done).catch(reject);
    });
  }

  it('runs a command by the official client and brings back its exit code', async () => {
    const ran = await run('x1', ['echo', 'two words']);
    expect(ran).toMatchObject({
      out: 'echo two words\n',
      err: 'warning\n',
      status: { status: 'Failure', details: { causes: [{ reason: 'ExitCode', message: '3' }] } },
    });
    expect(kubelet.asked.at(-1)).toBe('/exec/default/x1/main?stdout=true&stderr=true&stdin=false&tty=false&command=echo&command=two+words');
  });

  it('is refused where it cannot be', async () => {
    await expect(run('x2', ['true'])).rejects.toBeDefined();
    expect((await server.call('GET', `${pods}/x1/exec?command=true`)).body).toMatchObject({
      code: 400,
      message: 'Upgrade request required',
    });
    const spdy = await server.call('POST', `${pods}/x1/exec?command=true`, { headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' } });
    expect(spdy.body).toMatchObject({ code: 400, message: expect.stringContaining('only WebSocket is offered') as string });
  });
});

describe('eviction', () => {
  it('is a deletion that a budget may refuse', async () => {
    const labels = { app: 'guarded' };
    const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    for (const name of ['e1', 'e2']) {
      const made = await server.ok('POST', pods, pod(name, { nodeName: 'n1' }, { labels }));
      await server.ok('PUT', `${pods}/${name}/status`, { ...made, status: ready });
    }
    const budget: JsonObject = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'guard' },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    };
    await server.ok('POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', budget);
    const evict = (name: string): ReturnType<TestServer['call']> =>
      server.call('POST', `${pods}/${name}/eviction`, { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } } });
    expect((await evict('e1')).code).toBe(201);
    expect((await server.ok('GET', `${pods}/e1`)).metadata.deletionTimestamp).toBeDefined();
    const refused = await evict('e2');
    expect(refused.body).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: expect.stringContaining("Cannot evict pod as it would violate the pod's disruption budget") as string,
    });
    expect(refused.headers['retry-after']).toBe('10');
  });
});

describe('tokens and reviews', () => {
  it('give a service account a token that is good for requests', async () => {
    await expect
      .poll(async () => (await server.call('GET', '/api/v1/namespaces/default/serviceaccounts/default')).code, { timeout: 5000 })
      .toBe(200);
    const request = await server.ok('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [], expirationSeconds: 1 },
    });
    const { token } = request['status'] as { token: string };
    const who = await server.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      anonymous: true,
      headers: { authorization: `Bearer ${token}` },
      body: {},
    });
    expect(who.body).toMatchObject({ status: { userInfo: { username: 'system:serviceaccount:default:default' } } });
    const debug = await server.call('POST', '/debug/lab/cut-watches', { anonymous: true, headers: { authorization: `Bearer ${token}` } });
    expect(debug.body).toMatchObject({ code: 403, reason: 'Forbidden' });
    const review = await server.ok('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'bad' } });
    expect(review['status']).toMatchObject({ authenticated: false });
  });

  it('turn away strangers, except from the health paths', async () => {
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic YTpi' }]) {
      expect((await server.call('GET', '/api/v1/pods', { anonymous: true, headers })).body).toMatchObject({
        code: 401,
        reason: 'Unauthorized',
      });
    }
    for (const path of ['/healthz', '/livez', '/readyz', '/readyz/ping'])
      expect((await server.call('GET', path, { anonymous: true })).text).toBe('ok');
    expect((await server.call('GET', '/version', { anonymous: true })).body).toMatchObject({ major: '1', minor: '32' });
  });
});
