import { join } from 'node:path';
import { type Pod, resources, type VpcSpec } from '@kube-ovn/api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inNamespace, runTool } from '../../src/infra/tool.ts';
import { askFrom } from './ask.ts';
import { becomesReady, eventsOf, eventually, kubectl, netnsOf, readyPod, remove, type LabRef } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/vpcs.yaml');
const SIDES = ['north', 'south'] as const;
const DESK = ['10.50.0.10', 'fd00:50::a'] as const;
/** Behind pods, and in no Subnet. */
const BEHIND = { of: '198.51.100.1', also: '198.51.101.1' };

/** docs/features/vpcs.md, with packets: Vpcs apart from each other, links and routes. */
export function vpcs(lab: LabRef): void {
  const clients = new Map<string, Pod>();
  const client = (name: string): Pod => {
    const pod = clients.get(name);
    if (pod === undefined) throw new Error(`no client ${name}`);
    return pod;
  };
  const asked = (from: string, address: string, times = 4): Promise<string> => askFrom(lab(), client(from), { address, times });
  const patch = (vpc: string, spec: VpcSpec): Promise<unknown> => lab().client.patch(resources.vpc, vpc, { spec });
  const porters = new Map<string, readonly string[]>();
  const inPod = (pod: Pod, ...argv: readonly string[]): Promise<unknown> => runTool(['nsenter', `--net=${netnsOf(lab(), pod)}`, ...argv]);

  /** A pod of north that says its name. */
  const server = async (name: string, annotations: Readonly<Record<string, string>>): Promise<Pod> => {
    const { spec } = await lab().client.get(resources.pod, 'north/porter-of-north');
    const containers = spec?.containers?.map(({ image, args }) => ({ name: 'main', image, args }));
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'north', annotations },
      spec: { nodeName: 'node2', containers },
    };
    await lab().client.create(resources.pod, pod as unknown as Pod);
    return becomesReady(lab(), { namespace: 'north', name });
  };

  beforeAll(async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    for (const side of SIDES) {
      await becomesReady(lab(), { namespace: side, name: `desk-of-${side}` });
      const porter = await becomesReady(lab(), { namespace: side, name: `porter-of-${side}` });
      porters.set(
        side,
        (porter.status?.podIPs ?? []).map(({ ip }) => ip),
      );
      for (const node of ['node1', 'node2'])
        clients.set(`${side}-${node}`, await readyPod(lab(), { name: `client-${node}`, namespace: side, node }));
      const annotations = { 'ovn.kubernetes.io/logical_switch': `${side}-hall` };
      clients.set(`${side}-hall`, await readyPod(lab(), { name: 'guest', namespace: side, node: 'node3', annotations }));
    }
    clients.set('default', await readyPod(lab(), { name: 'stranger', namespace: 'default', node: 'node1' }));
  }, 120_000);

  afterAll(async () => {
    for (const { metadata } of clients.values()) await remove(lab(), resources.pod, `${metadata.namespace ?? ''}/${metadata.name}`);
    await kubectl(lab(), 'delete', '--ignore-not-found', '-f', MANIFEST);
  }, 120_000);

  it('two Vpcs with the same addresses: each asks its own desk, in both families and from every node', async () => {
    for (const side of SIDES)
      for (const node of ['node1', 'node2'])
        for (const address of DESK)
          expect([side, address, await asked(`${side}-${node}`, address)]).toEqual([side, address, `desk-of-${side}`]);
  }, 60_000);

  it('neither the default Vpc nor a node reaches them, and no node has a route or a rule for them', async () => {
    for (const address of DESK) expect(await asked('default', address, 1)).toMatch(/timeout|no answer|TIMEDOUT|UNREACH/);
    for (const { namespace } of lab().layout.nodeList) {
      const routes = await runTool(inNamespace(namespace, ['ip', 'route', 'show', 'table', 'all']));
      const rules = await runTool(inNamespace(namespace, ['nft', 'list', 'ruleset']));
      expect(`${routes.stdout}${rules.stdout}`).not.toMatch(/10\.5[01]\./);
    }
  }, 60_000);

  it('a link leads from hall to hall, and a porter is seen under its own address', async () => {
    for (const [from, to] of [SIDES, SIDES.toReversed()])
      for (const address of porters.get(to ?? '') ?? []) expect(await asked(`${from}-hall`, address)).toBe(`porter-of-${to}`);
    const own = (client('north-hall').status?.podIPs ?? []).map(({ ip }) => ip);
    const seen = [];
    for (const address of porters.get('south') ?? []) seen.push(await askFrom(lab(), client('north-hall'), { address, ask: 'clientip' }));
    expect(seen).toEqual(own);
  }, 60_000);

  it('the link ends when one side takes it back, the inside goes on, and both hear of it', async () => {
    const [address = ''] = porters.get('south') ?? [];
    await patch('south', { vpcPeerings: [] });
    await eventually('no answer', async () => (await asked('north-hall', address, 1)) !== 'porter-of-south');
    expect(await asked('south-hall', address)).toBe('porter-of-south');
    const told = await eventually('an event', async () =>
      (await eventsOf(lab(), 'Vpc', 'north')).find(({ message }) => message?.includes('does not name this Vpc')),
    );
    expect(told.message).toContain('spec.vpcPeerings[remoteVpc=south].remoteVpc "south"');
    await patch('south', { vpcPeerings: [{ remoteVpc: 'north', localConnectIP: '169.254.51.2/30,fd00:51:ffff::2/126' }] });
    await eventually('an answer', async () => (await asked('north-hall', address, 1)) === 'porter-of-south');
  }, 90_000);

  it('a static route leads to what is behind a pod', async () => {
    const [porter = ''] = porters.get('north') ?? [];
    const pod = await lab().client.get(resources.pod, 'north/porter-of-north');
    for (const address of Object.values(BEHIND)) await inPod(pod, 'ip', 'address', 'add', `${address}/32`, 'dev', 'lo');
    const { spec } = await lab().client.get(resources.vpc, 'north');
    await patch('north', {
      staticRoutes: [...(spec.staticRoutes ?? []), { cidr: `${BEHIND.of}/32`, nextHopIP: porter, policy: 'policyDst' }],
    });
    await eventually('an answer', async () => (await asked('north-node2', BEHIND.of, 1)) === 'porter-of-north');
    expect(await asked('north-node1', BEHIND.of)).toBe('porter-of-north');
  }, 60_000);

  it('policy routes drop, allow and reroute to several next hops; a mistake leaves them in force', async () => {
    const [porter = ''] = porters.get('north') ?? [];
    const second = await server('second', { 'ovn.kubernetes.io/logical_switch': 'north-hall' });
    clients.set('second', second);
    await inPod(second, 'ip', 'address', 'add', `${BEHIND.also}/32`, 'dev', 'lo');
    const drop = { priority: 20, action: 'drop', match: `ip4.dst == ${DESK[0]} && ip4.src == 10.51.1.0/24` } as const;
    expect(await asked('north-hall', DESK[0])).toBe('desk-of-north');
    await patch('north', { policyRoutes: [drop] });
    await eventually('no answer', async () => (await asked('north-hall', DESK[0], 1)) !== 'desk-of-north');
    expect([await asked('north-hall', DESK[1]), await asked('north-node1', DESK[0])]).toEqual(['desk-of-north', 'desk-of-north']);

    await patch('north', { policyRoutes: [{ ...drop, action: 'reroute' }] });
    const told = await eventually('an event', async () =>
      (await eventsOf(lab(), 'Vpc', 'north')).find(({ message }) => message?.includes('nextHopIP')),
    );
    expect(told.message).toContain('spec.policyRoutes[0].nextHopIP is empty');
    expect(await asked('north-hall', DESK[0], 1)).not.toBe('desk-of-north');

    const hops = [porter, second.status?.podIP ?? ''].join(',');
    const spread = { priority: 20, action: 'reroute', match: `ip4.dst == ${BEHIND.also}`, nextHopIP: hops } as const;
    const { spec } = await lab().client.get(resources.vpc, 'north');
    await patch('north', {
      policyRoutes: [spread, { ...drop, priority: 30, action: 'allow' }, drop],
      staticRoutes: [...(spec.staticRoutes ?? []), { cidr: '198.51.101.0/24', nextHopIP: porter }],
    });
    await eventually('both answer', async () => (await asked('north-node1', BEHIND.also, 60)).split(',').length === 2);
    expect(await asked('north-hall', DESK[0])).toBe('desk-of-north');
    await remove(lab(), resources.pod, 'north/second');
    clients.delete('second');
  }, 120_000);
}
