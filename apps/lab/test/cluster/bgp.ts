import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { resources, type BgpSpeakerStatus, type KubeObject, type Pod } from '@kube-ovn/api';
import { KubeError } from '@kube-ovn/kube';
import { afterAll, expect, it } from 'vitest';
import type { NodeLayout } from '../../src/infra/layout.ts';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { speaker } from '../../src/lab/programs.ts';
import { Router, type RouterPeer } from './bgp-router.ts';
import { becomesReady, eventsOf, eventually, isReady, kubectl, nodeOf, readyPod, remove, runningPid, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/bgp.yaml');
const CLIENT = join(import.meta.dirname, '../fixtures/service-client.ts');
const LABEL = 'kube-ovn.io/bgp';
const BLOCKS = ['10.106.0.0/24', 'fd00:106::/112'] as const;
const PASSWORD = 'lighthouse';
const FLAGS =
  '--cluster-as 65000 --neighbor-as 65001 --neighbor-address 10.254.0.254 --extended-nexthop --passivemode --enable-bfd --bfd-min-tx 300 --bfd-min-rx 300 --communities 65000:3'.split(
    ' ',
  );
/** What the Subnet harbour asks for, as BIRD prints it. */
const ASKED = '(65000,100) (65000, 1, 2)';

/** docs/features/bgp.md, with packets: a router outside that knows of pods by BGP alone. */
export function bgp(lab: LabRef): void {
  let known: Router | undefined;
  const router = (): Router => (known ??= new Router(lab()));
  const node = (name: string): NodeLayout => nodeOf(lab(), name);
  const start = (name: string, ...flags: readonly string[]): Promise<void> =>
    lab().supervisor.start(speaker(node(name), { kubeconfig: join(lab().layout.dir, 'speaker.kubeconfig'), flags }));
  const stop = (name: string): Promise<void> => lab().supervisor.stop(`${name}-speaker`);
  /** The router waits for node1 and node2, and calls node3, which waits. */
  const peers = (): readonly RouterPeer[] => [
    ...['node1', 'node2'].flatMap((name): readonly RouterPeer[] => [
      { node: node(name), over: 4, passive: true, password: PASSWORD },
      { node: node(name), over: 6, passive: true },
    ]),
    { node: node('node3'), over: 4, passive: false, bothFamilies: true, bfd: true },
  ];
  const addressesOf = ({ status }: Pod): readonly [string, string] => {
    const [v4 = '', v6 = ''] = (status?.podIPs ?? []).map(({ ip }) => ip);
    return [`${v4}/32`, v6];
  };
  const becomes = (prefix: string, ways: string, timeoutMs?: number): Promise<unknown> =>
    eventually(`${prefix} by ${ways === '' ? 'nobody' : ways}`, async () => (await router().ways(prefix)) === ways, timeoutMs);
  /** Whether one of three pings from outside is answered: the router knows the way by BGP or not at all, and the other nodes a new pod a moment later. */
  const answers = async (address: string): Promise<boolean> => {
    const ping = ['ping', '-q', '-c3', '-i0.3', '-W2', address.replace('/32', '')];
    return (await runTool(inNamespace(lab().layout.outside.namespace, ping), { accept: [0, 1, 2] })).code === 0;
  };
  const statusOf = async (name: string): Promise<BgpSpeakerStatus | undefined> => {
    try {
      return (await lab().client.get(resources.bgpSpeaker, name)).status;
    } catch (error) {
      if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
      throw error;
    }
  };
  const established = (name: string, how: string): Promise<unknown> =>
    eventually(`${name}: ${how} established`, async () => (await statusOf(name))?.established === how);
  /** Process of a node's BIRD. Never 0: a signal to that would stop the test itself. */
  const birdOf = (name: string): number => {
    const pid = Number(readFileSync(join(node(name).dir, 'speaker', 'bird.pid'), 'utf8'));
    if (!(pid > 1)) throw new Error(`no BIRD on ${name}`);
    return pid;
  };
  const sessionOtherThan = async (...known: readonly string[]): Promise<string | undefined> => {
    const now = await router().session(node('node1'));
    return now.startsWith('Established') && !known.includes(now) ? now : undefined;
  };
  /** Who answers the outside by HTTP, or what went wrong. */
  const hostname = async (address: string): Promise<string> => {
    const program = [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning', CLIENT];
    const argv = inNamespace(lab().layout.outside.namespace, [...program, 'http', address, '80', '1', '1', '2000', 'hostname']);
    return Object.keys(JSON.parse((await runTool(argv)).stdout) as Record<string, number>).join();
  };
  const pods = new Map<string, Pod>();
  const pod = (name: string): Pod => {
    const found = pods.get(name);
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  };
  const makePod = async (
    namespace: string,
    name: string,
    on: string,
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    pods.set(name, await readyPod(lab(), { name, namespace, node: on, annotations }));
  };

  afterAll(async () => {
    for (const { name } of lab().layout.nodeList) await stop(name);
    await router().stop();
    await lab().client.patch(resources.node, 'node1', { spec: { unschedulable: null } });
    for (const name of ['node1', 'node2']) await lab().client.patch(resources.node, name, { metadata: { labels: { [LABEL]: null } } });
    for (const { metadata } of pods.values()) await remove(lab(), resources.pod, `${metadata.namespace ?? ''}/${metadata.name}`);
    await kubectl(lab(), 'delete', '--ignore-not-found', '-f', MANIFEST);
  });

  it('sessions of BgpPeers over IPv4 with a password and over IPv6: the manifest as it stands', async () => {
    await router().start(peers());
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    await kubectl(lab(), 'label', 'node', 'node1', 'node2', `${LABEL}=true`);
    await Promise.all(['node1', 'node2'].map((name) => start(name, '--announce-cluster-ip')));
    for (const name of ['node1', 'node2']) await established(name, '2/2');
    for (const name of ['node1', 'node2'])
      for (const over of [4, 6] as const) expect(await router().session(node(name), over)).toMatch(/^Established/);
  }, 120_000);

  it('a Subnet and its pods are reached by all speakers, a local pod by its node alone; the outside reaches them by these routes only', async () => {
    for (const block of BLOCKS) await becomes(block, 'node1,node2');
    await makePod('harbour', 'ship', 'node3');
    await makePod('pier', 'boat', 'node2');
    for (const prefix of addressesOf(pod('ship'))) await becomes(prefix, 'node1,node2');
    for (const prefix of addressesOf(pod('boat'))) await becomes(prefix, 'node2');
    for (const name of ['ship', 'boat']) for (const address of addressesOf(pod(name))) expect(await answers(address)).toBe(true);
  }, 120_000);

  it('a pod’s own word goes before its Subnet’s', async () => {
    await makePod('harbour', 'wreck', 'node1', { 'ovn.kubernetes.io/bgp': 'false' });
    await makePod('harbour', 'dinghy', 'node1', { 'ovn.kubernetes.io/bgp': 'local', 'ovn.kubernetes.io/bgp_communities': 'no-export' });
    for (const prefix of addressesOf(pod('dinghy'))) await becomes(prefix, 'node1');
    for (const prefix of addressesOf(pod('wreck'))) expect(await router().ways(prefix)).toBe('');
    const [own] = addressesOf(pod('dinghy'));
    expect(await router().communities(own, node('node1'))).toBe('(65535,65281)');
  }, 60_000);

  it('the router is told communities of the Subnet and of the peer', async () => {
    const [v4, v6] = BLOCKS;
    expect(await router().communities(v4, node('node1'))).toBe(ASKED);
    expect(await router().communities(v6, node('node1'), 6)).toBe('(65000,6) (65000,100) (65000, 1, 2)');
  }, 60_000);

  it('a pod that is not ready any more is withdrawn within a second, and announced again when it is', async () => {
    const flag = join(lab().layout.dir, 'afloat');
    writeFileSync(flag, '');
    const wish = { name: 'raft', namespace: 'pier' };
    const probe = { exec: { command: ['test', '-e', flag] }, periodSeconds: 1, failureThreshold: 1 };
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: wish,
      spec: {
        nodeName: 'node1',
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'main', image: 'busybox', readinessProbe: probe }],
      },
    } as KubeObject;
    await lab().client.create(resources.pod, object);
    pods.set('raft', await becomesReady(lab(), wish));
    for (const prefix of addressesOf(pod('raft'))) await becomes(prefix, 'node1');
    using changes = router().changes();
    rmSync(flag);
    await eventually('not ready', async () => !isReady(await lab().client.get(resources.pod, 'pier/raft')));
    for (const prefix of addressesOf(pod('raft'))) await becomes(prefix, '', 1_000);
    writeFileSync(flag, '');
    await becomesReady(lab(), wish);
    for (const prefix of addressesOf(pod('raft'))) {
      await becomes(prefix, 'node1');
      await eventually('told by the kernel', () => changes.of(prefix).length === 2);
      expect(changes.of(prefix).map((line) => line.startsWith('Deleted'))).toEqual([true, false]);
    }
    rmSync(flag);
  }, 90_000);

  it('a node that is cordoned asks routers to prefer others; what only it has stays', async () => {
    const [v4] = BLOCKS;
    await kubectl(lab(), 'cordon', 'node1');
    for (const block of BLOCKS) await becomes(block, 'node2');
    expect(await router().communities(v4, node('node1'))).toBe('(65000,100) (65535,0) (65000, 1, 2)');
    for (const prefix of addressesOf(pod('dinghy'))) expect(await router().ways(prefix)).toBe('node1');
    await kubectl(lab(), 'uncordon', 'node1');
    for (const block of BLOCKS) await becomes(block, 'node1,node2');
    expect(await router().communities(v4, node('node1'))).toBe(ASKED);
  }, 60_000);

  it('a node that is not Ready any more announces nothing that others announce too, within a second, and packets go on', async () => {
    const kubelet = runningPid(lab(), 'node1-kubelet');
    const setReady = (status: 'True' | 'False'): Promise<unknown> => {
      const conditions = [{ type: 'Ready', status, reason: 'Test', message: '' }];
      return lab().client.patch(resources.node, 'node1', { status: { conditions } }, { type: 'strategic', subresource: 'status' });
    };
    const [address = ''] = addressesOf(pod('ship')).map((prefix) => prefix.replace('/32', ''));
    process.kill(kubelet, 'SIGSTOP');
    const [program = '', ...argv] = inNamespace(lab().layout.outside.namespace, ['ping', '-q', '-i0.005', address]);
    const pinger = spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    pinger.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    const ended = once(pinger, 'close');
    try {
      await setReady('False');
      for (const block of BLOCKS) await becomes(block, 'node2', 1_000);
      for (const prefix of addressesOf(pod('dinghy'))) expect(await router().ways(prefix)).toBe('node1');
      await pause(500);
    } finally {
      await setReady('True');
      process.kill(kubelet, 'SIGCONT');
      for (const block of BLOCKS) await becomes(block, 'node1,node2');
      pinger.kill('SIGINT');
      await ended;
    }
    const [, sent = '0', received = '0'] = /(\d+) packets transmitted, (\d+) received/.exec(text) ?? [];
    expect(Number(sent)).toBeGreaterThan(50);
    expect(Number(sent) - Number(received)).toBeLessThan(10);
  }, 90_000);

  it('a service is reached at its cluster address, in both families, while a pod of it is ready', async () => {
    const { spec = {} } = await lab().client.get(resources.service, 'pier/ferry');
    const addresses = spec.clusterIPs ?? [];
    const prefixes = addresses.map((address) => (address.includes(':') ? address : `${address}/32`));
    expect(addresses).toHaveLength(2);
    for (const prefix of prefixes) expect(await router().ways(prefix)).toBe('');
    const wish = { name: 'ferry', namespace: 'pier' };
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...wish, labels: { app: 'ferry' } },
      spec: { nodeName: 'node3', terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'agnhost', args: ['netexec'] }] },
    } as KubeObject;
    await lab().client.create(resources.pod, object);
    pods.set('ferry', await becomesReady(lab(), wish));
    for (const prefix of prefixes) await becomes(prefix, 'node1,node2');
    for (const address of addresses) await eventually('an answer', async () => (await hostname(address)) === 'ferry');
    await remove(lab(), resources.pod, 'pier/ferry');
    pods.delete('ferry');
    for (const prefix of prefixes) await becomes(prefix, '');
  }, 90_000);

  it('a speaker that is killed withdraws nothing; the next one takes BIRD over, and no session ends', async () => {
    using changes = router().changes();
    const before = await router().session(node('node1'));
    await lab().supervisor.kill('node1-speaker');
    await makePod('pier', 'skiff', 'node1');
    await start('node1', '--announce-cluster-ip');
    for (const prefix of addressesOf(pod('skiff'))) await becomes(prefix, 'node1');
    expect(await router().session(node('node1'))).toBe(before);
    for (const block of BLOCKS) expect(changes.of(block)).toEqual([]);
  }, 60_000);

  it('with graceful restart the router keeps the routes while the speaker is stopped, and while BIRD is killed', async () => {
    using changes = router().changes();
    const before = await router().session(node('node1'));
    await stop('node1');
    await eventually('the session ends', async () => !(await router().session(node('node1'))).startsWith('Established'));
    for (const block of BLOCKS) expect(await router().ways(block)).toBe('node1,node2');
    for (const address of addressesOf(pod('dinghy'))) expect(await answers(address)).toBe(true);
    await start('node1', '--announce-cluster-ip');
    const again = await eventually('another session', async () => sessionOtherThan(before));
    // a router forgets the routes of a peer that restarts before it has told all of them again (RFC 4724 §4.2)
    await eventually('all told again', async () => router().hasAll(node('node1')));
    process.kill(birdOf('node1'), 'SIGKILL');
    await eventually('a third session', async () => sessionOtherThan(before, again));
    await eventually('all told again', async () => router().hasAll(node('node1')));
    await established('node1', '2/2');
    for (const block of BLOCKS) expect(changes.of(block)).toEqual([]);
    for (const prefix of addressesOf(pod('dinghy'))) expect(changes.of(prefix)).toEqual([]);
  }, 120_000);

  it('by flags: one session for both families that the router opens, with BFD and a community; a third way', async () => {
    await start('node3', ...FLAGS);
    await established('node3', '1/1');
    for (const block of BLOCKS) await becomes(block, 'node1,node2,node3');
    expect(await router().communities(BLOCKS[0], node('node3'))).toBe('(65000,3) (65000,100) (65000, 1, 2)');
    await eventually('BFD', async () => (await statusOf('node3'))?.sessions?.[0]?.bfd === 'Up');
  }, 90_000);

  it('a node that falls silent is left because of BFD, long before the hold time', async () => {
    await lab().supervisor.kill('node3-speaker');
    const bird = birdOf('node3');
    process.kill(bird, 'SIGSTOP');
    for (const block of BLOCKS) await becomes(block, 'node1,node2');
    expect(await router().ask('show', 'protocols', 'all', 'node3_v4')).toContain('BFD session down');
    process.kill(bird, 'SIGKILL');
    await start('node3', ...FLAGS);
    for (const block of BLOCKS) await becomes(block, 'node1,node2,node3');
  }, 90_000);

  it('a speaker without graceful restart that is stopped has everything withdrawn', async () => {
    await stop('node3');
    for (const block of BLOCKS) await becomes(block, 'node1,node2');
    expect(await router().session(node('node3'))).not.toMatch(/^Established/);
  }, 60_000);

  it('with a wrong password there is no session over IPv4; the right one mends it, and the log knows neither', async () => {
    const change = async (password: string): Promise<void> => {
      const data = { password: Buffer.from(password).toString('base64') };
      await kubectl(lab(), 'patch', '-n', 'kube-system', 'secret/router', '--type=merge', '-p', JSON.stringify({ data }));
    };
    await change('foghorn');
    for (const name of ['node1', 'node2']) await established(name, '1/2');
    await change(PASSWORD);
    for (const name of ['node1', 'node2']) await established(name, '2/2');
    for (const block of BLOCKS) await becomes(block, 'node1,node2');
    const log = readFileSync(lab().supervisor.logFile('node1-speaker'), 'utf8');
    expect(log).toContain('started');
    for (const password of ['foghorn', PASSWORD]) expect(log).not.toContain(password);
  }, 120_000);

  it('bad input is told on the object, which is not announced; everything else goes on', async () => {
    await makePod('harbour', 'leak', 'node1', { 'ovn.kubernetes.io/bgp': 'perhaps' });
    await lab().client.create(resources.bgpPeer, {
      apiVersion: 'kubeovn.io/v1',
      kind: 'BgpPeer',
      metadata: { name: 'lost' },
      spec: { neighbor: 'here', peerASN: 65_001, localASN: 65_000 },
    });
    const told = async (kind: string, name: string): Promise<string> =>
      eventually(
        `an event of ${kind} ${name}`,
        async () => (await eventsOf(lab(), kind, name)).find(({ reason }) => reason === 'NotAnnounced')?.message,
      );
    expect(await told('Pod', 'leak')).toContain('ovn.kubernetes.io/bgp] is "perhaps": must be one of');
    expect(await told('BgpPeer', 'lost')).toBe('BgpPeer lost: spec.neighbor is "here": must be an IPv4 or IPv6 address');
    await remove(lab(), resources.bgpPeer, 'lost');
    for (const prefix of addressesOf(pod('leak'))) expect(await router().ways(prefix)).toBe('');
    for (const prefix of addressesOf(pod('dinghy'))) expect(await router().ways(prefix)).toBe('node1');
    for (const name of ['node1', 'node2']) expect((await statusOf(name))?.established).toBe('2/2');
  }, 60_000);
}
