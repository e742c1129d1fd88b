/** docs/features/qos.md, with packets. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { resources, type Pod, type QoSPolicy } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import { eventsOf, eventually, kubectl, netnsOf, nodeOf, readyPod, remove, removeNamespaces, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/qos.yaml');
const KEY = 'paced/limited';
const RATES = [1, 10, 50, 100, 500] as const;
/** Of what a limit says; a burst and the headers of packets are within it. */
const TOLERANCE = 0.1;
/** A limit above this share of what the machine can carry at the moment is held against its upper bound alone. */
const CARRIED = 0.6;
const TRIES = 4;
/** More than any machine of the tests can carry. */
const OPEN = { protocol: 'udp', offered: 2000 } as const;

/** iperf3's last interval is what is left of a second. */
const WHOLE_S = 0.9;

interface Flow {
  /** Namespace that the client runs in. */
  readonly from: string;
  readonly to: string;
  /** Port of the server: each carries one flow at a time. */
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  /** The server sends. */
  readonly isReverse?: boolean;
  readonly seconds?: number;
  /** Of UDP, in Mbit/s. */
  readonly offered?: number;
}

interface Result {
  readonly mbit: number;
  /** Of each whole second after the first. */
  readonly each: readonly number[];
}

interface Report {
  readonly intervals: readonly {
    readonly sum: { readonly seconds: number; readonly bytes: number; readonly bits_per_second: number; readonly omitted: boolean };
  }[];
}

/** Run one flow to its end; what the receiver counted, which is not what iperf3 makes of sent and lost packets at its end. */
async function flow({ from, to, port, protocol, isReverse = false, seconds = 2, offered = 0 }: Flow): Promise<Result> {
  // the first second fills burst and queue
  const udp = protocol === 'udp' ? ['-u', '-b', `${offered}M`, '-l', offered >= 100 ? '8000' : '1300'] : [];
  const way = isReverse ? ['-R'] : ['--get-server-output'];
  const argv = ['iperf3', '-J', '-c', to, '-p', String(port), '-t', String(seconds), '-O', '1', ...way, ...udp];
  const { stdout } = await runTool(['nsenter', `--net=${from}`, '--', ...argv], { timeoutMs: 30_000 });
  const said = JSON.parse(stdout) as Report & { readonly server_output_json?: Report };
  const { intervals } = isReverse ? said : (said.server_output_json ?? { intervals: [] });
  const counted = intervals.map(({ sum }) => sum).filter(({ omitted, seconds: length }) => !omitted && length > WHOLE_S);
  const total = (key: 'bytes' | 'seconds'): number => counted.reduce((sum, each) => sum + each[key], 0);
  return { mbit: (total('bytes') * 8) / 1e6 / total('seconds'), each: counted.map((each) => each.bits_per_second / 1e6) };
}

/** Rates, live changes, defaults and marks of pods on one node, so that the way between nodes does not limit. */
export function qos(lab: LabRef): void {
  const servers: ReturnType<typeof spawn>[] = [];
  let limited = '';
  let peer = '';
  let address = '';
  const serve = (netns: string, port: number): void => {
    const [program, ...args] = ['nsenter', `--net=${netns}`, '--', 'iperf3', '-s', '-J', '-p', String(port)];
    servers.push(spawn(program, args, { stdio: 'ignore' }));
  };
  const pod = (): Promise<Pod> => lab().client.get(resources.pod, KEY);
  const bandwidth = async (provider = 'ovn'): Promise<string> =>
    (await pod()).metadata.annotations?.[`${provider}.kubernetes.io/bandwidth`] ?? '';
  const annotate = (values: Readonly<Record<string, string | null>>, provider = 'ovn') =>
    lab().client.patch(resources.pod, KEY, {
      metadata: {
        annotations: Object.fromEntries(Object.entries(values).map(([key, value]) => [`${provider}.kubernetes.io/${key}`, value])),
      },
    });
  const limit = async (rate: number): Promise<void> => {
    await annotate({ ingress_rate: String(rate), egress_rate: String(rate) });
    await eventually(`limits of ${rate}`, async () => {
      const told = await bandwidth();
      return told.includes(`ingress ${rate} Mbit/s by`) && told.includes(`egress ${rate} Mbit/s by`);
    });
  };
  const send = (more: Partial<Flow>) => flow({ from: limited, to: address, port: 5201, protocol: 'tcp', ...more });
  const receive = (more: Partial<Flow>) => send({ port: 5202, isReverse: true, ...more });
  /** Mbit/s that the machine can carry at the moment, from the pod and to it. */
  const carried = async (): Promise<Readonly<Record<'tcp' | 'udp', readonly number[]>>> => ({
    tcp: [(await send({})).mbit, (await receive({})).mbit],
    udp: [(await send(OPEN)).mbit, (await receive(OPEN)).mbit],
  });
  const warnings = async (): Promise<readonly string[]> =>
    (await eventsOf(lab(), 'Pod', 'limited')).flatMap(({ reason, message }) => (reason === 'PodQoSFailed' ? [message ?? ''] : []));

  beforeAll(async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    const networks = { 'k8s.v1.cni.cncf.io/networks': 'storage' };
    const [first, second] = await Promise.all([
      readyPod(lab(), { name: 'limited', namespace: 'paced', node: 'node1', annotations: networks }),
      readyPod(lab(), {
        name: 'peer',
        namespace: 'paced',
        node: 'node1',
        annotations: { ...networks, 'ovn.kubernetes.io/egress_rate': '0' },
      }),
    ]);
    limited = netnsOf(lab(), first);
    peer = netnsOf(lab(), second);
    address = second.status?.podIP ?? '';
    for (const port of [5201, 5202, 5203]) serve(peer, port);
  }, 60_000);

  afterAll(async () => {
    for (const server of servers) server.kill('SIGKILL');
    await removeNamespaces(lab(), ['paced']);
    for (const name of ['paced', 'storage']) await remove(lab(), resources.subnet, name);
    await remove(lab(), resources.qosPolicy, 'gold');
  }, 60_000);

  it('a default of the Namespace limits from the start, and 0 on the pod lifts it', async () => {
    expect(await bandwidth()).toContain('egress 50 Mbit/s by tbf on eth0 in the pod');
    expect((await send({})).mbit).toBeLessThan(50 * (1 + TOLERANCE));
    await annotate({ egress_rate: '0' });
    await eventually('no limit', async () => (await bandwidth()) === '');
    expect((await send({})).mbit).toBeGreaterThan(50 * (1 + TOLERANCE));
  }, 60_000);

  it('five rates hold within a tenth, TCP and UDP, in both directions', async () => {
    const before = await carried();
    const measured: string[] = [];
    const high: string[] = [];
    const low: { readonly rate: number; readonly protocol: 'tcp' | 'udp'; readonly index: number; readonly text: string }[] = [];
    for (const rate of RATES) {
      await limit(rate);
      for (const protocol of ['tcp', 'udp'] as const) {
        const wish = { protocol, offered: Math.ceil(rate * (rate === 1 ? 2 : 1.3)), seconds: rate === 1 ? 3 : 2 };
        for (const [index, measure] of [send, receive].entries()) {
          const isOff = (mbit: number): boolean => {
            const isLow = mbit < rate * (1 - TOLERANCE) && rate <= CARRIED * (before[protocol][index] ?? 0);
            return isLow || mbit > rate * (1 + TOLERANCE);
          };
          let { mbit } = await measure(wish);
          // again: a machine under load may have stood still
          for (let again = 1; again < TRIES && isOff(mbit); again += 1) ({ mbit } = await measure(wish));
          const text = `${index === 0 ? 'egress' : 'ingress'} ${protocol} ${rate}: ${mbit.toFixed(2)}`;
          measured.push(text);
          if (mbit > rate * (1 + TOLERANCE)) high.push(text);
          else if (isOff(mbit)) low.push({ rate, protocol, index, text });
        }
      }
    }
    expect(measured).toHaveLength(RATES.length * 4);
    expect(high).toEqual([]);
    // what the machine could carry at first it may not carry any more
    await annotate({ egress_rate: '0', ingress_rate: '0' });
    await eventually('no limit', async () => (await bandwidth()) === '');
    const after = low.length === 0 ? before : await carried();
    expect(low.filter(({ rate, protocol, index }) => rate <= CARRIED * (after[protocol][index] ?? 0)).map(({ text }) => text)).toEqual([]);
  }, 240_000);

  it('a connection lives on while its limit is lowered and taken away, each in effect within a second', async () => {
    await limit(50);
    const running = send({ seconds: 10 });
    await pause(3000);
    await annotate({ egress_rate: '10' });
    await pause(4000);
    await annotate({ egress_rate: '0', ingress_rate: null });
    const { each } = await running;
    expect(each.length).toBeGreaterThanOrEqual(9);
    // the first second is not counted, and the connection stands a little after the clock of this test has started
    expect(each[1]).toBeGreaterThan(35);
    expect(each[3]).toBeLessThan(10 * 1.15);
    expect(each[4]).toBeLessThan(10 * 1.15);
    expect(each[8]).toBeGreaterThan(50 * (1 + TOLERANCE));
    await eventually('no limit', async () => (await bandwidth()) === '');
  }, 60_000);

  it('what can not be read leaves the limit in force and is told; a policy limits what states no rate', async () => {
    await limit(10);
    await annotate({ ingress_rate: 'fast' });
    await eventually('told', async () =>
      (await warnings()).some((message) => message.includes('ingress_rate') && message.includes('"fast"') && message.includes('stays')),
    );
    expect(await bandwidth()).toContain('ingress 10 Mbit/s as before');
    expect((await receive({})).mbit).toBeLessThan(10 * (1 + TOLERANCE));
    await annotate({ ingress_rate: null, egress_rate: '5', qos_policy: 'gold' });
    await eventually('the policy limits', async () => (await bandwidth()).includes('ingress 30 Mbit/s by'));
    expect(await bandwidth()).toContain('egress 5 Mbit/s by');
    await annotate({ egress_rate: '0', ingress_rate: '0', qos_policy: null });
  }, 60_000);

  it('delay is in force where the kernel can delay, and is refused with the reason elsewhere; the rate holds either way', async () => {
    await annotate({ latency: '30', ingress_rate: '20' });
    await eventually('delay told', async () => (await bandwidth()).includes('delay and loss'));
    const ping = await runTool(['nsenter', `--net=${peer}`, '--', 'ping', '-c3', '-q', (await pod()).status?.podIP ?? '']);
    const isDelayed = Number(/= ([\d.]+)\//.exec(ping.stdout)?.[1] ?? 0) >= 30;
    const isRefused = (await warnings()).some((message) => message.includes('latency 30') && message.includes('kernel can not do it'));
    expect(isDelayed).toBe(!isRefused);
    expect(await bandwidth()).toContain('ingress 20 Mbit/s by');
    await annotate({ latency: null, ingress_rate: '0' });
  }, 60_000);

  it('packets bear the mark that the pod asks for', async () => {
    const count = async (): Promise<number> => {
      const { stdout } = await runTool(['nsenter', `--net=${peer}`, '--', 'nft', 'list', 'counter', 'inet', 'marks', 'ef']);
      return Number(/packets (\d+)/.exec(stdout)?.[1] ?? 0);
    };
    const table =
      'table inet marks { counter ef { }\nchain in { type filter hook input priority 0;\nip dscp ef icmp type echo-request counter name ef\n}\n}';
    await runTool(['nsenter', `--net=${peer}`, '--', 'nft', '-f', '-'], { input: table });
    const ping = () => runTool(['nsenter', `--net=${limited}`, '--', 'ping', '-q', '-c5', '-i0.1', address]);
    await ping();
    expect(await count()).toBe(0);
    await annotate({ dscp: '46' });
    await eventually('marked', async () => {
      await ping();
      return (await count()) > 0;
    });
    const before = await count();
    await ping();
    expect((await count()) - before).toBe(5);
    await annotate({ dscp: null });
  }, 60_000);

  it('a further interface has a limit of its own: of its Subnet, and of the pod', async () => {
    const { metadata } = await lab().client.get(resources.pod, 'paced/peer');
    const to = metadata.annotations?.['storage.paced.ovn.kubernetes.io/ip_address'] ?? '';
    await annotate({ egress_rate: '40', ingress_rate: '40' }, 'storage.paced.ovn');
    await eventually('limits of net1', async () => (await bandwidth('storage.paced.ovn')).includes('ingress 40 Mbit/s'));
    const [storage, first] = [await flow({ from: limited, to, port: 5203, protocol: 'tcp' }), await send({})];
    // what arrives at the peer's interface is limited to the 20 of the Subnet
    expect(storage.mbit).toBeGreaterThan(20 * (1 - TOLERANCE));
    expect(storage.mbit).toBeLessThan(20 * (1 + TOLERANCE));
    expect(first.mbit).toBeGreaterThan(40 * (1 + TOLERANCE));
  }, 60_000);

  it('limits of a gateway are refused in the status of their policy', async () => {
    const policy = {
      apiVersion: 'kubeovn.io/v1',
      kind: 'QoSPolicy',
      metadata: { name: 'gate' },
      spec: { bindingType: 'NATGW', shared: true },
    };
    await lab().client.create(resources.qosPolicy, policy as QoSPolicy);
    const ready = async (name: string) =>
      (await lab().client.get(resources.qosPolicy, name)).status?.conditions?.find(({ type }) => type === 'Ready');
    await eventually('refused', async () => ((await ready('gate'))?.message ?? '').includes('VpcNatGateway'));
    expect((await ready('gate'))?.status).toBe('False');
    expect((await ready('gold'))?.status).toBe('True');
    await remove(lab(), resources.qosPolicy, 'gate');
  }, 30_000);

  it('a node limits its own interface into the network', async () => {
    const node = nodeOf(lab(), 'node1');
    const key = (name: string): string => `ovn.kubernetes.io/${name}`;
    const patch = (rate: string | null) =>
      lab().client.patch(resources.node, 'node1', {
        metadata: { annotations: { [key('egress_rate')]: rate, [key('ingress_rate')]: rate } },
      });
    await patch('20');
    const told = async (): Promise<string> =>
      (await lab().client.get(resources.node, 'node1')).metadata.annotations?.[key('bandwidth')] ?? '';
    await eventually('limits of the node', async () => (await told()).includes('egress 20 Mbit/s by'));
    const from = `/run/netns/${node.namespace}`;
    for (const isReverse of [false, true]) {
      const { mbit } = await flow({ from, to: address, port: 5201, protocol: 'tcp', isReverse });
      expect(mbit).toBeGreaterThan(20 * (1 - TOLERANCE));
      expect(mbit).toBeLessThan(20 * (1 + TOLERANCE));
    }
    await patch(null);
    await eventually('no limit of the node', async () => (await told()) === '');
  }, 60_000);
}
