/** docs/features/mirror.md, with packets. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { resources, type Mirror, type MirrorSpec, type Pod } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NETNS_DIR } from '../../src/infra/layout.ts';
import { runTool } from '../../src/infra/tool.ts';
import { erspanCopies } from './erspan.ts';
import { echoes, listen, ping } from './listen.ts';
import {
  eventsOf,
  eventually,
  kubectl,
  netnsOf,
  nodeOf,
  readyPod,
  remove,
  removeNamespaces,
  runningPid,
  vsctl,
  type LabRef,
} from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/mirror.yaml');
const NAMESPACE = 'watched';
const GATEWAY = '10.121.0.1';
const LINK = 'mirror0';
const BRIDGE = 'br-mirror';
const SIDE = 'side.watched.ovn';
/** From the row in the database to the packets: some milliseconds. */
const TAKEN_UP_MS = 300;

/** Copies of the traffic of annotated pods, and of those that Mirrors select. */
export function mirror(lab: LabRef): void {
  const pods = new Map<string, Pod>();
  const make = async (name: string, node: string, labels: Readonly<Record<string, string>> = {}): Promise<void> => {
    const annotations = { 'k8s.v1.cni.cncf.io/networks': 'side' };
    pods.set(name, await readyPod(lab(), { name, namespace: NAMESPACE, node, annotations, labels }));
  };
  const pod = (name: string): Pod => {
    const found = pods.get(name);
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  };
  const netns = (name: string): string => netnsOf(lab(), pod(name));
  const address = (name: string, family: 4 | 6 = 4): string =>
    pod(name)
      .status?.podIPs?.map(({ ip }) => ip)
      .find((ip) => ip.includes(':') === (family === 6)) ?? '';
  const sideAddress = (name: string): string => pod(name).metadata.annotations?.[`${SIDE}.kubernetes.io/ip_address`] ?? '';
  const nodeNetns = (node: string): string => `/run/netns/${nodeOf(lab(), node).namespace}`;
  const annotate = (name: string, value: string | null, provider = 'ovn') =>
    lab().client.patch(resources.pod, `${NAMESPACE}/${name}`, {
      metadata: { annotations: { [`${provider}.kubernetes.io/mirror`]: value } },
    });
  const label = (name: string, labels: Readonly<Record<string, string | null>>) =>
    lab().client.patch(resources.pod, `${NAMESPACE}/${name}`, { metadata: { labels } });
  /** What copies on a node, with the identity of its rows. */
  const mirrors = (node: string): Promise<string> =>
    vsctl(nodeOf(lab(), node), '--format=csv', '--no-headings', '--columns=_uuid,name,select_src_port,select_dst_port', 'list', 'Mirror');
  /** Ports that are selected, each for one direction. */
  const copied = async (node: string): Promise<number> => {
    const rows = (await mirrors(node)).split('\n').filter((line) => line !== '');
    return rows.flatMap((row) => row.match(/[0-9a-f]{8}-/g) ?? []).length - rows.length;
  };
  const dumpRules = async (node: string): Promise<string> => {
    const socket = `unix:${join(nodeOf(lab(), node).dir, `${BRIDGE}.mgmt`)}`;
    const { code, stdout } = await runTool(['ovs-ofctl', 'dump-flows', socket], { accept: [0, 1] });
    return code === 0 ? stdout : '';
  };
  const rules = async (node: string): Promise<readonly string[]> => ((await dumpRules(node)).match(/priority=100,.*/g) ?? []).toSorted();
  /** Seconds since a rule was written last. */
  const ageOfRules = async (node: string): Promise<number> =>
    Math.min(...[...(await dumpRules(node)).matchAll(/duration=([\d.]+)s/g)].map(([, seconds]) => Number(seconds)));
  const links = async (node: string): Promise<string> =>
    (await runTool(['nsenter', `--net=${nodeNetns(node)}`, '--', 'ip', '-br', 'link'])).stdout;
  const hasLink = async (node: string, link: string): Promise<boolean> => (await links(node)).includes(link);
  const isUp = async (node: string, link: string): Promise<boolean> => new RegExp(`^${link} .*[<,]UP[,>]`, 'm').test(await links(node));
  const interfacesCopied = (node: string, count: number) =>
    eventually(
      `${count} interfaces copied on ${node}`,
      async () => (await copied(node)) === count * 2 && (await isUp(node, LINK)) && (await rules(node)).length === 2,
    );
  const isClean = async (node: string): Promise<boolean> => {
    const { stdout } = await runTool(['ovs-vsctl', `--db=unix:${nodeOf(lab(), node).ovsSocket}`, 'show']);
    const isThere = [BRIDGE, LINK, 'copies-', 'type: patch', 'type: gre', 'type: erspan'].filter((what) => stdout.includes(what));
    return (
      isThere.length === 0 && (await mirrors(node)).trim() === '' && !(await hasLink(node, BRIDGE)) && !(await hasLink(node, 'copies-'))
    );
  };
  const mirrorObject = (name: string): Promise<Mirror> => lab().client.get(resources.mirror, name);
  const readyOf = async (name: string) => (await mirrorObject(name)).status?.conditions?.find(({ type }) => type === 'Ready');
  /** Wait until a Mirror says that it copies what these pods do, each given with its node. */
  const copying = async (name: string, places: Readonly<Record<string, readonly string[]>>): Promise<void> => {
    const wanted = Object.entries(places)
      .flatMap(([node, names]) => names.map((each) => `${node} ${NAMESPACE}/${each}`))
      .toSorted();
    await eventually(`${name} copies ${wanted.join(', ')}`, async () => {
      const { status } = await mirrorObject(name);
      const told = Object.entries(status?.nodes ?? {}).flatMap(([node, { pods: its = {} }]) =>
        Object.keys(its).map((each) => `${node} ${each}`),
      );
      const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
      return isReady && JSON.stringify(told.toSorted()) === JSON.stringify(wanted);
    });
    await pause(TAKEN_UP_MS);
  };
  const create = (name: string, spec: MirrorSpec) =>
    lab().client.create(resources.mirror, { apiVersion: 'kubeovn.io/v1', kind: 'Mirror', metadata: { name }, spec } as Mirror);
  const restarted = async (part: string): Promise<void> => {
    const pid = runningPid(lab(), part);
    process.kill(pid, 'SIGKILL');
    await eventually(`${part} runs again`, () => ![undefined, pid].includes(lab().supervisor.pid(part)));
  };
  /** The outside, where collectors are. */
  const outside = (): string => `${NETNS_DIR}/${lab().layout.outside.namespace}`;

  beforeAll(async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    await Promise.all([make('seen', 'node1'), make('near', 'node1'), make('far', 'node2')]);
  }, 60_000);

  afterAll(async () => {
    for (const { metadata } of (await lab().client.list(resources.mirror)).items) await remove(lab(), resources.mirror, metadata.name);
    await removeNamespaces(lab(), [NAMESPACE]);
    for (const name of ['watched', 'side']) await remove(lab(), resources.subnet, name);
  }, 60_000);

  it('an annotated pod, live: each of its packets once, of both families, and nobody else’s', async () => {
    expect(await hasLink('node1', LINK)).toBe(false);
    await annotate('seen', 'true');
    await interfacesCopied('node1', 1);
    const heard = await listen({ netns: nodeNetns('node1'), link: LINK });
    expect(await ping(netns('seen'), address('near'), 5)).toBe(5);
    expect(await ping(netns('far'), address('seen'), 4)).toBe(4);
    expect(await ping(netns('seen'), address('far', 6), 3)).toBe(3);
    expect(await ping(netns('seen'), GATEWAY, 2)).toBe(2); // OVN answers itself
    expect(await ping(netns('near'), address('far'), 7)).toBe(7);
    expect(await ping(netns('seen'), sideAddress('near'), 6)).toBe(6);
    const lines = await heard();
    expect(echoes(lines, address('seen'), address('near'))).toEqual({ requests: 5, replies: 5 });
    expect(echoes(lines, address('far'), address('seen'))).toEqual({ requests: 4, replies: 4 });
    expect(echoes(lines, address('seen', 6), address('far', 6))).toEqual({ requests: 3, replies: 3 });
    expect(echoes(lines, address('seen'), GATEWAY)).toEqual({ requests: 2, replies: 2 });
    expect(lines.filter((line) => line.includes('echo'))).toHaveLength(28);
  }, 60_000);

  it('a further interface by its own annotation; a packet between two copied ones is there as sent and as received', async () => {
    await annotate('seen', null);
    for (const name of ['seen', 'near']) await annotate(name, 'true', SIDE);
    await interfacesCopied('node1', 2);
    const heard = await listen({ netns: nodeNetns('node1'), link: LINK });
    expect(await ping(netns('seen'), sideAddress('near'), 5)).toBe(5);
    expect(await ping(netns('seen'), address('near'), 6)).toBe(6);
    const lines = await heard();
    expect(echoes(lines, sideAddress('seen'), sideAddress('near'))).toEqual({ requests: 10, replies: 10 });
    expect(lines.filter((line) => line.includes('echo'))).toHaveLength(20);
  }, 60_000);

  it('a value that is none is told on the pod, and copies nothing; taken away, nothing is left', async () => {
    await annotate('near', 'perhaps', SIDE);
    await eventually('told', async () =>
      (await eventsOf(lab(), 'Pod', 'near')).some(
        ({ reason, message }) => reason === 'MirrorFailed' && message?.includes('"perhaps"') === true && message.includes('no copies'),
      ),
    );
    await interfacesCopied('node1', 1);
    await annotate('seen', null, SIDE);
    await eventually('nothing is left', () => isClean('node1'));
    await annotate('near', null, SIDE);
    expect(await ping(netns('seen'), sideAddress('near'), 2)).toBe(2);
  }, 60_000);

  it('a Mirror copies to an interface of each node what pods with its labels do, as these come and go', async () => {
    expect(await readyOf('watched-web')).toMatchObject({ status: 'True', reason: 'NothingSelected' });
    await label('seen', { app: 'web' });
    await label('far', { app: 'web' });
    await copying('watched-web', { node1: ['seen'], node2: ['far'] });
    const heard = await Promise.all(['node1', 'node2'].map((node) => listen({ netns: nodeNetns(node), link: 'copies-web' })));
    expect(await ping(netns('seen'), address('far'), 5)).toBe(5);
    expect(await ping(netns('near'), address('seen', 6), 3)).toBe(3);
    expect(await ping(netns('near'), GATEWAY, 4)).toBe(4);
    expect(await ping(netns('seen'), sideAddress('near'), 6)).toBe(6);
    const [first = [], second = []] = await Promise.all(heard.map((each) => each()));
    for (const lines of [first, second]) expect(echoes(lines, address('seen'), address('far'))).toEqual({ requests: 5, replies: 5 });
    expect(echoes(first, address('near', 6), address('seen', 6))).toEqual({ requests: 3, replies: 3 });
    expect([first, second].map((lines) => lines.filter((line) => line.includes('echo')).length)).toEqual([16, 10]);
    await label('far', { app: null });
    await copying('watched-web', { node1: ['seen'] });
    await eventually('node2 has nothing left', () => isClean('node2'));
  }, 60_000);

  it('filters and directions; ERSPAN by IPv4 and GRE by IPv6 to collectors', async () => {
    await copying('watched-questions', { node1: ['seen'] });
    await copying('watched-ipv6', { node1: ['seen'] });
    const [erspan, gre] = await Promise.all([
      listen({ netns: outside(), link: 'any', filter: 'ip proto 47 and dst host 203.0.113.10', isRaw: true }),
      listen({ netns: outside(), link: 'any', filter: 'ip6 proto 47 and dst host 2001:db8:113::10' }),
    ]);
    const peer = address('near');
    expect(await ping(netns('seen'), peer, 5)).toBe(5);
    expect(await ping(netns('near'), address('seen'), 4)).toBe(4);
    expect(await ping(netns('seen'), '100.64.0.1', 3)).toBe(3); // not in the block
    expect(await ping(netns('seen'), address('far', 6), 6)).toBe(6);
    await runTool(['nsenter', `--net=${netns('seen')}`, '--', 'bash', '-c', `echo question > /dev/udp/${peer}/53`]);
    const copies = erspanCopies((await erspan()).join('\n'));
    const sent = (type: number | undefined) => copies.filter(({ icmpType, to }) => icmpType === type && to === peer).length;
    expect({ requests: sent(8), replies: sent(0), questions: sent(undefined) }).toEqual({ requests: 5, replies: 4, questions: 1 });
    expect(copies).toHaveLength(10);
    expect(copies.every(({ session, from }) => session === 7 && from === address('seen'))).toBe(true);
    const lines = await gre();
    expect(echoes(lines, address('seen', 6), address('far', 6))).toEqual({ requests: 0, replies: 6 });
  }, 60_000);

  it('a pod gets copies wherever it is, and those of pods wherever these are', async () => {
    await make('ids', 'node2', { role: 'suspect', app: 'web' }); // its own traffic is not copied to it
    await label('seen', { role: 'suspect' });
    await copying('watched-suspects', { node1: ['seen'] });
    await copying('watched-web', { node1: ['seen'], node2: ['ids'] });
    const [toPod, onNode] = await Promise.all([
      listen({ netns: netns('ids'), link: 'eth0', filter: 'ip proto 47' }),
      listen({ netns: nodeNetns('node2'), link: 'copies-web' }),
    ]);
    expect(await ping(netns('seen'), address('near'), 5)).toBe(5);
    expect(await ping(netns('ids'), address('far'), 3)).toBe(3);
    const copies = await toPod();
    expect(echoes(copies, address('seen'), address('near'))).toEqual({ requests: 5, replies: 5 });
    expect(copies.filter((line) => line.includes('echo'))).toHaveLength(10);
    // what it gets, and its complaint that it knows no GRE, are not copied again
    const own = await onNode();
    expect(own.filter((line) => line.includes('GRE') || line.includes('unreachable'))).toEqual([]);
    expect(echoes(own, address('ids'), address('far'))).toEqual({ requests: 3, replies: 3 });

    for (const name of ['seen', 'ids']) await remove(lab(), resources.pod, `${NAMESPACE}/${name}`);
    await eventually('told', async () => (await readyOf('watched-suspects'))?.reason === 'SinkNotThere');
    await make('ids', 'node1');
    await make('seen', 'node3', { role: 'suspect', app: 'web' });
    await copying('watched-suspects', { node3: ['seen'] });
    expect((await mirrorObject('watched-suspects')).status?.sinkAddress).toBe(address('ids'));
    const again = await listen({ netns: netns('ids'), link: 'eth0', filter: 'ip proto 47' });
    expect(await ping(netns('seen'), address('near'), 5)).toBe(5);
    expect(echoes(await again(), address('seen'), address('near'))).toEqual({ requests: 5, replies: 5 });
  }, 60_000);

  it('two pods that get copies of each other are in no loop', async () => {
    await create('watched-back', {
      podSelector: { matchLabels: { role: 'ids' } },
      sink: { pod: { namespace: NAMESPACE, name: 'seen' } },
    });
    await label('ids', { role: 'ids' });
    await copying('watched-back', { node1: ['ids'] });
    const heard = await Promise.all(['ids', 'seen'].map((name) => listen({ netns: netns(name), link: 'eth0', filter: 'ip proto 47' })));
    expect(await ping(netns('seen'), address('near'), 5)).toBe(5);
    expect(await ping(netns('ids'), address('near'), 3)).toBe(3);
    const [toIds = [], toSeen = []] = await Promise.all(heard.map((each) => each()));
    expect(echoes(toIds, address('seen'), address('near'))).toEqual({ requests: 5, replies: 5 });
    expect(echoes(toSeen, address('ids'), address('near'))).toEqual({ requests: 3, replies: 3 });
    for (const lines of [toIds, toSeen])
      expect(lines.filter((line) => line.includes('unreachable') || line.split('GREv0').length > 2)).toEqual([]);
    await remove(lab(), resources.mirror, 'watched-back');
  }, 60_000);

  it('what can not be in force is told on the Mirror, and harms no other', async () => {
    const podSelector = { matchLabels: { app: 'web' } };
    await create('bad-block', { podSelector, filters: [{ peer: '10.0.0.0/33' }], sink: { interface: 'copies-bad' } });
    await create('bad-port', { podSelector, filters: [{ port: 80 }], sink: { interface: 'copies-bad' } });
    await create('bad-name', { podSelector, sink: { interface: 'copies-of-the-web' } });
    await create('bad-pod', { podSelector, sink: { pod: { namespace: NAMESPACE, name: 'nobody' } } });
    await create('bad-link', { podSelector, sink: { interface: 'eth1' } });
    const expected = {
      'bad-block': ['Refused', 'spec.filters[0].peer is "10.0.0.0/33"'],
      'bad-port': ['Refused', 'spec.filters[0].port is "80": needs protocol'],
      'bad-name': ['Refused', 'spec.sink.interface is "copies-of-the-web"'],
      'bad-pod': ['SinkNotThere', 'spec.sink.pod is "watched/nobody"'],
      'bad-link': ['NotOnNode', 'node3: the node has an interface eth1 of its own'],
    };
    for (const [name, [reason, message = '']] of Object.entries(expected)) {
      await eventually(`${name} told`, async () => {
        const ready = await readyOf(name);
        return ready?.status === 'False' && ready.reason === reason && ready.message?.includes(message);
      });
    }
    await eventually('an event', async () => (await eventsOf(lab(), 'Mirror', 'bad-block')).some(({ reason }) => reason === 'Refused'));
    await copying('watched-web', { node3: ['seen'] });
    const heard = await listen({ netns: nodeNetns('node3'), link: 'copies-web' });
    expect(await ping(netns('seen'), address('near'), 5)).toBe(5);
    expect(echoes(await heard(), address('seen'), address('near'))).toEqual({ requests: 5, replies: 5 });
    for (const name of Object.keys(expected)) await remove(lab(), resources.mirror, name);
  }, 60_000);

  it('a daemon that is started anew writes nothing; after ovs-vswitchd is, copies go on', async () => {
    const before = { rows: await mirrors('node3'), flows: await rules('node3') };
    const age = await ageOfRules('node3');
    const heard = await listen({ netns: nodeNetns('node3'), link: 'copies-web' });
    await restarted('node3-daemon');
    await make('later', 'node3'); // it serves again
    expect(await ping(netns('seen'), address('near'), 5)).toBe(5);
    expect({ rows: await mirrors('node3'), flows: await rules('node3') }).toEqual(before);
    expect(await ageOfRules('node3')).toBeGreaterThan(age);
    expect(echoes(await heard(), address('seen'), address('near'))).toEqual({ requests: 5, replies: 5 });
    await restarted('node3-vswitchd');
    await eventually('the rules are back', async () => (await rules('node3')).length === before.flows.length);
    await eventually('the pod answers', async () => (await ping(netns('seen'), address('near'), 1)) === 1);
    await eventually('the link is up', () => isUp('node3', 'copies-web'));
    const again = await listen({ netns: nodeNetns('node3'), link: 'copies-web' });
    expect(await ping(netns('seen'), address('near'), 5)).toBe(5);
    expect(echoes(await again(), address('seen'), address('near'))).toEqual({ requests: 5, replies: 5 });
  }, 60_000);

  it('deleted, even while no daemon looks, Mirrors leave nothing behind', async () => {
    const daemon = runningPid(lab(), 'node3-daemon');
    process.kill(daemon, 'SIGSTOP');
    for (const name of ['watched-web', 'watched-questions', 'watched-ipv6', 'watched-suspects'])
      await remove(lab(), resources.mirror, name);
    expect(await isClean('node3')).toBe(false);
    await restarted('node3-daemon');
    for (const node of ['node1', 'node2', 'node3']) await eventually(`${node} has nothing left`, () => isClean(node));
    expect(await ping(netns('seen'), address('near'), 2)).toBe(2);
  }, 60_000);
}
