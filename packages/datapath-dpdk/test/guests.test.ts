/**
 * A plan for this machine, carried out: Open vSwitch runs with its settings, two DPDK programs that play pods exchange packets over
 * vhost-user, and do so again when ovs-vswitchd has been away. Needs root, 1.1 GiB of memory and two CPUs.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inNetns, rtnl } from '@kube-ovn/host';
import { planDpdk, settingsThatNeedRestart, type DpdkPlan, type DpdkWish } from '@kube-ovn/datapath-dpdk';
import { applySteps, readInventory } from '@kube-ovn/datapath-dpdk/node';
import { startGuest, testSwitch, type Guest, type TestSwitch } from './open-vswitch.ts';

const OVS_MIB = 512;
const POD_MIB = 256;
/** More packets than the kernel sends by itself on a link that comes up. */
const NOISE = 1000;

const pagesNow = () => readInventory().numaNodes.map(({ hugepages }) => hugepages.map(({ sizeKib, total }) => `${total} of ${sizeKib}`));

describe('two pods on Open vSwitch with DPDK', () => {
  let ovs: TestSwitch;
  let plan: DpdkPlan;
  let wish: DpdkWish;
  const guests: Guest[] = [];
  const cleanup = new AsyncDisposableStack();
  const pagesBefore = pagesNow();

  const host = () => inNetns(ovs.ns, () => readInventory());
  const names = () => plan.pods.map(({ portName }) => portName);

  /** Counters of ovs-vswitchd, whose packets they are. */
  const packets = (name: string | undefined) => {
    const statistics = ovs.interfaceOf(name ?? '')?.statistics;
    return { received: Number(statistics?.get('rx_packets') ?? 0), sent: Number(statistics?.get('tx_packets') ?? 0) };
  };
  const isExchanging = () => names().every((name) => packets(name).received > NOISE && packets(name).sent > NOISE);
  const isConnected = () => names().every((name) => ovs.interfaceOf(name)?.status.get('status') === 'connected');

  beforeAll(async () => {
    ovs = cleanup.use(await testSwitch());
    await rtnl(ovs.ns).addVeth({ name: 'wire0', up: true, peer: { name: 'wire1', mac: '02:00:00:00:00:99' } });
    await rtnl(ovs.ns).changeLink('wire1', { up: true });
    const pod = { volume: 'vhost', socket: 'net1', bridge: 'br0', memoryMib: POD_MIB };
    wish = {
      pmdMaxSleepUs: 100,
      socketMemoryMib: OVS_MIB,
      socketDirectory: `${ovs.directory}/s`,
      ports: [{ kind: 'af_packet', name: 'wire', bridge: 'br0', link: 'wire0' }],
      pods: [
        { ...pod, pod: 'shop/web', uid: 'web', externalIds: { 'iface-id': 'web.shop' } },
        { ...pod, pod: 'shop/db', uid: 'db' },
      ],
    };
    const result = planDpdk(host(), wish);
    if (!result.ok || result.refusals.length > 0) throw new Error(JSON.stringify(result.refusals));
    ({ plan } = result);
  });

  afterAll(() => cleanup.disposeAsync());

  it('the settings of the plan initialize DPDK', async () => {
    await applySteps(plan.steps);
    cleanup.defer(() => applySteps(plan.undo));
    ovs.synchronizer.want('dpdk', plan.fragment);
    await ovs.synchronizer.settled();
    await ovs.start();
    const { dpdk_initialized: isInitialized, dpdk_version: version, other_config: otherConfig } = ovs.root();
    expect({ isInitialized, version }).toEqual({ isInitialized: true, version: expect.stringMatching(/^DPDK \d/) });
    expect(settingsThatNeedRestart(Object.fromEntries(otherConfig), plan.otherConfig)).toEqual([]);
  });

  it('Open vSwitch takes the memory that it was given and no more', () => {
    const taken = readInventory().numaNodes[0]?.hugepages.find(({ sizeKib }) => sizeKib === 2048);
    expect(((taken?.total ?? 0) - (taken?.free ?? 0)) * 2).toBeGreaterThanOrEqual(OVS_MIB);
    expect((taken?.free ?? 0) * 2).toBeGreaterThanOrEqual(2 * POD_MIB);
  });

  it('ports and sockets of the plan connect two DPDK programs, which exchange packets', async () => {
    for (const { name, fragment } of plan.ports) ovs.synchronizer.want(name, fragment);
    for (const { portName, fragment } of plan.pods) ovs.synchronizer.want(portName, fragment);
    const [db, web] = plan.pods;
    if (db === undefined || web === undefined) throw new Error('two pods are planned');
    guests.push(cleanup.use(await startGuest(ovs.ns, db, 'macswap')), cleanup.use(await startGuest(ovs.ns, web, 'flowgen')));
    await ovs.until('both pods are connected', isConnected);
    await ovs.until('packets go both ways at both pods', isExchanging);
    expect(ovs.interfaceOf(web.portName)?.external_ids.get('iface-id')).toBe('web.shop');
    expect([...names(), 'wire'].map((name) => ovs.interfaceOf(name)?.error)).toEqual([undefined, undefined, undefined]);
  });

  it('the link is a port like any other: what pods flood arrives on the wire', async () => {
    await ovs.until('the physical port has sent packets', () => packets('wire').sent > 0);
    const wire = inNetns(ovs.ns, () => /wire1:\s*\d+\s+(?<packets>\d+)/.exec(readFileSync('/proc/net/dev', 'utf8')));
    expect(Number(wire?.groups?.['packets'])).toBeGreaterThan(0);
  });

  it('while all this runs, the plan of the machine has nothing left to do', () => {
    expect(planDpdk(host(), wish)).toMatchObject({ ok: true, refusals: [], plan: { ...plan, steps: [], undo: [] } });
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'ovs-vswitchd ends by %s and starts anew: the pods, which run on, are connected again',
    async (signal) => {
      await ovs.end(signal);
      await ovs.start();
      await ovs.until('both pods are connected again', isConnected);
      await ovs.until('packets go both ways at both pods again', isExchanging);
      expect(names().map((name) => ovs.interfaceOf(name)?.status.get('status'))).toEqual(['connected', 'connected']);
    },
  );

  it('both pods have received and sent', async () => {
    const counts = await Promise.all(guests.map((guest) => guest.leave()));
    expect(counts).toHaveLength(2);
    expect(counts.every(({ received, sent }) => received > NOISE && sent > NOISE)).toBe(true);
  });

  it('what is no longer wanted goes: ports, settings, and the pages of the host', async () => {
    for (const owner of [...names(), 'wire', 'dpdk']) ovs.synchronizer.want(owner, undefined);
    await ovs.synchronizer.settled();
    expect([...names(), 'wire'].map((name) => ovs.interfaceOf(name))).toEqual([undefined, undefined, undefined]);
    expect([...ovs.root().other_config.keys()]).toEqual([]);
    await ovs.end('SIGTERM');
    await applySteps(plan.undo);
    expect(pagesNow()).toEqual(pagesBefore);
  });
});

it('README: the second example sets hugepages aside', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /## On a real host\n\n```ts\n(?<code>.+?)```/s.exec(readme)?.groups?.['code'] ?? '';
  const result = planDpdk(readInventory(), { socketMemoryMib: 1024 });
  const ran = spawnSync(process.execPath, ['--conditions=@kube-ovn/source', '--input-type=module-typescript', '-'], {
    input: example,
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
  });
  expect(ran.stderr).toBe('');
  try {
    expect(planDpdk(readInventory(), { socketMemoryMib: 1024 })).toMatchObject({ ok: true, plan: { steps: [] } });
  } finally {
    if (result.ok) await applySteps(result.plan.undo);
  }
});
