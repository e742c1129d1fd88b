import { join } from 'node:path';
import { type KubeObject, type Pod, type Resource, resources } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { centralRemotes, type TrunkHost } from '../../src/infra/layout.ts';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { askFrom } from './ask.ts';
import { askOf, hostOn, networkReady } from './physical.ts';
import { becomesReady, eventsOf, eventually, kubectl, type LabRef, nodeOf, readyPod, remove, runningPid } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/external-addresses.yaml');
const GATEWAYS = ['node1', 'node2'] as const;
const FAMILIES = [4, 6] as const;
/** In the manifest, by family. */
const [EAST, WEST, SOLO, EAST_DESK, WEST_DESK] = ['50', '51', '60', '70', '71'].map((last) => ({
  4: `172.31.10.${last}`,
  6: `fd00:172:31:10::${last}`,
})) as [Pair, Pair, Pair, Pair, Pair];
type Pair = Readonly<Record<4 | 6, string>>;

/** docs/features/external-addresses.md, with packets: as whom a host outside sees pods, and who answers it. */
export function externalAddresses(lab: LabRef): void {
  let host: TrunkHost;
  const pods = new Map<string, Pod>();
  const pod = (name: string): Pod => {
    const found = pods.get(name);
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  };
  const outside = (family: 4 | 6): string => (family === 4 ? host.address : host.address6);
  /** As whom the host outside sees a pod. */
  const seen = (name: string, family: 4 | 6, protocol: 'http' | 'udp' = 'http'): Promise<string> =>
    askFrom(lab(), pod(name), { address: outside(family), ask: 'clientip', protocol });
  const becomes = (name: string, pair: Pair): Promise<unknown> =>
    eventually(`${name} seen as ${pair[4]}`, async () => (await seen(name, 4)) === pair[4] && (await seen(name, 6)) === pair[6]);
  const label = (name: string, value: string | null): Promise<unknown> =>
    lab().client.patch(resources.node, name, { metadata: { labels: { 'ovn.kubernetes.io/external-gw': value } } });
  /** Node that OVN has the router's port on. */
  const carrier = async (vpc: string): Promise<string> => {
    const remotes = centralRemotes(lab().layout, 'sb').join(',');
    const find = (...args: readonly string[]): Promise<string> =>
      runTool(['ovn-sbctl', `--db=${remotes}`, '--bare', ...args]).then(({ stdout }) => stdout.trim());
    const chassis = await find('--columns=chassis', 'find', 'Port_Binding', `logical_port=cr-${vpc}-external`);
    return chassis === '' ? '' : find('--columns=hostname', 'list', 'Chassis', chassis);
  };
  /** Node that OVN has it on while all is well; after a failure the port may be here and there before it stays. */
  const home = async (vpc: string): Promise<string> => {
    const remotes = centralRemotes(lab().layout, 'nb').join(',');
    const argv = ['ovn-nbctl', `--db=${remotes}`, '--format=csv', '--no-headings', '--columns=priority,external_ids', 'list', 'HA_Chassis'];
    const rows = (await runTool(argv)).stdout.split('\n').filter((line) => line.includes(`${vpc}-external/`));
    const best = rows.toSorted((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0] ?? '';
    return eventually(`${vpc} at home`, async () => {
      const node = GATEWAYS.find((name) => best.includes(`/${name}`));
      return (await carrier(vpc)) === node ? node : undefined;
    });
  };
  const isReady = async (resource: Resource<KubeObject>, name: string): Promise<boolean> => {
    const { status } = (await lab().client.get(resource, name)) as { readonly status?: { readonly ready?: boolean } };
    return status?.ready === true;
  };

  beforeAll(async () => {
    for (const name of GATEWAYS) await label(name, 'true');
    host = await hostOn(lab(), 10);
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    await networkReady(lab(), 'physical');
    for (const [namespace, name] of [
      ['east', 'desk'],
      ['east', 'solo'],
      ['west', 'desk'],
      ['west', 'window'],
    ] as const)
      pods.set(`${namespace}/${name}`, await becomesReady(lab(), { namespace, name }));
    for (const namespace of ['east', 'west'])
      pods.set(`${namespace}/guest`, await readyPod(lab(), { name: 'guest', namespace, node: 'node3' }));
    for (const name of ['east-out', 'west-out', 'east-solo', 'east-desk', 'west-desk'])
      await eventually(`OvnEip ${name} ready`, () => isReady(resources.ovnEip as Resource<KubeObject>, name));
  }, 120_000);

  afterAll(async () => {
    await kubectl(lab(), 'delete', 'configmap', '-n', 'kube-system', '--ignore-not-found', 'ovn-external-gw-config');
    for (const namespace of ['east', 'west']) await remove(lab(), resources.pod, `${namespace}/guest`);
    await kubectl(lab(), 'delete', '--ignore-not-found', '-f', MANIFEST);
    for (const name of GATEWAYS) await label(name, null);
  }, 120_000);

  it.each(FAMILIES)(
    'IPv%i: two Vpcs with the same addresses leave at once, each by its own address',
    async (family) => {
      for (const [name, pair] of [
        ['east/guest', EAST],
        ['west/guest', WEST],
      ] as const)
        await eventually(`${name} leaves`, async () => (await seen(name, family)) === pair[family]);
      const both = await Promise.all([seen('east/guest', family, 'udp'), seen('west/guest', family, 'udp')]);
      expect(both).toEqual([EAST[family], WEST[family]]);
    },
    90_000,
  );

  it.each(FAMILIES)(
    'IPv%i: a pod with an OvnSnatRule of its own is seen by that address, from another node too',
    async (family) => {
      expect(await seen('east/solo', family)).toBe(SOLO[family]);
    },
    60_000,
  );

  it.each(FAMILIES)(
    'IPv%i: an OvnFip is seen outside, and answers there; translated on the pod’s node or on the gateway’s',
    async (family) => {
      expect([await seen('east/desk', family), await seen('west/desk', family)]).toEqual([EAST_DESK[family], WEST_DESK[family]]);
      const answers = await Promise.all([EAST_DESK, WEST_DESK].map((pair) => askOf(host, { address: pair[family], ask: 'clientip' })));
      expect(answers).toEqual([outside(family), outside(family)]);
    },
    60_000,
  );

  it('the host outside has the address of the desk of east at the node where that pod is: nothing of it goes by a gateway node', async () => {
    const { stdout } = await runTool(['ovs-appctl', '-t', join(lab().layout.trunk.dir, 'ovs-vswitchd.ctl'), 'fdb/show', 'br-trunk']);
    const eip = await lab().client.get(resources.ovnEip, 'east-desk');
    const learnt = stdout.split('\n').find((line) => line.includes(eip.status?.macAddress ?? 'none'));
    const ports = await runTool(['ovs-vsctl', `--db=unix:${lab().layout.trunk.ovsSocket}`, 'get', 'Interface', 't3', 'ofport']);
    expect(learnt?.trim().split(/\s+/)[0]).toBe(ports.stdout.trim());
  });

  it.each(FAMILIES)(
    'IPv%i: an OvnDnatRule leads one port to its pod, and no other',
    async (family) => {
      const at = (port: number): Promise<string> => askOf(host, { address: WEST[family], port, times: 2 });
      expect(await at(80)).toBe('window');
      expect(await at(8080)).not.toBe('window');
    },
    60_000,
  );

  it('their objects say what they have, in Kube-OVN’s words', async () => {
    const eip = await lab().client.get(resources.ovnEip, 'west-out');
    expect(eip.status).toMatchObject({ v4Ip: WEST[4], v6Ip: WEST[6], type: 'nat', nat: 'dnat,snat', ready: true });
    expect(eip.status?.macAddress).toMatch(/^[0-9a-f:]{17}$/);
    const columns = await kubectl(lab(), 'get', 'oeip', 'west-out', '--no-headers');
    expect(columns.stdout.split(/\s+/).slice(0, 3)).toEqual(['west-out', WEST[4], WEST[6]]);
  });

  it('when the gateway node’s datapath stands still the other one takes over, for what leaves and for what comes', async () => {
    const first = await home('east');
    const second = GATEWAYS.find((name) => name !== first);
    expect(GATEWAYS).toContain(first);
    const pid = runningPid(lab(), `${first}-vswitchd`);
    process.kill(pid, 'SIGSTOP');
    try {
      await eventually(`${second} carries it`, async () => (await carrier('east')) === second);
      await becomes('east/guest', EAST);
      await eventually('an answer', async () => (await askOf(host, { address: EAST_DESK[4], ask: 'clientip' })) === outside(4));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await eventually(`${first} carries it again`, async () => (await carrier('east')) === first);
    await becomes('east/guest', EAST);
    await becomes('west/guest', WEST);
  }, 120_000);

  it('when the interface of the gateway node is dead the other one takes over, until it lives again', async () => {
    const first = await home('east');
    const second = GATEWAYS.find((name) => name !== first);
    const ready = 'physical.provider-network.kubernetes.io/ready';
    const isReadyOn = async (node: string): Promise<boolean> => {
      const { metadata } = await lab().client.get(resources.node, node);
      return metadata.labels?.[ready] === 'true';
    };
    const trunkPort = (state: 'up' | 'down'): Promise<unknown> => {
      const port = `t${nodeOf(lab(), first).index}`;
      return runTool(inNamespace(lab().layout.outside.namespace, ['ip', 'link', 'set', port, state]));
    };
    const start = performance.now();
    await trunkPort('down');
    try {
      await eventually(`${second} carries it`, async () => (await carrier('east')) === second);
      await becomes('east/guest', EAST);
      process.stdout.write(
        `external addresses: seen by the other gateway ${Math.round(performance.now() - start)} ms after its interface died\n`,
      );
      expect(await isReadyOn(first)).toBe(false);
      const { metadata } = await lab().client.get(resources.node, first);
      expect(metadata.annotations?.['physical.provider-network.kubernetes.io/err_mesg']).toBe('interface eth1 has no carrier');
    } finally {
      await trunkPort('up');
    }
    await eventually(`${first} carries it again`, async () => (await isReadyOn(first)) && (await carrier('east')) === first);
    await becomes('east/guest', EAST);
    await becomes('west/guest', WEST);
  }, 120_000);

  it('routers translate to addresses alone: no packet was committed with NAT of nothing, which ends older Open vSwitch', async () => {
    const counts = await Promise.all(
      lab().layout.nodeList.map(async ({ dir, namespace }) => {
        const argv = inNamespace(namespace, ['ovs-ofctl', 'dump-flows', `unix:${join(dir, 'br-int.mgmt')}`]);
        return [...(await runTool(argv)).stdout.matchAll(/n_packets=(\d+),.* actions=(.*)/g)].map(([, packets = '', actions = '']) => ({
          packets: Number(packets),
          isOfNothing: /commit[^)]*nat\((src|dst)\)/.test(actions),
          isOfRouters: /commit[^)]*nat\(src=(172\.31\.10\.|fd00:172:31:10::)/.test(actions),
        }));
      }),
    );
    const all = counts.flat();
    const packets = (of: 'isOfNothing' | 'isOfRouters'): number =>
      all.filter((flow) => flow[of]).reduce((sum, flow) => sum + flow.packets, 0);
    expect(packets('isOfRouters')).toBeGreaterThan(0);
    expect(packets('isOfNothing')).toBe(0);
  });

  it('pods of the default Vpc by their annotations: seen by these addresses, reached by eip, refused a second time', async () => {
    await kubectl(lab(), 'create', 'configmap', '-n', 'kube-system', 'ovn-external-gw-config', '--from-literal=enable-external-gw=true');
    const [eip, snat] = ['172.31.10.80', '172.31.10.81'];
    const make = async (name: string, node: string, annotations: Readonly<Record<string, string>>): Promise<unknown> =>
      pods.set(name, await readyPod(lab(), { name, namespace: 'default', node, annotations }));
    await make('both-ways', 'node3', { 'ovn.kubernetes.io/eip': eip });
    await make('one-way', 'node1', { 'ovn.kubernetes.io/snat': snat });
    await eventually('both-ways leaves', async () => (await seen('both-ways', 4)) === eip);
    await eventually('one-way leaves', async () => (await seen('one-way', 4)) === snat);
    const ping = ['nsenter', `--net=/run/netns/${host.namespace}`, '--', 'ping', '-q', '-c2', '-W2', eip];
    expect((await runTool(ping, { accept: [0, 1] })).code).toBe(0);
    await make('late', 'node2', { 'ovn.kubernetes.io/eip': eip });
    const told = await eventually('an event', async () =>
      (await eventsOf(lab(), 'Pod', 'late')).find(({ reason }) => reason === 'ExternalAddressRefused'),
    );
    expect(told.message).toContain('is used by OvnFip both-ways.default');
    const [pair, alone]: readonly [Pair, string] = [{ 4: '172.31.10.82', 6: 'fd00:172:31:10::82' }, 'fd00:172:31:10::83'];
    await make('both-families', 'node2', { 'ovn.kubernetes.io/eip': `${pair[4]},${pair[6]}` });
    await make('by-six', 'node1', { 'ovn.kubernetes.io/eip': alone });
    await make('out-by-six', 'node3', { 'ovn.kubernetes.io/snat': 'fd00:172:31:10::84' });
    await becomes('both-families', pair);
    await eventually('by-six leaves', async () => (await seen('by-six', 6)) === alone);
    await eventually('out-by-six leaves', async () => (await seen('out-by-six', 6)) === 'fd00:172:31:10::84');
    for (const address of [pair[6], alone]) {
      const { code } = await runTool(inNamespace(host.namespace, ['ping', '-q', '-c2', '-W2', address]), { accept: [0, 1] });
      expect([address, code]).toEqual([address, 0]);
    }
    for (const name of ['both-ways', 'one-way', 'late', 'both-families', 'by-six', 'out-by-six'])
      await remove(lab(), resources.pod, `default/${name}`);
    await eventually('their addresses are free', async () =>
      (await lab().client.list(resources.ovnEip)).items.every(({ metadata }) => !metadata.name.startsWith('eip-')),
    );
  }, 120_000);

  it('without its OvnFip an address answers no more, and its pod leaves like the others', async () => {
    await remove(lab(), resources.ovnFip as Resource<KubeObject>, 'west-desk');
    await eventually('no answer', async () => (await askOf(host, { address: WEST_DESK[4], ask: 'clientip', times: 1 })) !== outside(4));
    await becomes('west/desk', WEST);
    expect((await lab().client.get(resources.ovnEip, 'west-desk')).status).toMatchObject({ nat: '', ready: true });
  }, 60_000);
}
