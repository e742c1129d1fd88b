/** docs/monitoring.md, "Reachability": the pingers of the installation, with packets, and a way between two nodes that is cut. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resources, type KubeObject } from '@kube-ovn/api';
import { exampleAddresses, installation } from '@kube-ovn/install';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UPLINK_BRIDGE, type NodeLayout } from '../../src/infra/layout.ts';
import { runTool } from '../../src/infra/tool.ts';
import type { PodObject } from '../../src/kubelet/pod/types.ts';
import { CLUSTER } from '../../src/lab/programs.ts';
import { eventually, isReady, kubectl, netnsOf, nodeOf, podsOf, remove, type LabRef } from './support.ts';

const NAMESPACE = 'kube-system';
const NAME = 'kube-ovn-pinger';
const DNS_SERVER = join(import.meta.dirname, '../fixtures/dns-server.mjs');
const CUT: readonly [string, string] = ['node1', 'node3'];

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Samples of the text format. */
function readSamples(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    return [
      {
        name,
        labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', of = '']) => [key, of])),
        value: Number(value),
      },
    ];
  });
}

const ROUNDS = 'pinger_rounds_total';
const KINDS = ['node', 'pod', 'external'] as const;
/** An address that nobody has. @source RFC 5737 */
const NOBODY = '192.0.2.9';

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** What a pinger counts, by what it counts it of. */
class Figures {
  readonly #samples: readonly Sample[];

  constructor(samples: readonly Sample[]) {
    this.#samples = samples;
  }

  /** `node1 > node2 10.16.0.5` → value. */
  pairs(name: string): ReadonlyMap<string, number> {
    return new Map(
      this.#samples
        .filter((sample) => sample.name === name)
        .map(
          ({
            labels: { src_node_name: from, target_node_name: to, target_pod_ip: pod, target_node_ip: node, target_address: outside },
            value,
          }) => [[from, '>', to, pod ?? node ?? outside].filter(Boolean).join(' '), value],
        ),
    );
  }

  /** Of each pinger. */
  values(name: string): readonly number[] {
    return this.#samples.filter((sample) => sample.name === name).map(({ value }) => value);
  }
}

export function pinger(lab: LabRef): void {
  const nodes = (): readonly NodeLayout[] => lab().layout.nodeList;
  const pingers = async (): Promise<readonly PodObject[]> =>
    (await podsOf(lab(), NAMESPACE)).filter(({ metadata }) => metadata.labels?.['app'] === NAME);
  const scrape = async (pod: PodObject): Promise<readonly Sample[]> => {
    const script = `fetch('http://${pod.status?.podIP}:8080/metrics').then(async (answer) => process.stdout.write(await answer.text()))`;
    const argv = ['nsenter', `--net=${netnsOf(lab(), pod as KubeObject)}`, '--', process.execPath, '-e', script];
    return readSamples((await runTool(argv)).stdout);
  };
  const figures = async (): Promise<Figures> => new Figures((await Promise.all((await pingers()).map(scrape))).flat());
  /** Pairs that nothing came back between in the two rounds that end next; at least one of them began after now. */
  const unreached = async (): Promise<readonly string[]> => {
    const before = await figures();
    const rounds = before.values(ROUNDS);
    const after = await eventually(
      'two more rounds of every pinger',
      async () => {
        const now = await figures();
        const done = now.values(ROUNDS);
        return done.length === rounds.length && done.every((count, i) => count >= (rounds[i] ?? 0) + 2) ? now : undefined;
      },
      60_000,
    );
    return KINDS.flatMap((kind) => {
      const growth = (name: string, pair: string): number =>
        (after.pairs(`pinger_${kind}_ping_${name}`).get(pair) ?? 0) - (before.pairs(`pinger_${kind}_ping_${name}`).get(pair) ?? 0);
      return [...after.pairs(`pinger_${kind}_ping_count_total`).keys()]
        .filter((pair) => growth('lost_total', pair) >= growth('count_total', pair))
        .map((pair) => `${kind} ${pair}`);
    }).toSorted(byText);
  };
  const usual = (): readonly string[] => nodes().map(({ name }) => `external ${name} > ${NOBODY}`);
  const expectUnreached = async (expected: readonly string[]): Promise<void> => {
    let seen: readonly string[] = [];
    const ask = async (): Promise<boolean> => {
      seen = await unreached();
      return seen.join('\n') === expected.join('\n');
    };
    // what is seen at last says more than that time is over
    await eventually('what is unreached', ask, 60_000).catch(() => undefined);
    expect(seen).toEqual(expected);
  };
  /** OpenFlow rules of the bridge that carries a node's tunnels. */
  const uplink = (node: NodeLayout, ...command: readonly [verb: string, flow: string]): Promise<unknown> => {
    const [verb, flow] = command;
    return runTool(['ovs-ofctl', '--strict', verb, `unix:${join(node.dir, `${UPLINK_BRIDGE}.mgmt`)}`, flow]);
  };
  const fromPeer = (): string => `priority=40000,udp,tp_dst=6081,nw_src=${nodeOf(lab(), CUT[1]).underlayAddress}`;

  beforeAll(async () => {
    const own = join(lab().layout.dir, 'pinger.kubeconfig');
    const flags = [
      `--kubeconfig=${existsSync(own) ? own : join(lab().layout.dir, 'node.kubeconfig')}`,
      '--interval=1',
      `--external-address=${lab().layout.outside.host},${NOBODY}`,
    ];
    const set = installation({ ...exampleAddresses, 'pinger.extraArgs': flags }).find(
      ({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === NAME,
    );
    await lab().client.create(resources.daemonSet, set as unknown as KubeObject);
    await eventually(
      'a pinger on each node, ready',
      async () => {
        const all = await pingers();
        return all.length === nodes().length && all.every(isReady);
      },
      60_000,
    );
  }, 90_000);

  afterAll(async () => {
    await remove(lab(), resources.daemonSet, `${NAMESPACE}/${NAME}`);
    await eventually('no pinger', async () => (await pingers()).length === 0);
  }, 60_000);

  it('metrics of every node name all nodes and pods; all are reached, and the host outside; the address that nobody has is not', async () => {
    const all = await eventually('a round of all', async () => {
      const found = await figures();
      return found.pairs('pinger_pod_ping_latency_ms_count').size === nodes().length ** 2 * 2 ? found : undefined;
    });
    const pods = await pingers();
    const expected = (addressesOf: (pod: PodObject) => readonly string[]): readonly string[] =>
      pods
        .flatMap(({ spec: { nodeName: from } }) =>
          pods.flatMap((target) => addressesOf(target).map((address) => `${from} > ${target.spec.nodeName} ${address}`)),
        )
        .toSorted(byText);
    const podIps = expected(({ status }) => (status?.podIPs ?? []).map(({ ip }) => ip));
    expect([...all.pairs('pinger_pod_ping_count_total').keys()].toSorted(byText)).toEqual(podIps);
    const nodeIps = expected(({ spec }) => {
      const { underlayAddress, underlayAddress6 } = nodeOf(lab(), spec.nodeName ?? '');
      return [underlayAddress, underlayAddress6];
    });
    expect([...all.pairs('pinger_node_ping_count_total').keys()].toSorted(byText)).toEqual(nodeIps);
    await expectUnreached(usual());
    expect((await figures()).values('pinger_apiserver_healthy')).toEqual(nodes().map(() => 1));
  }, 120_000);

  it('DNS is unwell until there is a server', async () => {
    const { supervisor, layout, client } = lab();
    const healthy = async (): Promise<string> => (await figures()).values('pinger_internal_dns_healthy').join('');
    await eventually('no DNS', async () => (await healthy()) === '000');
    const name = 'kubernetes.default.svc.cluster.local';
    await supervisor.start({
      id: 'outside-dns',
      namespace: layout.outside.namespace,
      argv: [process.execPath, DNS_SERVER, layout.outside.host, name, '10.96.0.1'],
    });
    const metadata = { name: 'kube-dns', namespace: NAMESPACE };
    const ports = [{ name: 'dns', port: 53, protocol: 'UDP' }];
    try {
      await client.create(resources.service, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: { clusterIP: CLUSTER.ipv4.dns, ports },
      } as KubeObject);
      await client.create(resources.endpointSlice, {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kube-dns' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [layout.outside.host], conditions: { ready: true } }],
        ports,
      } as unknown as KubeObject);
      await eventually('DNS answers', async () => (await healthy()) === '111');
      expect((await figures()).values('pinger_internal_dns_latency_ms_count').every((count) => count > 0)).toBe(true);
    } finally {
      await remove(lab(), resources.service, `${NAMESPACE}/kube-dns`);
      await remove(lab(), resources.endpointSlice, `${NAMESPACE}/kube-dns`);
      await supervisor.stop('outside-dns');
    }
  }, 90_000);

  it('a tunnel between two nodes that is cut: exactly this pair is lost, both ways and in both families', async () => {
    const one = nodeOf(lab(), CUT[0]);
    await uplink(one, 'add-flow', `${fromPeer()},actions=drop`);
    try {
      const lost = (await pingers()).flatMap(({ spec: { nodeName: to = '' }, status }) => {
        const from = to === CUT[0] ? CUT[1] : CUT[0];
        const { underlayAddress, underlayAddress6 } = nodeOf(lab(), to);
        return CUT.includes(to)
          ? [
              ...[underlayAddress, underlayAddress6].map((address) => `node ${from} > ${to} ${address}`),
              ...(status?.podIPs ?? []).map(({ ip }) => `pod ${from} > ${to} ${ip}`),
            ]
          : [];
      });
      expect(lost).toHaveLength(8);
      const expected = [...lost, ...usual()].toSorted(byText);
      await expectUnreached(expected);
    } finally {
      await uplink(one, 'del-flows', fromPeer());
    }
    await expectUnreached(usual());
    expect((await kubectl(lab(), '-n', NAMESPACE, 'logs', `daemonset/${NAME}`)).stdout).toContain('started');
  }, 180_000);
}
