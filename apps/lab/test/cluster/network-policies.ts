import { join } from 'node:path';
import { resources, type KubeObject, type NetworkPolicy } from '@kube-ovn/api';
import { verdict, type ClusterObjects, type FlowEnd } from '@kube-ovn/policy';
import { afterAll, afterEach, expect, it, onTestFinished } from 'vitest';
import { NETNS_DIR, nodeAddresses, outsideAddresses } from '../../src/infra/layout.ts';
import { podResource } from '../../src/kubelet/api/pod-api.ts';
import type { Check } from '../../src/matrix/checks.ts';
import { observeFrom } from '../../src/matrix/measure.ts';
import { ipBatch, runTool } from '../../src/infra/tool.ts';
import { corners, documentation, OPS, recipes, SHOP } from './policy-cases.ts';
import {
  kubectl,
  sandboxes,
  becomesReady,
  eventsOf,
  eventually,
  namespaceObject,
  nbctl,
  nodeOf,
  remove,
  removeNamespaces,
  type LabRef,
} from './support.ts';

const HTTP = 8080;
const UDP = 8081;
/** Of the pod on a node's own network. */
const HOST_HTTP = 18_090;
/** What is not answered in this time was dropped; what is to be answered has the prober's own, longer patience. */
const PATIENCE = { tries: 1, timeoutMs: 1000 };

interface End {
  readonly name: string;
  readonly end: FlowEnd;
  readonly addresses: readonly string[];
  /** Where it can be asked from. */
  readonly netns?: string;
  readonly http?: number;
  readonly udp?: number;
}

interface Flow {
  /** `client>web tcp4` */
  readonly name: string;
  readonly from: End;
  readonly to: End;
  readonly check: Check;
  readonly family: 4 | 6;
}

const pods = [
  { name: 'web', namespace: SHOP, node: 'node1', labels: { app: 'bookstore', role: 'api' } },
  { name: 'client', namespace: SHOP, node: 'node2', labels: { app: 'bookstore', role: 'search' } },
  { name: 'stranger', namespace: SHOP, node: 'node3', labels: { app: 'inventory' } },
  { name: 'visitor', namespace: OPS, node: 'node1', labels: { type: 'monitoring' } },
] as const;

function serverPod({ name, namespace, node, labels }: (typeof pods)[number]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'server',
          image: 'agnhost',
          args: ['netexec', `--http-port=${HTTP}`, `--udp-port=${UDP}`],
          ports: [
            { name: 'http', containerPort: HTTP },
            { name: 'answers', containerPort: UDP, protocol: 'UDP' },
          ],
          // From the pod's own node: it must stay Ready whatever policies there are.
          readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1, failureThreshold: 2 },
        },
      ],
    },
  } as KubeObject;
}

/** docs/features/network-policies.md, with packets. */
export function networkPolicies(lab: LabRef): void {
  let ends: readonly End[] = [];
  let flows: readonly Flow[] = [];

  const netnsOf = (uid: string | undefined): string => sandboxes(lab()).find((record) => record.uid === uid)?.netns ?? '';
  const podEnd = async (name: string, namespace: string): Promise<End> => {
    const pod = await becomesReady(lab(), { namespace, name });
    const addresses = (pod.status?.podIPs ?? []).map(({ ip }) => ip);
    return { name, end: { pod: `${namespace}/${name}` }, addresses, netns: netnsOf(pod.metadata.uid), http: HTTP, udp: UDP };
  };
  const nodeEnd = (name: string): End => {
    const node = nodeOf(lab(), name);
    const http = name === 'node1' ? { http: HOST_HTTP } : {};
    return { name, end: { node: name }, addresses: nodeAddresses(lab().layout, node), netns: join(NETNS_DIR, node.namespace), ...http };
  };
  const outside = (): End => {
    const { layout } = lab();
    const addresses = outsideAddresses(layout);
    const netns = join(NETNS_DIR, layout.outside.namespace);
    return { name: 'outside', end: { address: addresses[0] ?? '' }, addresses, netns, http: 8080, udp: 8081 };
  };
  /** From outside each pod is reached through its own node, by which its answers come back. */
  const routeFromOutside = async (what: 'replace' | 'delete'): Promise<void> => {
    const { layout } = lab();
    const routes = pods.flatMap(({ name, node }) => {
      const { underlayAddress, underlayAddress6 } = nodeOf(lab(), node);
      const addresses = ends.find((end) => end.name === name)?.addresses ?? [];
      return addresses.map((address) =>
        address.includes(':')
          ? `route ${what} ${address}/128 via ${underlayAddress6} src ${layout.outside.host6}`
          : `route ${what} ${address}/32 via ${underlayAddress} src ${layout.outside.host}`,
      );
    });
    if (routes.length > 0) await ipBatch(layout.outside.namespace, routes);
  };

  /** Every pod asks everybody who answers; nodes and the outside ask pods. */
  const allFlows = (): readonly Flow[] =>
    ends.flatMap((from) =>
      ends
        .filter((to) => to !== from && from.netns !== undefined && ('pod' in from.end || 'pod' in to.end))
        .flatMap((to) =>
          to.addresses.flatMap((address): Flow[] => {
            const family = address.includes(':') ? 6 : 4;
            const ports = [['tcp', to.http] as const, ['udp', to.udp] as const];
            return ports.flatMap(([protocol, port]): Flow[] => {
              if (port === undefined) return [];
              const name = `${from.name}>${to.name} ${protocol}${family}`;
              return [{ name, from, to, family, check: { id: name, protocol, address, port, ask: 'hostname' } }];
            });
          }),
        ),
    );

  /** Names of the flows that are answered. */
  const measured = async (expected: readonly string[] = []): Promise<readonly string[]> => {
    const answers = await Promise.all(
      ends.map(async (from) => {
        const own = flows.filter((flow) => flow.from === from);
        if (from.netns === undefined || own.length === 0) return [];
        return observeFrom(
          { netns: from.netns },
          own.map(({ name, check }) => (expected.includes(name) ? check : { ...check, patience: PATIENCE })),
        );
      }),
    );
    return answers
      .flat()
      .flatMap(({ id, ok }) => (ok ? [id] : []))
      .toSorted();
  };

  /** Names of the flows that policies let pass, as the evaluator judges the objects of the API. */
  const judged = async (): Promise<readonly string[]> => {
    const { client } = lab();
    const lists = await Promise.all([
      client.list(resources.namespace),
      client.list(podResource),
      client.list(resources.node),
      client.list(resources.networkPolicy),
    ]);
    const [namespaces, podObjects, nodes, policies] = lists.map(({ items }) => items);
    const objects = {
      namespaces,
      pods: podObjects,
      nodes,
      networkPolicies: policies,
      adminNetworkPolicies: [],
      baselineAdminNetworkPolicies: [],
      clusterNetworkPolicies: [],
      securityGroups: [],
      subnets: [],
    } as unknown as ClusterObjects;
    return flows
      .filter(({ from, to, check, family }) => {
        const protocol = check.protocol === 'tcp' ? 'TCP' : 'UDP';
        const addressed = ({ name, end, addresses }: End): FlowEnd =>
          name === 'outside' ? { address: addresses.find((address) => address.includes(':') === (family === 6)) ?? '' } : end;
        return verdict(objects, { from: addressed(from), to: addressed(to), protocol, port: check.port, family })?.action === 'allow';
      })
      .map(({ name }) => name)
      .toSorted();
  };

  const policy = (name: string, spec: NonNullable<NetworkPolicy['spec']>): NetworkPolicy => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: SHOP },
    spec,
  });

  const asJudged = async (what: string): Promise<readonly string[]> => {
    const expected = await judged();
    await eventually(what, async () => (await measured(expected)).join() === expected.join(), 30_000).catch(async () => {
      expect(await measured(expected)).toEqual(expected);
    });
    return expected;
  };

  // A policy that a failed test leaves behind would fail the next one.
  afterEach(async () => {
    const { items } = await lab().client.list(resources.networkPolicy, { namespace: SHOP });
    for (const { metadata } of items) await lab().client.delete(resources.networkPolicy, `${SHOP}/${metadata.name}`);
  });

  afterAll(async () => {
    await routeFromOutside('delete');
    await removeNamespaces(lab(), [SHOP, OPS]);
  }, 60_000);

  it('without policies everybody reaches everybody', async () => {
    const { client } = lab();
    await client.create(resources.namespace, namespaceObject(SHOP));
    const ops = namespaceObject(OPS);
    await client.create(resources.namespace, { ...ops, metadata: { ...ops.metadata, labels: { purpose: 'production' } } } as KubeObject);
    for (const pod of pods) await client.create(resources.pod, serverPod(pod));
    await client.create(resources.pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'host', namespace: SHOP, labels: { app: 'inventory' } },
      spec: {
        nodeName: 'node1',
        hostNetwork: true,
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'server', image: 'agnhost', args: ['netexec', `--http-port=${HOST_HTTP}`, '--udp-port=-1'] }],
      },
    } as KubeObject);
    await becomesReady(lab(), { namespace: SHOP, name: 'host' });
    ends = [
      ...(await Promise.all(pods.map(({ name, namespace }) => podEnd(name, namespace)))),
      nodeEnd('node1'),
      nodeEnd('node2'),
      outside(),
    ];
    await routeFromOutside('replace');
    flows = allFlows();
    expect(await asJudged('everything passes')).toHaveLength(flows.length);
    expect(flows.length).toBeGreaterThan(80);
  }, 90_000);

  it.each([
    ...recipes.map((each) => ({ ...each, title: `recipe: ${each.name}` })),
    ...documentation.map((each) => ({ ...each, title: `from the documentation: ${each.name}` })),
    ...corners.map((each) => ({ ...each, title: `corner of the API: ${each.name}` })),
  ])(
    '$title',
    async ({ policies, passes, stops }) => {
      const { client } = lab();
      for (const [i, spec] of policies.entries()) await client.create(resources.networkPolicy, policy(`case-${i}`, spec));
      const allowed = await asJudged('packets pass as the evaluator says');
      // What people were promised, in words of their own; a family that is not named is both.
      const among = (wanted: string): readonly string[] => flows.map((flow) => flow.name).filter((flow) => flow.startsWith(wanted));
      expect(passes.flatMap(among).filter((flow) => !allowed.includes(flow))).toEqual([]);
      expect(stops.flatMap(among).filter((flow) => allowed.includes(flow))).toEqual([]);
      expect([...passes, ...stops].filter((wanted) => among(wanted).length === 0)).toEqual([]);
    },
    60_000,
  );

  it('labels of pods and namespaces that change count at once', async () => {
    const { client } = lab();
    onTestFinished(async () => {
      await client.patch(resources.pod, `${SHOP}/stranger`, { metadata: { labels: { role: null } } });
      await client.patch(resources.namespace, OPS, { metadata: { labels: { purpose: 'production' } } });
    });
    const from = [{ podSelector: { matchLabels: { role: 'search' } } }, { namespaceSelector: { matchLabels: { purpose: 'testing' } } }];
    await client.create(resources.networkPolicy, policy('labels', { podSelector: { matchLabels: { role: 'api' } }, ingress: [{ from }] }));
    expect(await asJudged('the client alone')).not.toContain('stranger>web tcp4');
    await client.patch(resources.pod, `${SHOP}/stranger`, { metadata: { labels: { role: 'search' } } });
    expect(await asJudged('the stranger too')).toContain('stranger>web tcp4');
    await client.patch(resources.pod, `${SHOP}/stranger`, { metadata: { labels: { role: null } } });
    await client.patch(resources.namespace, OPS, { metadata: { labels: { purpose: 'testing' } } });
    const allowed = await asJudged('the visitor instead');
    expect(allowed).toContain('visitor>web tcp4');
    expect(allowed).not.toContain('stranger>web tcp4');
  }, 60_000);

  it('a pod that a policy closes has no moment of freedom', async () => {
    const { client } = lab();
    const target = ends.find(({ name }) => name === 'visitor')?.addresses[0] ?? '';
    await client.create(resources.networkPolicy, policy('shut', { podSelector: {}, policyTypes: ['Egress'] }));
    await asJudged('closed');
    // It asks from the first moment on, and ends well only when nothing was ever answered.
    const names = Array.from({ length: 5 }, (_, i) => `eager-${i}`);
    onTestFinished(async () => {
      for (const name of names) await remove(lab(), resources.pod, `${SHOP}/${name}`);
    }, 60_000);
    const script = `for i in $(seq 40); do ping -q -c1 -W0.05 ${target} && exit 1; done; exit 0`;
    for (const name of names) {
      await client.create(resources.pod, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: SHOP },
        spec: {
          nodeName: 'node1',
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', script] }],
        },
      } as KubeObject);
    }
    for (const name of names) {
      const phase = await eventually(`${name} has ended`, async () => {
        const { status } = await client.get(resources.pod, `${SHOP}/${name}`);
        return status?.phase === 'Succeeded' || status?.phase === 'Failed' ? status.phase : undefined;
      });
      expect(phase).toBe('Succeeded');
    }
  }, 60_000);

  it('a bad policy is told by an event, closes what it selects, and harms nothing else', async () => {
    const { client } = lab();
    const cidr = '203.0.113.300/24';
    await client.create(
      resources.networkPolicy,
      policy('bad', { podSelector: { matchLabels: { role: 'api' } }, ingress: [{ from: [{ ipBlock: { cidr } }] }] }),
    );
    const event = await eventually('an event', async () =>
      (await eventsOf(lab(), 'NetworkPolicy', 'bad')).find(({ type, message = '' }) => type === 'Warning' && message.includes(cidr)),
    );
    expect(event.message).toContain('spec.ingress[0].from[0].ipBlock.cidr');
    const others = flows.map(({ name }) => name).filter((name) => !name.includes('>web '));
    const answered = await eventually('closed', async () => {
      const now = await measured(others);
      return now.includes('client>web tcp4') ? undefined : now;
    });
    expect(others.filter((name) => !answered.includes(name))).toEqual([]);
  }, 40_000);

  it('the manifest as it stands', async () => {
    const manifest = join(import.meta.dirname, '../../../../docs/features/network-policies.yaml');
    onTestFinished(async () => {
      await removeNamespaces(lab(), ['bookshop']);
    }, 60_000);
    await kubectl(lab(), 'apply', '-f', manifest);
    const [shop, database] = [await podEnd('shop', 'bookshop'), await podEnd('database', 'bookshop')];
    const check = (to: End, address: string, port: number): Check => {
      return { id: `${to.name} ${address} ${port}`, protocol: 'tcp', address, port, ask: 'hostname', patience: PATIENCE };
    };
    const answers = async (from: End, to: End, port: number): Promise<readonly boolean[]> =>
      (
        await observeFrom(
          { netns: from.netns ?? '' },
          to.addresses.map((address) => check(to, address, port)),
        )
      ).map(({ ok }) => ok);
    const stranger = ends.find(({ name }) => name === 'stranger') ?? shop;
    await eventually('the shop asks the database', async () => (await answers(shop, database, 5432)).every((ok) => ok));
    expect(await answers(stranger, shop, 8080)).toEqual([true, true]);
    expect(await answers(stranger, database, 5432)).toEqual([false, false]);
    expect(await answers(database, shop, 8080)).toEqual([false, false]);
    // What was dropped is in the log, under the name of the policy.
    const logs = join(lab().layout.logDir, 'node2-ovn-controller.log');
    await eventually(
      'the log tells',
      async () => (await runTool(['grep', '-c', 'np/bookshop/closed/ingress', logs], { accept: [0, 1] })).code === 0,
    );
    await kubectl(lab(), 'delete', '-f', manifest, '--ignore-not-found', '--timeout=60s');
  }, 120_000);

  it('rows of policies deleted by hand are back within a second, and go with the policy', async () => {
    const { client } = lab();
    await client.create(resources.networkPolicy, policy('rows', { podSelector: {}, ingress: [] }));
    // Of policies: the rule by which a switch tracks connections is nobody's.
    const rows = async (): Promise<number> =>
      (await nbctl(lab(), '--bare', '--columns=_uuid', 'find', 'ACL', 'match!="0"')).split('\n').filter(Boolean).length;
    const before = await eventually('rows', async () => ((await rows()) > 2 ? rows() : undefined));
    await nbctl(lab(), 'pg-del', 'isolated.ingress');
    await eventually('the group is back', async () => (await rows()) === before, 1000);
    await client.delete(resources.networkPolicy, `${SHOP}/rows`);
    await eventually('no row is left', async () => (await rows()) === 0, 5000);
    expect(await nbctl(lab(), '--bare', '--columns=name', 'list', 'Port_Group')).not.toMatch(/isolated|guarded|pods\./);
  }, 60_000);
}
