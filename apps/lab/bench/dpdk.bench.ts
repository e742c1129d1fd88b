/** `npm run bench -- dpdk`: packets a second between pods with vhost-user and with veth interfaces, on one Open vSwitch, written to docs/benchmarks.md. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { table, writeSection } from '@kube-ovn/tools/benchmark-section';
import { layoutOf } from '../src/infra/layout.ts';
import { type Lab, startLab } from '../src/lab/lab.ts';
import { becomesReady, eventually, kubectl, nodeOf, readyPod, sandboxOf } from '../test/cluster/support.ts';
import { countersOf, DPDK_MANIFEST, portOf, prepareForDpdk, VhostPods } from '../test/cluster/vhost-pods.ts';
import { machine, percentile } from './statistics.ts';

const DOCUMENT = new URL('../../../docs/benchmarks.md', import.meta.url);
const ROUNDS = 5;
const SECONDS = 4;
/** Bytes of a frame. */
const SIZES = [64, 512, 1400] as const;
const NODE = 'node2';

/** A pair of pods, and how one of them is made to send as fast as it can. */
interface Pair {
  readonly name: string;
  /** Port of the one that receives. */
  readonly port: string;
  send(bytes: number): Promise<AsyncDisposable>;
}

async function vhostPair(lab: Lab): Promise<Pair> {
  const pods = new VhostPods(
    () => lab,
    () => nodeOf(lab, NODE),
  );
  await kubectl(lab, 'apply', '-f', DPDK_MANIFEST);
  for (const name of ['left', 'right']) await becomesReady(lab, { namespace: 'fast', name });
  await eventually('connected', () => pods.isConnected());
  await pods.tell('right', 'set fwd rxonly', 'start');
  return {
    name: 'vhost-user',
    port: await pods.portOf('right'),
    send: async (bytes) => {
      await pods.tell('left', `set txpkts ${bytes}`, 'set fwd txonly', 'start');
      return { [Symbol.asyncDispose]: () => pods.tell('left', 'stop') };
    },
  };
}

/** The same program sends, by a packet socket on the pod's interface. */
async function vethPair(lab: Lab): Promise<Pair> {
  const [from, to] = await Promise.all(['veth-left', 'veth-right'].map((name) => readyPod(lab, { name, namespace: 'fast', node: NODE })));
  const mac = (pod: typeof from): string => pod?.metadata.annotations?.['ovn.kubernetes.io/mac_address'] ?? '';
  const { netns = '' } = sandboxOf(lab, { namespace: 'fast', name: 'veth-left' });
  const send = async (bytes: number): Promise<AsyncDisposable> => {
    const [program, ...argv] = [
      'nsenter',
      `--net=${netns}`,
      '--',
      'dpdk-testpmd',
      '--no-shconf',
      '--no-huge',
      '-m',
      '256',
      '--no-pci',
      '--lcores',
      '0@(0,1),1@(0,1)',
    ];
    const device = [
      '--vdev=net_af_packet0,iface=eth0',
      '--',
      '--forward-mode=txonly',
      `--txpkts=${bytes}`,
      '--auto-start',
      '--total-num-mbufs=4096',
    ];
    const addresses = [`--eth-peer=0,${mac(to)}`, `--tx-ip=${from?.status?.podIP},${to?.status?.podIP}`, '--stats-period=3600'];
    const sender = spawn(program, [...argv, ...device, ...addresses], { stdio: 'ignore' });
    return {
      async [Symbol.asyncDispose]() {
        if (sender.exitCode !== null) throw new Error(`dpdk-testpmd in veth-left ended by itself with ${sender.exitCode}`);
        sender.kill('SIGKILL');
        await once(sender, 'close');
      },
    };
  };
  return { name: 'veth', port: await portOf(nodeOf(lab, NODE), 'veth-right.fast'), send };
}

/** Packets a second that come to the receiver's port. */
async function rateOf(lab: Lab, pair: Pair, bytes: number): Promise<number> {
  await using _sending = await pair.send(bytes);
  const sent = async (): Promise<number> => (await countersOf(nodeOf(lab, NODE), pair.port)).sent;
  const idle = await sent();
  await eventually(`packets of ${pair.name}`, async () => (await sent()) > idle + 1000);
  const [before, start] = [await sent(), performance.now()];
  await pause(SECONDS * 1000);
  return ((await sent()) - before) / ((performance.now() - start) / 1000);
}

async function measure(lab: Lab): Promise<string> {
  const pairs = [await vhostPair(lab), await vethPair(lab)];
  const rates = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round += 1)
    for (const bytes of SIZES)
      for (const pair of pairs) {
        const key = `${pair.name} ${bytes}`;
        rates.set(key, [...(rates.get(key) ?? []), await rateOf(lab, pair, bytes)]);
        process.stderr.write(`round ${round + 1}: ${key} bytes: ${Math.round(rates.get(key)?.at(-1) ?? 0)} packets/s\n`);
      }
  const median = (name: string, bytes: number): number => percentile(rates.get(`${name} ${bytes}`) ?? [], 0.5);
  const rows = SIZES.map((bytes) => {
    const [vhost, veth] = [median('vhost-user', bytes), median('veth', bytes)];
    const mbit = (rate: number): string => ((rate * bytes * 8) / 1e6).toFixed(0);
    const shown = (rate: number): string => Math.round(rate).toLocaleString('en');
    return [String(bytes), shown(vhost), mbit(vhost), shown(veth), mbit(veth), `${(vhost / veth).toFixed(1)}×`];
  });
  return table(['bytes a frame', 'vhost-user, packets/s', 'Mbit/s', 'veth, packets/s', 'Mbit/s', 'vhost-user to veth'], rows);
}

const [load = Number.NaN] = loadavg();
await using cleanup = new AsyncDisposableStack();
const { otherConfig, undo } = await prepareForDpdk();
cleanup.defer(undo);
const layout = layoutOf({ name: 'benchd', nodes: 2, raft: false, families: 'ipv4' });
const lab = await startLab({ layout, progress: (text) => void process.stderr.write(`${text}\n`), dpdk: { [NODE]: otherConfig } });
cleanup.defer(() => lab.stop());
const body = `## dpdk

\`npm run bench -- dpdk\` on ${machine()}; other work had the machine at a load of ${load.toFixed(1)} when it began. Two pods of one node of the lab, whose Open vSwitch
has DPDK, through their logical ports of OVN. The thread that polls, both pods and the rest of the lab share the machine's processors. \`dpdk-testpmd\`
sends as fast as it can, over virtio-user or over a packet socket on the pod's veth; packets that come to the receiver's port are counted, for ${SECONDS} s, in
turn. The median of ${ROUNDS} rounds:

${await measure(lab)}
`;
writeSection(DOCUMENT, 'dpdk', body);
process.stdout.write(body);
