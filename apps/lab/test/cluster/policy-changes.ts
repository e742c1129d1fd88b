import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { resources, type KubeObject, type NetworkPolicy } from '@kube-ovn/api';
import { expect, it, onTestFinished } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import type { StreamResult } from '../fixtures/stream.ts';
import { netnsOf, becomesReady, eventually, namespaceObject, removeNamespaces, type LabRef } from './support.ts';

const NAMESPACE = 'np-stream';
const CHANGES = 100;
const HTTP = 8080;
const UDP = 8081;
const STREAM = join(import.meta.dirname, '../fixtures/stream.ts');

type Spec = NonNullable<NetworkPolicy['spec']>;

interface Running {
  readonly name: string;
  readonly netns: string;
  readonly addresses: readonly string[];
}

/** Policies change while connections come and go: what every state allows never fails, and what none allows never arrives. */
export function policyChanges(lab: LabRef): void {
  const start = async (name: string, node: string, labels: Readonly<Record<string, string>>): Promise<Running> => {
    await lab().client.create(resources.pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: NAMESPACE, labels },
      spec: {
        nodeName: node,
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'server',
            image: 'agnhost',
            args: ['netexec', `--http-port=${HTTP}`, `--udp-port=${UDP}`],
            ports: [{ name: 'http', containerPort: HTTP }],
          },
        ],
      },
    } as KubeObject);
    const pod = await becomesReady(lab(), { namespace: NAMESPACE, name });
    const netns = netnsOf(lab(), pod);
    return { name, netns, addresses: (pod.status?.podIPs ?? []).map(({ ip }) => ip) };
  };
  const stream = (from: Running, address: string) => {
    const node = [process.execPath, '--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
    const [program, ...args] = ['nsenter', `--net=${from.netns}`, ...node, STREAM, address, String(HTTP), String(UDP)];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => {
      child.kill();
    });
    const output = text(child.stdout);
    return async (): Promise<StreamResult> => {
      child.stdin.end();
      return JSON.parse(await output) as StreamResult;
    };
  };
  const inside = (pod: Running, ...argv: readonly string[]) => runTool(['nsenter', `--net=${pod.netns}`, ...argv]);

  it(`${CHANGES} changes of policies under a stream of connections`, async () => {
    const { client } = lab();
    onTestFinished(async () => {
      await removeNamespaces(lab(), [NAMESPACE]);
    }, 60_000);
    await client.create(resources.namespace, namespaceObject(NAMESPACE));
    const server = await start('server', 'node1', { app: 'server' });
    const friend = await start('friend', 'node2', { app: 'friend', tier: 'front' });
    const stranger = await start('stranger', 'node3', { app: 'stranger' });
    const policy = (name: string, spec: Spec): NetworkPolicy => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, namespace: NAMESPACE },
      spec,
    });

    // Ways to say that the friend may, and nobody else; each of them is in force by itself at times.
    const subject = { podSelector: { matchLabels: { app: 'server' } } };
    const blocks = friend.addresses.map((address) => ({ ipBlock: { cidr: `${address}/${address.includes(':') ? 128 : 32}` } }));
    const friendly: readonly Spec[] = [
      { ...subject, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'friend' } } }] }] },
      { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { tier: 'front' } } }] }] },
      { ...subject, ingress: [{ from: blocks }] },
      {
        ...subject,
        ingress: [
          {
            from: [{ podSelector: { matchLabels: { app: 'friend' } } }],
            ports: [{ port: 'http' }, { protocol: 'UDP', port: 8000, endPort: 9000 }],
          },
        ],
      },
      {
        podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['friend'] }] },
        ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } }] }],
      },
    ];
    const others: readonly Spec[] = [
      { podSelector: {}, ingress: [] },
      {
        podSelector: { matchLabels: { app: 'friend' } },
        policyTypes: ['Egress'],
        egress: [{ to: [{ podSelector: subject.podSelector }] }],
      },
      { ...subject, policyTypes: ['Egress'], egress: [] },
    ];

    await client.create(resources.networkPolicy, policy('base', friendly[0] ?? subject));
    // Of the stranger's packets, how many come out of the wire at the server?
    const [v4 = '', v6 = ''] = stranger.addresses;
    const rules = `ip saddr ${v4} meta l4proto { tcp, udp } counter; ip6 saddr ${v6} meta l4proto { tcp, udp } counter;`;
    const arrived = async (): Promise<number> => {
      const { stdout } = await inside(server, 'nft', '-j', 'list', 'table', 'inet', 'watch');
      const { nftables } = JSON.parse(stdout) as { nftables: readonly { rule?: { expr: readonly { counter?: { packets: number } }[] } }[] };
      return nftables.flatMap(({ rule }) => rule?.expr ?? []).reduce((sum, { counter }) => sum + (counter?.packets ?? 0), 0);
    };
    const isCut = async (): Promise<boolean> => {
      const { code } = await runTool(['nsenter', `--net=${stranger.netns}`, 'ping', '-q', '-c1', '-W1', server.addresses[0] ?? ''], {
        accept: [0, 1],
      });
      return code === 1;
    };
    await eventually('the stranger is cut off', isCut);
    await inside(server, 'nft', `table inet watch { chain arrivals { type filter hook prerouting priority 0; ${rules} }; }`);

    const friends = server.addresses.map((address) => stream(friend, address));
    const strangers = server.addresses.map((address) => stream(stranger, address));
    await pause(500);
    let base = 0;
    const extra = new Set<string>();
    for (let change = 0; change < CHANGES; change++) {
      const dice = Math.random();
      const name = `extra-${Math.floor(Math.random() * others.length)}`;
      const index = Number(name.slice('extra-'.length));
      if (dice < 0.6) {
        base = (base + 1 + Math.floor(Math.random() * (friendly.length - 1))) % friendly.length;
        await client.patch(resources.networkPolicy, `${NAMESPACE}/base`, [{ op: 'replace', path: '/spec', value: friendly[base] }], {
          type: 'json',
        });
      } else if (extra.has(name)) {
        extra.delete(name);
        await client.delete(resources.networkPolicy, `${NAMESPACE}/${name}`);
      } else {
        extra.add(name);
        await client.create(resources.networkPolicy, policy(name, others[index] ?? subject));
      }
      await pause(Math.random() * 150);
    }
    await pause(500);
    const [mine, theirs] = [await Promise.all(friends.map((end) => end())), await Promise.all(strangers.map((end) => end()))];

    expect(mine.flatMap(({ failures }) => failures)).toEqual([]);
    for (const { asked, answered, keptConnections, datagramsAnswered } of mine) {
      expect(answered).toBe(asked);
      expect(asked).toBeGreaterThan(CHANGES);
      expect(keptConnections).toBe(3);
      expect(datagramsAnswered).toBeGreaterThan(CHANGES);
    }
    expect(theirs.map(({ answered, datagramsAnswered }) => [answered, datagramsAnswered])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(await arrived()).toBe(0);
    // The counter counts: with the policies gone, the stranger is heard.
    const { items } = await client.list(resources.networkPolicy, { namespace: NAMESPACE });
    for (const { metadata } of items) await client.delete(resources.networkPolicy, `${NAMESPACE}/${metadata.name}`);
    await eventually('the stranger reaches the server', async () => !(await isCut()));
    const last = stream(stranger, server.addresses[0] ?? '');
    await eventually('and is counted', async () => (await arrived()) > 0);
    // Its connections are established now, and end when a policy forbids them.
    await client.create(resources.networkPolicy, policy('closed', { ...subject, ingress: [] }));
    await eventually('nothing arrives any more', async () => {
      const before = await arrived();
      await pause(300);
      return (await arrived()) === before;
    });
    expect((await last()).failures.filter((failure) => failure.includes('kept'))).not.toEqual([]);
  }, 180_000);
}
