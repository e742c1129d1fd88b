import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { MARKER } from '../src/infra/layout.ts';
import { namespacesOf } from '../src/infra/leftovers.ts';
import { tearDown } from '../src/infra/teardown.ts';
import { runTool } from '../src/infra/tool.ts';
import { waitFor } from '../src/infra/wait.ts';
import { Kubelet } from '../src/kubelet/kubelet.ts';
import type { PodObject, PodSpec, PodStatus } from '../src/kubelet/pod/types.ts';
import type { PodApi } from '../src/kubelet/ports.ts';
import { kubeletServer, type KubeletServer } from '../src/kubelet/server/server.ts';
import { testLabName } from './names.ts';

/** Keeps pods as an API server would: a status written comes back as a new object, a removed pod goes. */
class PodBoard implements PodApi {
  readonly pods = new Map<string, PodObject>();
  readonly events: string[] = [];
  readonly networks = new Map<string, string>();
  /** phases that were written, by pod */
  readonly phases: string[] = [];
  /** what keeps the API server from answering writes of status */
  held: Promise<void> = Promise.resolve();
  kubelet: Kubelet | undefined;

  put(pod: PodObject): void {
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    this.pods.set(key, pod);
    this.kubelet?.update(key, pod);
  }

  create(name: string, spec: PodSpec, annotations: Record<string, string> = {}): void {
    this.put({ metadata: { name, namespace: 'test', uid: `uid-${name}`, annotations }, spec });
  }

  delete(name: string, graceSeconds: number): void {
    const pod = this.get(name);
    this.put({
      ...pod,
      metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: graceSeconds },
    });
  }

  get(name: string): PodObject {
    return this.pods.get(`test/${name}`)!;
  }

  async writeStatus(pod: PodObject, status: PodStatus): Promise<void> {
    this.phases.push(`${pod.metadata.name} ${status.phase}`);
    await this.held;
    const now = this.pods.get(`test/${pod.metadata.name}`);
    if (now !== undefined) this.put({ ...now, status });
  }

  async annotate(pod: PodObject, annotations: Readonly<Record<string, string>>): Promise<void> {
    const now = this.get(pod.metadata.name);
    this.put({ ...now, metadata: { ...now.metadata, annotations: { ...now.metadata.annotations, ...annotations } } });
  }

  async remove(pod: PodObject): Promise<void> {
    this.pods.delete(`test/${pod.metadata.name}`);
    this.kubelet?.update(`test/${pod.metadata.name}`, undefined);
  }

  async data(_: string, references: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    return new Map(
      references.filter((reference) => reference === 'configmap/settings').map((reference) => [reference, { colour: 'blue' }]),
    );
  }

  async networkConfig(namespace: string, name: string): Promise<string | undefined> {
    return this.networks.get(`${namespace}/${name}`);
  }

  event(object: { metadata: { name: string } }, type: string, reason: string, message: string): void {
    this.events.push(`${object.metadata.name} ${type} ${reason} ${message}`);
  }
}

describe('kubelet', () => {
  const lab = testLabName('tk');
  const host = `${lab}-n1`;
  const dir = mkdtempSync(join(tmpdir(), 'lab-kubelet-'));
  const [root, confDir, binDir, calls, failFile] = ['root', 'conf', 'bin', 'calls', 'fail'].map((name) => join(dir, name)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const board = new PodBoard();
  const socket = join(dir, 'kubelet.sock');
  let kubelet: Kubelet;
  let server: KubeletServer;

  const start = (): Kubelet => {
    const started = new Kubelet({
      nodeName: 'node1',
      hostAddresses: ['192.0.2.1'],
      root,
      cniConfDir: confDir,
      cniBinDirs: [binDir],
      namespacePrefix: `${lab}-p-`,
      resolver: { clusterDns: ['10.96.0.10'], clusterDomain: 'cluster.local' },
      api: board,
      clock: { now: () => Date.now() },
    });
    board.kubelet = started;
    return started;
  };
  const recorded = (): { command: string; ifName: string; id: string; args: string; netns: string; config: Record<string, unknown> }[] =>
    readFileSync(calls, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ReturnType<typeof recorded>[number]);
  const until = <T>(what: string, ask: () => T | Promise<T>) => waitFor(what, ask, { timeoutMs: 15_000, intervalMs: 20 });
  const isReady = (name: string) =>
    board.get(name).status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  const exec = async (
    pod: string,
    command: readonly string[],
    options: { input?: string; tty?: boolean } = {},
  ): Promise<{ out: string; err: string; status: { status: string; details?: { causes: { message: string }[] } } }> => {
    const query = new URLSearchParams(command.map((word): [string, string] => ['command', word]));
    for (const flag of options.tty === true
      ? ['input', 'output', 'tty']
      : [...(options.input === undefined ? [] : ['input']), 'output', 'error'])
      query.set(flag, '1');
    const client = new WebSocket(`ws+unix://${socket}:/exec/test/${pod}/main?${query}`, ['v5.channel.k8s.io']);
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof exec>>>();
    let out = '';
    let err = '';
    let status = '';
    client.on('message', (data: Buffer) => {
      if (data[0] === 1) out += data.subarray(1).toString();
      if (data[0] === 2) err += data.subarray(1).toString();
      if (data[0] === 3) status += data.subarray(1).toString();
    });
    client.on('open', () => {
      if (options.input === undefined) return;
      client.send(Buffer.concat([Buffer.from([0]), Buffer.from(options.input)]));
      if (options.tty !== true) client.send(Buffer.from([255, 0]));
    });
    client.on('close', () => status !== '' && resolve({ out, err, status: JSON.parse(status) }));
    client.on('error', reject);
    return promise;
  };
  const get = async (path: string): Promise<{ code: number; body: string }> => {
    const { promise, resolve, reject } = Promise.withResolvers<{ code: number; body: string }>();
    request({ socketPath: socket, path }, (response) => {
      let body = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => (body += chunk))
        .on('end', () => resolve({ code: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
    return promise;
  };

  beforeAll(async () => {
    process.env[MARKER] = dir;
    await tearDown({ name: lab, dir: join(dir, 'none') });
    await runTool(['ip', 'netns', 'add', host]);
    for (const folder of [confDir, binDir]) mkdirSync(folder);
    for (const type of ['first', 'second']) {
      copyFileSync(join(import.meta.dirname, 'fixtures', 'test-cni.mjs'), join(binDir, type));
      chmodSync(join(binDir, type), 0o755);
    }
    kubelet = start();
    server = kubeletServer(kubelet.served(), () => Date.now());
    await server.listenUnix(socket);
  }, 20_000);

  afterAll(async () => {
    kubelet.release();
    await server[Symbol.asyncDispose]();
    await tearDown({ name: lab, dir });
    delete process.env[MARKER];
    rmSync(dir, { recursive: true, force: true });
  }, 30_000);

  it('holds a pod back, and says why, until the network is configured', async () => {
    board.create('early', { containers: [{ name: 'main', image: 'busybox' }], terminationGracePeriodSeconds: 1 });
    expect(board.events.some((event) => event.startsWith('early Warning NetworkNotReady'))).toBe(true);
    writeFileSync(
      join(confDir, '01-test.conflist'),
      JSON.stringify({
        cniVersion: '1.1.0',
        name: 'cluster',
        plugins: [{ type: 'first', log: calls, prefix: '10.99.0', host, failWhile: failFile, capabilities: { portMappings: true } }],
      }),
    );
    expect((await kubelet.refreshNetwork()).config?.name).toBe('cluster');
    await until('early is ready', () => isReady('early'));
    const { status } = board.get('early');
    expect(status?.phase).toBe('Running');
    expect(status?.podIP).toMatch(/^10\.99\.0\.\d+$/);
    expect(status?.hostIP).toBe('192.0.2.1');
  }, 20_000);

  it('calls the plugin as the specification says', () => {
    const add = recorded().find(({ command }) => command === 'ADD')!;
    expect(recorded()[0]?.command).toBe('STATUS');
    expect(add).toMatchObject({
      ifName: 'eth0',
      config: { cniVersion: '1.1.0', name: 'cluster', type: 'first', runtimeConfig: { portMappings: [] } },
    });
    expect(add.config).not.toHaveProperty('capabilities');
    expect(add.netns).toBe(`/run/netns/${lab}-p-${add.id}`);
    expect(add.args).toContain('K8S_POD_NAMESPACE=test;K8S_POD_NAME=early');
    expect(add.args).toContain('K8S_POD_UID=uid-early');
  });

  it('runs the command in namespaces of its own, with its environment and files', async () => {
    board.create('shell', {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: 'busybox',
          workingDir: '/tmp',
          command: [
            'sh',
            '-c',
            'echo hello $(WHO) from \'$$(WHO)\' $COLOUR $IP; echo oops >&2; trap "exit 0" TERM; while :; do sleep 1; done',
          ],
          env: [
            { name: 'WHO', value: 'lab' },
            { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          ],
        },
      ],
    });
    await until('shell is ready', () => isReady('shell'));
    const { podIP } = board.get('shell').status!;
    const hosts = await exec('shell', ['cat', '/etc/hosts']);
    expect(hosts.out).toContain(`${podIP}\tshell`);
    expect((await exec('shell', ['hostname'])).out).toBe('shell\n');
    expect((await exec('shell', ['pwd'])).out).toBe('/tmp\n');
    expect((await exec('shell', ['ip', '-o', 'addr', 'show', 'eth0'])).out).toContain(`${podIP}/24`);
    expect((await exec('shell', ['sh', '-c', 'echo $WHO; cat /etc/resolv.conf; ls /proc | grep -c "^[0-9]"'])).out).toContain(
      'lab\nnameserver 10.96.0.10\nsearch test.svc.cluster.local',
    );
    const logs = await until('logs', () => get('/containerLogs/test/shell/main'));
    expect(logs.body).toContain(`hello lab from $(WHO) blue ${podIP}\noops\n`);
    expect((await get('/containerLogs/test/shell/main?tailLines=1')).body.split('\n')).toHaveLength(2);
  }, 20_000);

  it('exec: input, output, error and exit code, each on its channel', async () => {
    const result = await exec('shell', ['sh', '-c', 'cat; echo bad >&2; exit 7'], { input: 'typed' });
    expect(result.out).toBe('typed');
    expect(result.err).toBe('bad\n');
    expect(result.status).toMatchObject({ status: 'Failure', details: { causes: [{ message: '7' }] } });
    expect((await exec('shell', ['true'])).status.status).toBe('Success');
  });

  it('exec with a terminal: the command sees one, of the size it was given', async () => {
    const result = await exec('shell', ['sh', '-c', 'test -t 0 && stty size; read line; echo got $line'], { input: 'word\n', tty: true });
    expect(result.out).toContain('24 80');
    expect(result.out).toContain('got word');
    expect(result.status.status).toBe('Success');
  });

  it('exec and logs of what is not there say so', async () => {
    await expect(exec('nobody', ['true'])).rejects.toThrow('404');
    expect(await get('/containerLogs/test/nobody/main')).toMatchObject({ code: 404 });
    expect(await get('/containerLogs/test/shell/main?previous=true')).toMatchObject({ code: 400 });
    expect((await get('/healthz')).body).toBe('ok');
  });

  it('a failing ADD is reported, undone and tried again until it works', async () => {
    writeFileSync(failFile, '');
    board.create('late', { containers: [{ name: 'main', image: 'busybox' }], terminationGracePeriodSeconds: 1 });
    await until('event', () =>
      board.events.some((event) => /^late Warning FailedCreatePodSandBox .*not now; the file is there/.test(event)),
    );
    expect(board.get('late').status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    const failed = recorded().findLast(({ command }) => command === 'ADD')!;
    await until('DEL after the failed ADD', () => recorded().some(({ command, id }) => command === 'DEL' && id === failed.id));
    rmSync(failFile);
    await until('late is ready', () => isReady('late'));
  }, 20_000);

  it('attaches extra networks in order and publishes their status', async () => {
    board.networks.set(
      'test/blue',
      JSON.stringify({ cniVersion: '0.3.1', plugins: [{ type: 'second', log: calls, prefix: '10.98.0', host }] }),
    );
    board.networks.set(
      'other/green',
      JSON.stringify({ cniVersion: '1.0.0', name: 'green', plugins: [{ type: 'second', log: calls, prefix: '10.97.0', host }] }),
    );
    board.create(
      'multi',
      { containers: [{ name: 'main', image: 'busybox' }], terminationGracePeriodSeconds: 1 },
      { 'k8s.v1.cni.cncf.io/networks': 'blue, other/green@data0' },
    );
    await until('multi is ready', () => isReady('multi'));
    const published = JSON.parse(board.get('multi').metadata.annotations!['k8s.v1.cni.cncf.io/network-status']!) as {
      name: string;
      interface: string;
      ips: string[];
      default?: boolean;
    }[];
    expect(published.map(({ name, interface: ifName }) => [name, ifName])).toEqual([
      ['cluster', 'eth0'],
      ['test/blue', 'net1'],
      ['other/green', 'data0'],
    ]);
    expect(published[0]?.default).toBe(true);
    const addresses = await exec('multi', ['ip', '-o', '-4', 'addr']);
    expect(addresses.status.status + addresses.err).toBe('Success');
    expect(addresses.out).toMatch(/net1 .*10\.98\.0\.[\s\S]*data0 .*10\.97\.0\./);
  }, 20_000);

  it('a network that does not exist is an event, not a crash', async () => {
    board.create('wrong', { containers: [{ name: 'main', image: 'busybox' }] }, { 'k8s.v1.cni.cncf.io/networks': 'nowhere' });
    await until('event', () =>
      board.events.some(
        (event) =>
          event.includes('wrong Warning FailedCreatePodSandBox') && event.includes('NetworkAttachmentDefinition test/nowhere not found'),
      ),
    );
    board.delete('wrong', 0);
    expect(await until('wrong is gone', () => !board.pods.has('test/wrong'))).toBe(true);
  }, 20_000);

  it('restarts what fails, keeps the log of the run before, and a job ends', async () => {
    board.create('flaky', {
      restartPolicy: 'OnFailure',
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: 'busybox',
          command: [
            'sh',
            '-c',
            'if [ -e /tmp/lab-flaky ]; then rm /tmp/lab-flaky; echo second; exit 0; fi; touch /tmp/lab-flaky; echo first; exit 3',
          ],
        },
      ],
    });
    await until('flaky has succeeded', () => board.get('flaky').status?.phase === 'Succeeded');
    const [status] = board.get('flaky').status!.containerStatuses!;
    expect(status).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 3, reason: 'Error' } },
      state: { terminated: { exitCode: 0, reason: 'Completed' } },
    });
    expect((await get('/containerLogs/test/flaky/main')).body).toBe('second\n');
    expect((await get('/containerLogs/test/flaky/main?previous=true')).body).toBe('first\n');
    await until('the sandbox is given back', () =>
      recorded().some(({ command, args }) => command === 'DEL' && args.includes('K8S_POD_NAME=flaky')),
    );
  }, 20_000);

  it('an unknown image without a command is waiting, with the reason', async () => {
    board.create('odd', { containers: [{ name: 'main', image: 'registry.example/x/nginx:1.2' }], terminationGracePeriodSeconds: 1 });
    await until('odd waits', () => board.get('odd').status?.containerStatuses?.[0]?.state.waiting?.reason === 'ErrImagePull');
    expect(board.get('odd').status!.containerStatuses![0]!.state.waiting!.message).toContain('"registry.example/x/nginx:1.2"');
  }, 20_000);

  it('a slow API server does not hold a pod up, and gets what has changed meanwhile in one write', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    board.held = promise;
    board.create('slow', { containers: [{ name: 'main', image: 'busybox' }], terminationGracePeriodSeconds: 1 });
    await until('the start', () => board.events.some((event) => event.startsWith('slow Normal Started')));
    expect(board.phases.filter((phase) => phase.startsWith('slow '))).toEqual(['slow Pending']);
    resolve();
    await until('Ready', () => isReady('slow'));
    expect(board.phases.filter((phase) => phase.startsWith('slow '))).toEqual(['slow Pending', 'slow Running']);
    board.delete('slow', 0);
    await until('the end', () => !board.pods.has('test/slow'));
  });

  it('probes decide readiness and life', async () => {
    board.create('probed', {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: 'busybox',
          readinessProbe: { exec: { command: ['test', '-e', '/tmp/lab-probed-ready'] }, periodSeconds: 1 },
          livenessProbe: { exec: { command: ['test', '!', '-e', '/tmp/lab-probed-dead'] }, periodSeconds: 1, failureThreshold: 1 },
        },
      ],
    });
    await until('running', () => board.get('probed').status?.phase === 'Running');
    expect(isReady('probed')).toBe(false);
    await exec('probed', ['touch', '/tmp/lab-probed-ready']);
    await until('ready', () => isReady('probed'));
    await exec('probed', ['touch', '/tmp/lab-probed-dead']);
    await until('restarted', () => board.get('probed').status?.containerStatuses?.[0]?.restartCount === 1);
    expect(board.events.some((event) => event.startsWith('probed Warning Unhealthy Liveness probe failed'))).toBe(true);
    rmSync('/tmp/lab-probed-ready', { force: true });
    rmSync('/tmp/lab-probed-dead', { force: true });
  }, 20_000);

  it("a pod of the host network runs with the node's addresses and without CNI", async () => {
    board.create('hosty', {
      hostNetwork: true,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: 'agnhost',
          args: ['netexec', '--http-port=18080', '--udp-port=18081'],
          readinessProbe: { httpGet: { path: '/hostname', port: 18080, host: '127.0.0.1' } },
        },
      ],
    });
    await until('hosty is ready', () => isReady('hosty'));
    expect(board.get('hosty').status?.podIPs).toEqual([{ ip: '192.0.2.1' }]);
    expect(recorded().some(({ args }) => args?.includes('K8S_POD_NAME=hosty'))).toBe(false);
  }, 20_000);

  it("a kubelet that starts again keeps the pods' sandboxes and addresses", async () => {
    const before = board.get('shell').status!.podIP;
    const adds = recorded().filter(({ command }) => command === 'ADD').length;
    kubelet.release();
    await server[Symbol.asyncDispose]();
    kubelet = start();
    await kubelet.refreshNetwork();
    for (const [key, pod] of board.pods) kubelet.update(key, pod);
    await kubelet.removeOrphans(() => undefined);
    server = kubeletServer(kubelet.served(), () => Date.now());
    await server.listenUnix(socket);
    await until('shell runs', () =>
      exec('shell', ['true']).then(
        ({ status }) => status.status === 'Success',
        () => false,
      ),
    );
    expect(board.get('shell').status?.podIP).toBe(before);
    expect(recorded().filter(({ command }) => command === 'ADD')).toHaveLength(adds);
  }, 20_000);

  it('deletion: gentle end, DEL with the result of ADD, nothing left', async () => {
    for (const name of [...board.pods.keys()].map((key) => key.slice('test/'.length))) board.delete(name, 5);
    await until('all pods are gone', () => board.pods.size === 0);
    expect(namespacesOf(lab)).toEqual([host]);
    expect(existsSync(join(root, 'pods')) ? (await runTool(['ls', join(root, 'pods')])).stdout : '').toBe('');
    const dels = recorded().filter(({ command, args }) => command === 'DEL' && args.includes('K8S_POD_NAME=multi'));
    expect(dels.map(({ ifName }) => ifName)).toEqual(['data0', 'net1', 'eth0']);
    expect(dels.find(({ ifName }) => ifName === 'eth0')?.config).toHaveProperty('prevResult');
    expect(dels.find(({ ifName }) => ifName === 'net1')?.config).not.toHaveProperty('prevResult');
  }, 40_000);
});
