import { randomBytes } from 'node:crypto';
import { sourceTable } from '@kube-ovn/dataflow';
import { createNetns, deleteNetns, type Netns, rtnl } from '@kube-ovn/host';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type KeptRtnl, type NetworkBridges, networkKeeper, type PresentNetwork, withoutCarrier } from './keep.ts';
import type { NetworkState } from './labels.formula.ts';
import type { NetworkPlan, NodeNetwork } from './provider-network.formula.ts';

let ns: Netns;
beforeEach(async () => {
  ns = createNetns(`/run/netns/ko-d-keep-${randomBytes(3).toString('hex')}`);
  using node = rtnl(ns);
  for (const name of ['eth1', 'eth2']) await node.addLink({ name, kind: 'ifb', up: true });
  await node.addAddress('eth1', '192.0.2.9/24');
  await node.addAddress('eth2', '198.51.100.9/24');
});
afterEach(() => {
  ns[Symbol.dispose]();
  deleteNetns(ns.path);
});

const first: NodeNetwork = { name: 'net1', bridge: 'br-net1', nic: 'eth1', vlans: [0] };
const second: NodeNetwork = { name: 'net2', bridge: 'br-net2', nic: 'eth2', vlans: [0] };
const plan = (...wanted: readonly NodeNetwork[]): NetworkPlan => ({ wanted, refused: new Map(), excluded: [] });

type Step = keyof NetworkBridges | 'free' | 'guard' | 'addBelonging' | 'changeLink';

/** What stands for Open vSwitch: `fails` names the steps that fail, `steps` says what was done. */
function world() {
  const present: PresentNetwork[] = [];
  const steps: string[] = [];
  const mapped = new Set<string>();
  const guarded = new Set<string>();
  const now = {
    ms: 0,
    fails: new Set<Step>(),
    awaited: undefined as string | undefined,
    objection: undefined as string | undefined,
    deleted: async () => true,
  };
  const step = (name: Step, about = ''): void => {
    steps.push(`${name} ${about}`.trim());
    if (now.fails.has(name)) throw new Error(`${name} failed`);
  };
  const bridges: NetworkBridges = {
    present: () => present,
    hasUplink: () => false,
    objection: () => now.objection,
    makeBridge: async ({ name, bridge, nic }) => {
      step('makeBridge', bridge);
      if (present.some((each) => each.name === name)) return;
      present.push({ name, bridge, nic });
      using node = rtnl(ns);
      if ((await node.link(bridge)) === undefined) await node.addLink({ name: bridge, kind: 'ifb' });
    },
    addUplink: async ({ nic }) => {
      step('addUplink', nic);
      return now.awaited;
    },
    map: async (networks) => {
      step('map', networks.map(({ name }) => name).join());
      for (const { name } of networks) mapped.add(name);
    },
    unmap: async ({ name }) => {
      step('unmap', name);
      mapped.delete(name);
    },
    remove: async ({ name, bridge }) => {
      step('remove', bridge);
      using node = rtnl(ns);
      present.splice(
        present.findIndex((each) => each.name === name),
        1,
      );
      await node.deleteLink(bridge);
    },
  };
  const guard = {
    set: async (nics: readonly string[]) => {
      step('guard', nics.join());
      guarded.clear();
      for (const nic of nics) guarded.add(nic);
    },
    free: async (nic: string) => {
      step('free', nic);
      guarded.delete(nic);
    },
  };
  const open = (): KeptRtnl & Disposable => {
    const node = rtnl(ns);
    return {
      ...node,
      addBelonging: async (link, item) => {
        if (now.fails.has('addBelonging') && link.startsWith('br-')) throw new Error(`${item.name} refused`);
        return node.addBelonging(link, item);
      },
      changeLink: async (link, change) => {
        if (now.fails.has('changeLink')) throw new Error(`${link} refused`);
        return node.changeLink(link, change);
      },
    };
  };
  /** A daemon; another one knows nothing of the one before. */
  const daemon = () => {
    const states = sourceTable<NetworkState>('states');
    const keep = networkKeeper({
      states,
      bridges,
      open,
      guard: () => guard,
      prepare: () => undefined,
      isDeleted: () => now.deleted(),
      now: () => now.ms,
    });
    const reason = (name: string): string | undefined => (states.has(name) ? (states.peek(name)?.reason ?? 'ready') : undefined);
    return { keep, reason, states };
  };
  return { present, steps, mapped, guarded, now, daemon };
}

const addresses = async (link: string): Promise<readonly string[]> => {
  using node = rtnl(ns);
  if ((await node.link(link)) === undefined) return ['no link'];
  return (await node.addresses(link)).filter(({ scope }) => scope === 0).map(({ prefix }) => prefix);
};
const where = async (...links: readonly string[]): Promise<readonly string[]> =>
  (await Promise.all(links.map(async (link) => `${link}: ${(await addresses(link)).join()}`))).map((line) => line.replace(/ $/, ''));

test('an interface joins, its network follows, OVN is told last; on the way back OVN lets go first, and the bridge goes last', async () => {
  const { steps, mapped, guarded, daemon } = world();
  const { keep, reason, states } = daemon();
  expect(await keep(plan(first))).toBe(true);
  expect(await where('eth1', 'br-net1')).toEqual(['eth1:', 'br-net1: 192.0.2.9/24']);
  expect([reason('net1'), [...mapped], [...guarded]]).toEqual(['ready', ['net1'], ['eth1']]);
  expect(states.peek('net1')?.mtuBytes).toBe(1500);
  expect(steps.splice(0)).toEqual(['makeBridge br-net1', 'addUplink eth1', 'map net1', 'guard eth1']);
  expect(await keep(plan())).toBe(true);
  expect(await where('eth1', 'br-net1')).toEqual(['eth1: 192.0.2.9/24', 'br-net1: no link']);
  expect([reason('net1'), [...mapped], [...guarded]]).toEqual([undefined, [], []]);
  expect(steps).toEqual(['unmap net1', 'free eth1', 'remove br-net1', 'map', 'guard']);
});

test('a list without the network takes nothing away before the server says of it that it is gone', async () => {
  const { steps, mapped, now, daemon } = world();
  await daemon().keep(plan(first, second));
  steps.length = 0;
  const restarted = daemon();
  now.deleted = async () => {
    throw new Error('follow provider-networks: no answer');
  };
  expect(await restarted.keep(plan())).toBe(false);
  expect(restarted.reason('net1')).toBe(
    'bridge br-net1 stays until the API server has said that ProviderNetwork net1 is deleted: follow provider-networks: no answer',
  );
  now.deleted = async () => false;
  now.ms += 30_000;
  expect(await restarted.keep(plan())).toBe(false);
  expect(restarted.reason('net2')).toMatch(/net2 is deleted: it is still there/);
  expect(await where('eth1', 'br-net1', 'eth2', 'br-net2')).toEqual([
    'eth1:',
    'br-net1: 192.0.2.9/24',
    'eth2:',
    'br-net2: 198.51.100.9/24',
  ]);
  expect([[...mapped], steps.filter((step) => /unmap|remove|free/.test(step))]).toEqual([['net1', 'net2'], []]);
  now.deleted = async () => true;
  now.ms += 30_000;
  expect(await restarted.keep(plan())).toBe(true);
  expect(await where('eth1', 'eth2')).toEqual(['eth1: 192.0.2.9/24', 'eth2: 198.51.100.9/24']);
});

test('a network that is there and leaves the node out goes without a question', async () => {
  const { now, daemon } = world();
  const { keep } = daemon();
  await keep(plan(first));
  now.deleted = async () => false;
  expect(await keep({ ...plan(), excluded: ['net1'] })).toBe(true);
  expect(await where('eth1', 'br-net1')).toEqual(['eth1: 192.0.2.9/24', 'br-net1: no link']);
});

test('an interface that loses its carrier is told, keeps its place, and is ready again with it', async () => {
  const { steps, mapped, daemon } = world();
  const { keep, reason, states } = daemon();
  {
    using node = rtnl(ns);
    await node.addVeth({ name: 'eth3', up: true, peer: { name: 'far', ns } });
    await node.changeLink('far', { up: true });
  }
  const third: NodeNetwork = { name: 'net3', bridge: 'br-net3', nic: 'eth3', vlans: [0] };
  const cut = (): Promise<string> => withoutCarrier(() => rtnl(ns), [third]);
  const far = async (up: boolean): Promise<void> => {
    using node = rtnl(ns);
    await node.changeLink('far', { up });
  };
  await keep(plan(third));
  expect([reason('net3'), await cut()]).toEqual(['ready', '']);
  await far(false);
  expect(await cut()).toBe('eth3');
  expect(await keep(plan(third))).toBe(false);
  expect(states.peek('net3')).toEqual({ nic: 'eth3', mtuBytes: 1500, reason: 'interface eth3 has no carrier' });
  expect([[...mapped], steps.filter((step) => /unmap|remove|free/.test(step))]).toEqual([['net3'], []]);
  await far(true);
  expect(await keep(plan(third))).toBe(true);
  expect(reason('net3')).toBe('ready');
});

test('while Open vSwitch has not taken the interface, the node keeps its network there, and OVN is not told', async () => {
  const { mapped, guarded, now, daemon } = world();
  const { keep, reason } = daemon();
  now.awaited = 'ovs-vswitchd has not taken up eth1';
  expect(await keep(plan(first))).toBe(false);
  expect([reason('net1'), [...mapped], [...guarded]]).toEqual(['ovs-vswitchd has not taken up eth1', [], []]);
  expect(await where('eth1')).toEqual(['eth1: 192.0.2.9/24']);
});

test('a pause of ovs-vswitchd takes nothing away from a network that has been ready', async () => {
  const { mapped, guarded, now, daemon } = world();
  const { keep } = daemon();
  await keep(plan(first));
  now.awaited = 'ovs-vswitchd has not taken up eth1';
  await keep(plan(first));
  expect([[...mapped], [...guarded]]).toEqual([['net1'], ['eth1']]);
  expect(await where('br-net1')).toEqual(['br-net1: 192.0.2.9/24']);
});

test.for([
  ['an interface that is not there', { nic: 'eth7' }, 'interface eth7 is not on this node'],
  ['one without MAC address', { nic: 'lo' }, 'interface lo has no MAC address'],
  ['what is in the way in the database', {}, 'bridge br-net1 is there already, and is not ours'],
] as const)('%s: told, and nothing is touched', async ([, change, expected]) => {
  const { steps, now, daemon } = world();
  now.objection = Object.keys(change).length === 0 ? expected : undefined;
  const { keep, reason } = daemon();
  expect(await keep(plan({ ...first, ...change }))).toBe(false);
  expect([reason('net1'), steps]).toEqual([expected, ['map', 'guard']]);
});

test('an interface of a bond or a bridge of the kernel is left alone', async () => {
  using node = rtnl(ns);
  await node.addLink({ name: 'br0', kind: 'bridge', up: true });
  await node.changeLink('eth1', { master: 'br0' });
  const { steps, daemon } = world();
  const { keep, reason } = daemon();
  await keep(plan(first));
  expect([reason('net1'), steps]).toEqual(['interface eth1 is a port of br0', ['map', 'guard']]);
});

test.for(['makeBridge', 'addUplink', 'addBelonging', 'changeLink'] as const)(
  'after a failure of %s the interface is the node’s again, and is left alone for a while; another network gets its own',
  async (broken) => {
    const { present, now, daemon } = world();
    const { keep, reason } = daemon();
    now.fails.add(broken);
    expect(await keep(plan(first))).toBe(false);
    expect(reason('net1')).toMatch(/failed|refused/);
    expect([await where('eth1'), present.map(({ name }) => name)]).toEqual([['eth1: 192.0.2.9/24'], []]);
    now.fails.clear();
    now.ms = 29_000;
    await keep(plan(first, second));
    expect([await where('eth1', 'br-net2'), reason('net2')]).toEqual([['eth1: 192.0.2.9/24', 'br-net2: 198.51.100.9/24'], 'ready']);
    now.ms = 30_001;
    expect(await keep(plan(first, second))).toBe(true);
    expect(await where('eth1', 'br-net1')).toEqual(['eth1:', 'br-net1: 192.0.2.9/24']);
  },
);

test.for(['unmap', 'free', 'remove'] as const)('a way back on which %s fails loses nothing and stops no other network', async (broken) => {
  const { present, now, daemon } = world();
  const { keep, reason } = daemon();
  await keep(plan(first));
  now.fails.add(broken);
  expect(await keep(plan(second))).toBe(false);
  expect([reason('net1'), reason('net2'), present.map(({ name }) => name)]).toEqual([`${broken} failed`, 'ready', ['net1', 'net2']]);
  const everywhere = [...(await addresses('eth1')), ...(await addresses('br-net1'))];
  expect(everywhere).toEqual(['192.0.2.9/24']);
  now.fails.clear();
  now.ms = 30_001;
  expect(await keep(plan(second))).toBe(true);
  expect(await where('eth1', 'br-net1')).toEqual(['eth1: 192.0.2.9/24', 'br-net1: no link']);
});

test('a bridge stays as long as the network of the node can not go back; both failures are told', async () => {
  const { present, now, daemon } = world();
  const { keep, reason } = daemon();
  await keep(plan(first));
  now.fails.add('makeBridge');
  now.fails.add('free');
  await keep(plan(first));
  expect(reason('net1')).toBe('makeBridge failed; and giving eth1 back failed: free failed');
  expect([present.map(({ name }) => name), await where('br-net1')]).toEqual([['net1'], ['br-net1: 192.0.2.9/24']]);
});

test('another daemon goes on where one ended: it moves nothing, lets OVN forget nothing, and gives back what is not wanted', async () => {
  const { steps, mapped, guarded, daemon } = world();
  await daemon().keep(plan(first, second));
  steps.length = 0;
  const { keep, reason } = daemon();
  await keep(plan(second));
  expect(steps.filter((step) => /^(unmap|free|remove)/.test(step))).toEqual(['unmap net1', 'free eth1', 'remove br-net1']);
  expect([[...mapped], [...guarded], reason('net2')]).toEqual([['net2'], ['eth2'], 'ready']);
  expect(await where('eth1', 'br-net2')).toEqual(['eth1: 192.0.2.9/24', 'br-net2: 198.51.100.9/24']);
});

test('another interface: the network goes back to the old one first', async () => {
  const { daemon } = world();
  const { keep, reason } = daemon();
  await keep(plan(first));
  await keep(plan({ ...first, nic: 'eth2' }));
  expect(await where('eth1', 'eth2', 'br-net1')).toEqual(['eth1: 192.0.2.9/24', 'eth2:', 'br-net1: 198.51.100.9/24']);
  expect(reason('net1')).toBe('ready');
});

test('when the interface has gone, the bridge keeps what was its own; a bridge without anything goes', async () => {
  const { present, now, daemon } = world();
  const { keep, reason } = daemon();
  await keep(plan(first));
  using node = rtnl(ns);
  await node.deleteLink('eth1');
  await keep(plan());
  expect(reason('net1')).toBe('interface eth1 is gone; bridge br-net1 stays with address 192.0.2.9/24');
  await node.deleteAddress('br-net1', '192.0.2.9/24');
  now.ms = 30_001;
  await keep(plan());
  expect([present, reason('net1')]).toEqual([[], undefined]);
});

test('addresses that somebody puts on the interface later go over too', async () => {
  using node = rtnl(ns);
  const { daemon } = world();
  const { keep } = daemon();
  await keep(plan(first));
  await node.addAddress('eth1', '192.0.2.77/24');
  await keep(plan(first));
  expect(await where('eth1', 'br-net1')).toEqual(['eth1:', 'br-net1: 192.0.2.9/24,192.0.2.77/24']);
});
