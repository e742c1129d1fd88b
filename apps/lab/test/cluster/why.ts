/** `ko why` names the culprit: faults are made for real, packets say that they are faults, and the answer is held against what was made. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KubeObject, type Pod, type Resource, resources } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inNamespace, ipBatch, runTool } from '../../src/infra/tool.ts';
import { applyDefinitions, readManifests } from '../../src/lab/manifests.ts';
import { ko } from './ko.ts';
import {
  becomesReady,
  eventsOf,
  eventually,
  idlePod,
  kubectl,
  type LabRef,
  nbctl,
  netnsOf,
  nodeOf,
  remove,
  removeNamespaces,
  runningPid,
  vsctl,
} from './support.ts';
import { type Asked, type Fault, type Found, GATE, OUTSIDE, type PassingFault, passingFaults, standingFaults } from './why-faults.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/why.yaml');
const CRDS = join(import.meta.dirname, '../../../../packages/api/crds/network-policy-api');
const PAGE = join(import.meta.dirname, '../../../../docs/why.md');
/** Pods of the manifest that become Ready. */
const PODS = ['here', 'there', 'shut', 'guarded', 'private', 'stuck', 'six', 'wide-1', 'wide-2'];
const FAR = ['far', 'attic', 'near'];
const SUBNETS = [
  'why',
  'why-private',
  'why-stuck',
  'why-front',
  'why-full',
  'why-six',
  'why-wide',
  'why-far-room',
  'why-attic',
  'why-near-room',
];
const LOOPBACK = 'require("node:net").createServer().listen(8070, "127.0.0.1", () => console.log("listens"))';

export function whyTool(lab: LabRef): void {
  const pods = new Map<string, Pod>();
  const listeners: ReturnType<typeof spawn>[] = [];
  const netns = (end: string): string => {
    if (end === OUTSIDE) return `/run/netns/${lab().layout.outside.namespace}`;
    const pod = pods.get(end);
    if (pod === undefined) throw new Error(`no pod ${end}`);
    return netnsOf(lab(), pod);
  };

  /** Run inside the network of a pod, or of the outside. */
  const within = (end: string, ...argv: readonly string[]): readonly [string, ...string[]] => [
    'nsenter',
    `--net=${netns(end)}`,
    '--',
    ...argv,
  ];

  /** The answer, without its words. */
  const why = async ({ from, to, port }: Asked): Promise<Found> => {
    const { stdout, stderr, code } = await ko(lab(), 'why', from, to, port === undefined ? 'icmp' : String(port), '-o', 'json');
    if (stdout === '') throw new Error(stderr);
    const { reaches, culprits } = JSON.parse(stdout) as {
      readonly reaches: Found['reaches'];
      readonly culprits: readonly { readonly code: string; readonly object: string }[];
    };
    if ((code === 0) !== (reaches === 'all')) throw new Error(`"${reaches}" with exit code ${code}`);
    return { reaches, culprits: culprits.map((culprit) => `${culprit.code} ${culprit.object}`) };
  };

  const addressOf = async (end: string): Promise<string> => {
    const node = /^node\/(.+)$/.exec(end)?.[1];
    if (node !== undefined) return nodeOf(lab(), node).underlayAddress;
    const service = /^svc\/(.+)$/.exec(end)?.[1] ?? /^([^.]+)\.why\.svc$/.exec(end)?.[1]?.replace(/^/, 'why/');
    if (service !== undefined) return (await lab().client.get(resources.service, service)).spec?.clusterIP ?? '';
    return end.includes('/') ? ((await lab().client.get(resources.pod, end)).status?.podIP ?? '') : end;
  };
  /** Whether a ping is answered, or a connection made. */
  const passes = async ({ from, to, port }: Asked): Promise<boolean> => {
    const address = await addressOf(to);
    const argv =
      port === undefined
        ? ['ping', '-q', '-c', '3', '-i', '0.2', '-W', '1', address]
        : ['timeout', '1', 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`];
    return (await runTool(within(from, ...argv), { accept: [0, 1, 2, 124] })).code === 0;
  };
  const settles = (asked: Asked, isReached: boolean): Promise<boolean> =>
    eventually(`${asked.from} ${isReached ? 'reaches' : 'does not reach'} ${asked.to}`, async () => (await passes(asked)) === isReached);

  /** How a fault is made and undone. */
  interface Deed {
    readonly make: () => Promise<unknown>;
    readonly undo: () => Promise<unknown>;
  }
  const object = <T extends KubeObject>(resource: Resource<T>, wanted: object): Deed => {
    const { namespace, name } = (wanted as KubeObject).metadata;
    return {
      make: () => lab().client.create(resource, wanted as T),
      undo: () => remove(lab(), resource, namespace === undefined ? name : `${namespace}/${name}`),
    };
  };
  const standstill = (program: string): Deed => ({
    make: async () => process.kill(runningPid(lab(), program), 'SIGSTOP'),
    undo: async () => process.kill(runningPid(lab(), program), 'SIGCONT'),
  });
  /** A link of node2. */
  const down = (link: () => Promise<string>): Deed => ({
    make: async () => ipBatch(nodeOf(lab(), 'node2').namespace, [`link set ${await link()} down`]),
    undo: async () => ipBatch(nodeOf(lab(), 'node2').namespace, [`link set ${await link()} up`]),
  });
  const linkOfThere = async (): Promise<string> => {
    const find = ['--bare', '--columns=name', 'find', 'Interface', 'external_ids:pod_name=there'];
    return (await vsctl(nodeOf(lab(), 'node2'), ...find, 'external_ids:pod_namespace=why')).trim();
  };
  const networkPolicy = (spec: object): Deed =>
    object(resources.networkPolicy, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace: 'why', name: 'shut' },
      spec,
    });
  const subject = { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'why' } } };
  const ingress = [{ action: 'Deny', from: [subject] }];
  const ofAdministrators = (kind: string, name: string, version: string): object => ({
    apiVersion: `policy.networking.k8s.io/${version}`,
    kind,
    metadata: { name },
  });
  const rule = ['why', 'to-lport', '3000', 'icmp4'];
  let flood: ReturnType<typeof spawn> | undefined;

  const deeds: Readonly<Record<keyof typeof passingFaults, Deed>> = {
    networkPolicyIn: networkPolicy({ podSelector: {} }),
    networkPolicyOut: networkPolicy({ podSelector: {}, policyTypes: ['Egress'] }),
    adminPolicy: object(resources.adminNetworkPolicy, {
      ...ofAdministrators('AdminNetworkPolicy', 'why-top', 'v1alpha1'),
      spec: { priority: 7, subject, ingress },
    }),
    baselinePolicy: object(resources.baselineAdminNetworkPolicy, {
      ...ofAdministrators('BaselineAdminNetworkPolicy', 'default', 'v1alpha1'),
      spec: { subject, ingress },
    }),
    clusterPolicy: object(resources.clusterNetworkPolicy, {
      ...ofAdministrators('ClusterNetworkPolicy', 'why-all', 'v1alpha2'),
      spec: { tier: 'Admin', priority: 7, subject, ingress },
    }),
    foreignAcl: {
      make: () => nbctl(lab(), '--wait=hv', 'acl-add', ...rule, 'drop'),
      undo: () => nbctl(lab(), '--wait=hv', 'acl-del', ...rule),
    },
    unbound: {
      make: async () => {
        process.kill(runningPid(lab(), 'node2-daemon'), 'SIGSTOP');
        await vsctl(nodeOf(lab(), 'node2'), 'remove', 'Interface', await linkOfThere(), 'external_ids', 'iface-id');
      },
      undo: async () => {
        await vsctl(nodeOf(lab(), 'node2'), 'set', 'Interface', await linkOfThere(), 'external_ids:iface-id=there.why');
        process.kill(runningPid(lab(), 'node2-daemon'), 'SIGCONT');
      },
    },
    daemon: {
      make: async () => {
        process.kill(runningPid(lab(), 'node3-daemon'), 'SIGSTOP');
        await lab().client.create(resources.pod, idlePod({ name: 'new', namespace: 'why', node: 'node3' }));
        await eventually('an address', async () => {
          const { metadata } = await lab().client.get(resources.pod, 'why/new');
          return metadata.annotations?.['ovn.kubernetes.io/ip_address'];
        });
      },
      undo: async () => process.kill(runningPid(lab(), 'node3-daemon'), 'SIGCONT'),
    },
    linkDown: down(linkOfThere),
    vswitchd: standstill('node2-vswitchd'),
    tunnel: down(async () => 'ul0'),
    controller: standstill('node2-ovn-controller'),
    northd: standstill('central-northd'),
    rate: {
      make: async () => {
        await rated('1');
        const to = await addressOf('why/there');
        const [enter, ...ping] = within('why/here', 'ping', '-q', '-i', '0.002', '-s', '1400', to);
        flood = spawn(enter, ping, { stdio: 'ignore' });
        await eventually('packets are dropped', async () => /\(dropped [1-9]/.test(await limitOfThere()));
      },
      undo: async () => {
        flood?.kill();
        await rated(null);
      },
    },
  };
  /** Towards the pod, at the node's end of its interface; a sender is only slowed down by a limit of its own. */
  const limitOfThere = async (): Promise<string> => {
    const show = ['tc', '-s', 'qdisc', 'show', 'dev', await linkOfThere()];
    return (await runTool(inNamespace(nodeOf(lab(), 'node2').namespace, show))).stdout;
  };
  const rated = (rate: string | null): Promise<unknown> =>
    lab().client.patch(resources.pod, 'why/there', { metadata: { annotations: { 'ovn.kubernetes.io/ingress_rate': rate } } });

  beforeAll(async () => {
    await applyDefinitions(lab().client, readManifests(CRDS));
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const made = await Promise.all([
      ...PODS.map((name) => becomesReady(lab(), { namespace: 'why', name })),
      ...FAR.map((name) => becomesReady(lab(), { namespace: 'why-far', name })),
    ]);
    for (const pod of made) pods.set(`${pod.metadata.namespace}/${pod.metadata.name}`, pod);
    const [enter, ...program] = within('why/there', process.execPath, '-e', LOOPBACK);
    const child = spawn(enter, program, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    listeners.push(child);
    let told = '';
    child.stdout.on('data', (part: Buffer) => (told += part.toString()));
    await eventually('a listener', () => told !== '');
    await ipBatch(lab().layout.outside.namespace, [
      `route replace ${GATE}/32 via ${nodeOf(lab(), 'node2').underlayAddress} src ${OUTSIDE}`,
    ]);
    await eventually('events about pods without address', async () => {
      const events = [...(await eventsOf(lab(), 'Pod', 'late')), ...(await eventsOf(lab(), 'Pod', 'elsewhere'))];
      return new Set(events.map(({ involvedObject }) => involvedObject?.name)).size === 2;
    });
    await eventually('a pod that has ended', async () => (await lab().client.get(resources.pod, 'why/done')).status?.phase === 'Succeeded');
    await eventually('the gate has its address', async () => {
      const { status } = await lab().client.get(resources.service, 'why/gate');
      return status?.loadBalancer?.ingress?.some(({ ip }) => ip === GATE);
    });
  }, 120_000);

  afterAll(async () => {
    for (const child of listeners) child.kill();
    await runTool(inNamespace(lab().layout.outside.namespace, ['ip', 'route', 'del', `${GATE}/32`]), { accept: [0, 2] });
    await remove(lab(), resources.switchLbRule, 'why-rule');
    await remove(lab(), resources.vip, 'why-rule');
    await removeNamespaces(lab(), ['why', 'why-far']);
    for (const name of SUBNETS) await remove(lab(), resources.subnet, name);
    for (const name of ['why-far', 'why-near']) await remove(lab(), resources.vpc, name);
    await remove(lab(), resources.securityGroup, 'why-guard');
  }, 90_000);

  it('reaches a pod on another node, a node, and the outside', async () => {
    const asked: readonly Asked[] = [
      { from: 'why/here', to: 'why/there', port: 8080 },
      { from: 'why/here', to: 'node/node3' },
      { from: 'why/here', to: OUTSIDE },
    ];
    for (const one of asked) expect([await why(one), await passes(one)]).toEqual([{ reaches: 'all', culprits: [] }, true]);
    expect(await why({ from: 'node/node1', to: await addressOf('why/there') })).toEqual({ reaches: 'all', culprits: [] });
  }, 60_000);

  it.each(standingFaults.map((fault) => [fault.title, fault] as const))(
    '%s',
    async (_title, { asked, found, packets, beside }) => {
      expect(await why(asked)).toEqual(found);
      if (packets !== 'never') await eventually('packets', async () => (await passes(asked)) === (packets === 'pass'));
      if (beside !== undefined) await eventually(`${beside.to} beside it`, () => passes(beside));
    },
    60_000,
  );

  it('packets that are too large are lost indeed', async () => {
    const to = await addressOf('why/wide-2');
    const ping = (size: number) =>
      runTool(within('why/wide-1', 'ping', '-q', '-c2', '-i0.2', '-W1', '-Mdo', '-s', String(size), to), {
        accept: [0, 1],
      });
    expect([(await ping(1000)).code, (await ping(8000)).code]).toEqual([0, 1]);
  }, 60_000);

  it.each(Object.entries(passingFaults).map(([name, fault]) => [fault.title, name, fault] as const))(
    '%s',
    async (_title, name, { asked, found, isPassed = false, isLossy = false }: PassingFault) => {
      const { make, undo } = deeds[name as keyof typeof passingFaults];
      try {
        await make();
        if (isLossy) await eventually('named while packets are lost', async () => (await why(asked)).reaches === found.reaches);
        else await settles(asked, isPassed);
        expect(await why(asked)).toEqual(found);
      } finally {
        await undo();
      }
      await settles(asked, true);
      await eventually('nothing in the way', async () => (await why(asked)).reaches === 'all');
    },
    120_000,
  );

  it('the page has each of them, and no other', () => {
    const rows = readFileSync(PAGE, 'utf8').matchAll(/^\| ([^|]+?) \| `([A-Z_]+)` \| ([^|]+?) \|/gm);
    const told = [...rows].map(([, title, code, object]) => `${title}: ${code} ${object}`);
    const faults: readonly Fault[] = [...standingFaults, ...Object.values(passingFaults)];
    expect(faults.length).toBeGreaterThanOrEqual(30);
    expect(told.toSorted()).toEqual(faults.map(({ title, found }) => `${title}: ${found.culprits.join()}`).toSorted());
  });
}
