/** docs/features/mirror.md, with packets. */
import { join } from 'node:path';
import { resources, type Pod } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
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
const LINK = 'mirror0';
const SIDE = 'side.watched.ovn';

/** Copies of the traffic of annotated pods. */
export function mirror(lab: LabRef): void {
  const pods = new Map<string, Pod>();
  const make = async (name: string, node: string): Promise<void> => {
    const networks = { 'k8s.v1.cni.cncf.io/networks': 'side' };
    pods.set(name, await readyPod(lab(), { name, namespace: NAMESPACE, node, annotations: networks }));
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
  /** What copies on a node, with the identity of its rows. */
  const mirrors = (node: string): Promise<string> =>
    vsctl(nodeOf(lab(), node), '--format=csv', '--no-headings', '--columns=_uuid,name,select_src_port,select_dst_port', 'list', 'Mirror');
  /** Ports that are selected, each for one direction. */
  const copied = async (node: string): Promise<number> => {
    const rows = (await mirrors(node)).split('\n').filter((line) => line !== '');
    return rows.flatMap((row) => row.match(/[0-9a-f]{8}-/g) ?? []).length - rows.length;
  };
  const links = async (node: string): Promise<string> =>
    (await runTool(['nsenter', `--net=${nodeNetns(node)}`, '--', 'ip', '-br', 'link'])).stdout;
  const hasLink = async (node: string, link: string): Promise<boolean> => (await links(node)).includes(link);
  const isUp = async (node: string, link: string): Promise<boolean> => new RegExp(`^${link} .*[<,]UP[,>]`, 'm').test(await links(node));
  const interfacesCopied = (node: string, count: number) =>
    eventually(`${count} interfaces copied on ${node}`, async () => (await copied(node)) === count * 2 && (await isUp(node, LINK)));

  beforeAll(async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    await Promise.all([make('seen', 'node1'), make('near', 'node1'), make('far', 'node2')]);
  }, 60_000);

  afterAll(async () => {
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
    expect(await ping(netns('near'), address('far'), 7)).toBe(7);
    expect(await ping(netns('seen'), sideAddress('near'), 6)).toBe(6);
    const lines = await heard();
    expect(echoes(lines, address('seen'), address('near'))).toEqual({ requests: 5, replies: 5 });
    expect(echoes(lines, address('far'), address('seen'))).toEqual({ requests: 4, replies: 4 });
    expect(echoes(lines, address('seen', 6), address('far', 6))).toEqual({ requests: 3, replies: 3 });
    expect(lines.filter((line) => line.includes('echo'))).toHaveLength(24);
  }, 60_000);

  it('a further interface by its own annotation; a packet between two copied interfaces is copied once', async () => {
    await annotate('seen', null);
    for (const name of ['seen', 'near']) await annotate(name, 'true', SIDE);
    await interfacesCopied('node1', 2);
    const heard = await listen({ netns: nodeNetns('node1'), link: LINK });
    expect(await ping(netns('seen'), sideAddress('near'), 5)).toBe(5);
    expect(await ping(netns('seen'), address('near'), 6)).toBe(6);
    const lines = await heard();
    expect(echoes(lines, sideAddress('seen'), sideAddress('near'))).toEqual({ requests: 5, replies: 5 });
    expect(lines.filter((line) => line.includes('echo'))).toHaveLength(10);
  }, 60_000);

  it('a daemon that is started anew writes nothing', async () => {
    const before = await mirrors('node1');
    const pid = runningPid(lab(), 'node1-daemon');
    const heard = await listen({ netns: nodeNetns('node1'), link: LINK });
    process.kill(pid, 'SIGKILL');
    await eventually('the daemon runs again', () => ![undefined, pid].includes(lab().supervisor.pid('node1-daemon')));
    await make('later', 'node1'); // it serves again
    expect(await ping(netns('seen'), sideAddress('near'), 5)).toBe(5);
    expect(await mirrors('node1')).toBe(before);
    expect(echoes(await heard(), sideAddress('seen'), sideAddress('near'))).toEqual({ requests: 5, replies: 5 });
  }, 60_000);

  it('a value that is none is told on the pod, and copies nothing; taken away, nothing is left', async () => {
    await annotate('near', 'perhaps', SIDE);
    await eventually('told', async () =>
      (await eventsOf(lab(), 'Pod', 'near')).some(
        ({ reason, message }) => reason === 'MirrorFailed' && message?.includes('"perhaps"') === true && message.includes('not copied'),
      ),
    );
    await interfacesCopied('node1', 1);
    await annotate('seen', null, SIDE);
    await eventually('no copies', async () => (await mirrors('node1')).trim() === '' && !(await hasLink('node1', LINK)));
    await annotate('near', null, SIDE);
    expect(await ping(netns('seen'), sideAddress('near'), 2)).toBe(2);
  }, 60_000);
}
