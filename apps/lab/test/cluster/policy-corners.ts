import { join } from 'node:path';
import { resources, type KubeObject, type NetworkPolicy } from '@kube-ovn/api';
import { afterAll, afterEach, expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import { observeFrom } from '../../src/matrix/measure.ts';
import { becomesReady, eventually, namespaceObject, nbctl, netnsOf, removeNamespaces, type LabRef } from './support.ts';

const NAMESPACE = 'np-corners';
const LATER = 'np-later';
const SCTP = join(import.meta.dirname, '../fixtures/sctp-init.pl');
/** What is not answered in this time was dropped; an allowed one that was late is asked again by `eventually`. */
const PATIENCE = { tries: 1, timeoutMs: 1000 };

interface End {
  readonly netns: string;
  readonly addresses: readonly string[];
}
interface Wish {
  readonly name: string;
  readonly node: string;
  readonly namespace?: string;
  /** Of its web server; its name is `http` on every pod. */
  readonly port?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** In place of the server; the pod ends with it. */
  readonly script?: string;
}

/** What policies are told of ports, protocols and pods that come and go, with packets. */
export function policyCorners(lab: LabRef): void {
  const ends = new Map<string, End>();
  const endOf = (name: string): End => {
    const end = ends.get(name);
    if (end === undefined) throw new Error(`no ${name} here`);
    return end;
  };
  const server = (port: number) => ({
    name: 'server',
    image: 'agnhost',
    args: ['netexec', `--http-port=${port}`, '--udp-port=8081'],
    ports: [{ name: 'http', containerPort: port }],
  });
  const create = ({ name, node, namespace = NAMESPACE, port = 8080, annotations = {}, script }: Wish): Promise<unknown> =>
    lab().client.create(resources.pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: { app: name }, annotations },
      spec: {
        nodeName: node,
        terminationGracePeriodSeconds: 1,
        ...(script === undefined
          ? { containers: [server(port)] }
          : { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', script] }] }),
      },
    } as KubeObject);
  const start = async (wish: Wish): Promise<void> => {
    await create(wish);
    const pod = await becomesReady(lab(), { namespace: wish.namespace ?? NAMESPACE, name: wish.name });
    ends.set(wish.name, { netns: netnsOf(lab(), pod), addresses: (pod.status?.podIPs ?? []).map(({ ip }) => ip) });
  };
  const apply = async (name: string, spec: NonNullable<NetworkPolicy['spec']>): Promise<void> => {
    const object: NetworkPolicy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, namespace: NAMESPACE },
      spec,
    };
    await lab().client.create(resources.networkPolicy, object);
    await eventually('its rules', async () => (await nbctl(lab(), '--columns=name', 'list', 'ACL')).includes(`np/${NAMESPACE}/${name}/`));
    await nbctl(lab(), '--wait=hv', 'sync');
  };
  const app = (name: string) => ({ matchLabels: { app: name } });

  /** Whether all of some addresses answer by TCP, or none; anything between is no answer. */
  const answers = async (from: string, addresses: readonly string[], port = 8080): Promise<boolean | undefined> => {
    const checks = addresses.map(
      (address) => ({ id: address, protocol: 'tcp', address, port, ask: 'hostname', patience: PATIENCE }) as const,
    );
    const told = (await observeFrom(endOf(from), checks)).map(({ ok }) => ok);
    return told.every(Boolean) ? true : told.some(Boolean) ? undefined : false;
  };
  const reaches = (from: string, to: string, port = 8080): Promise<boolean | undefined> => answers(from, endOf(to).addresses, port);

  afterEach(async () => {
    const { items } = await lab().client.list(resources.networkPolicy, { namespace: NAMESPACE });
    for (const { metadata } of items) await lab().client.delete(resources.networkPolicy, `${NAMESPACE}/${metadata.name}`);
  });
  afterAll(async () => {
    await removeNamespaces(lab(), [NAMESPACE, LATER]);
  }, 60_000);

  it('the name of a port is on each pod the number that the pod gives it', async () => {
    await lab().client.create(resources.namespace, namespaceObject(NAMESPACE));
    await start({ name: 'web', node: 'node1' });
    await start({ name: 'odd', node: 'node2', port: 8090 });
    await start({ name: 'client', node: 'node3' });
    expect([await reaches('client', 'web'), await reaches('client', 'odd', 8090)]).toEqual([true, true]);
    await apply('number', { podSelector: {}, ingress: [{ ports: [{ port: 8080 }] }] });
    expect([await reaches('client', 'web'), await reaches('client', 'odd', 8090)]).toEqual([true, false]);
    await apply('name', { podSelector: {}, ingress: [{ ports: [{ port: 'http' }] }] });
    await eventually('by name both', () => reaches('client', 'odd', 8090));
    expect(await reaches('client', 'web')).toBe(true);
  }, 90_000);

  it('what asks a service is judged by the pod that answers and by its port', async () => {
    const { client } = lab();
    await client.create(resources.service, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: NAMESPACE },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }], ipFamilyPolicy: 'RequireDualStack' },
    } as KubeObject);
    const addresses = (await client.get(resources.service, `${NAMESPACE}/web`)).spec?.clusterIPs ?? [];
    expect(addresses).toHaveLength(2);
    const asks = (from: string): Promise<boolean | undefined> => answers(from, addresses, 80);
    await eventually('the service answers', () => asks('client'));
    await apply('in', { podSelector: app('web'), ingress: [{ from: [{ podSelector: app('client') }], ports: [{ port: 8080 }] }] });
    expect([await asks('client'), await asks('odd')]).toEqual([true, false]);
    const egress = (port: number) => [{ to: [{ podSelector: app('web') }], ports: [{ port }] }];
    await apply('out', { podSelector: app('client'), policyTypes: ['Egress'], egress: egress(80) });
    expect(await asks('client')).toBe(false); // 80 is the service's, not the pod's
    await client.patch(resources.networkPolicy, `${NAMESPACE}/out`, { spec: { egress: egress(8080) } });
    await eventually('judged by the port of the pod', () => asks('client'));
  }, 90_000);

  it('SCTP, by port and by range; the packets are ours where the kernel has none', async () => {
    const inside = async (name: string, argv: readonly string[]): Promise<string> =>
      (await runTool(['nsenter', `--net=${endOf(name).netns}`, '--', ...argv])).stdout;
    const ports = [80, 81, 90, 95, 96];
    const rules = ports.map((port) => `sctp dport ${port} counter`).join('; ');
    const watch = `table inet watch { chain arrivals { type filter hook prerouting priority 0; ${rules}; }; }`;
    /** Of a packet of each family to each port, how many come out of the wire. */
    const arrived = async (): Promise<Readonly<Record<number, number>>> => {
      await inside('web', ['nft', `table inet watch; delete table inet watch; ${watch}`]);
      for (const port of ports) for (const address of endOf('web').addresses) await inside('client', ['perl', SCTP, address, String(port)]);
      const list = await inside('web', ['nft', 'list', 'table', 'inet', 'watch']);
      return Object.fromEntries(
        [...list.matchAll(/sctp dport (\d+) counter packets (\d+)/g)].map(([, port, count]) => [Number(port), Number(count)]),
      );
    };
    const becomes = async (want: Readonly<Record<number, number>>): Promise<void> => {
      const isAsWanted = async (): Promise<boolean> => JSON.stringify(await arrived()) === JSON.stringify(want);
      await eventually('packets as wanted', isAsWanted, 15_000).catch(() => undefined);
      expect(await arrived()).toEqual(want);
    };
    await becomes({ 80: 2, 81: 2, 90: 2, 95: 2, 96: 2 });
    await apply('sctp', {
      podSelector: app('web'),
      ingress: [
        {
          ports: [
            { protocol: 'SCTP', port: 80 },
            { protocol: 'SCTP', port: 90, endPort: 95 },
            { protocol: 'TCP', port: 81 },
          ],
        },
      ],
    });
    await becomes({ 80: 2, 81: 0, 90: 2, 95: 2, 96: 0 });
  }, 90_000);

  it('peers that come after the policy are let in', async () => {
    const later = { 'kubernetes.io/metadata.name': LATER };
    await apply('early', {
      podSelector: app('web'),
      ingress: [{ from: [{ namespaceSelector: { matchLabels: later }, podSelector: app('late') }] }],
    });
    expect(await reaches('client', 'web')).toBe(false);
    await lab().client.create(resources.namespace, namespaceObject(LATER));
    await start({ name: 'late', namespace: LATER, node: 'node2' });
    await start({ name: 'other', namespace: LATER, node: 'node2' });
    await eventually('let in', () => reaches('late', 'web'));
    expect(await reaches('other', 'web')).toBe(false);
  }, 90_000);

  it('a completed pod leaves its rights to nobody who gets its address', async () => {
    const { client } = lab();
    await apply('friends', { podSelector: app('web'), ingress: [{ from: [{ podSelector: { matchLabels: { role: 'friend' } } }] }] });
    const [v4 = ''] = endOf('web').addresses;
    await create({
      name: 'job',
      node: 'node2',
      script: `for i in $(seq 100); do ping -q -c1 -W1 ${v4} && exit 0; sleep 0.2; done; exit 1`,
    });
    await client.patch(resources.pod, `${NAMESPACE}/job`, { metadata: { labels: { role: 'friend' } } });
    const ended = await eventually('the job has ended', async () => {
      const job = await client.get(resources.pod, `${NAMESPACE}/job`);
      return job.status?.phase === 'Succeeded' || job.status?.phase === 'Failed' ? job : undefined;
    });
    expect(ended.status?.phase).toBe('Succeeded');
    const addresses = (ended.status?.podIPs ?? []).map(({ ip }) => ip);
    expect(addresses).toHaveLength(2);
    await start({ name: 'heir', node: 'node3', annotations: { 'ovn.kubernetes.io/ip_address': addresses.join(',') } });
    expect(endOf('heir').addresses).toEqual(addresses);
    await nbctl(lab(), '--wait=hv', 'sync');
    expect(await reaches('heir', 'web')).toBe(false);
    await client.patch(resources.pod, `${NAMESPACE}/heir`, { metadata: { labels: { role: 'friend' } } });
    await eventually('let in by a label of its own', () => reaches('heir', 'web'));
  }, 90_000);
}
