import { setTimeout as pause } from 'node:timers/promises';
import { resources } from '@kube-ovn/api';
import { KubeError } from '@kube-ovn/kube';
import { expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import {
  sandboxes,
  disagreements,
  eventually,
  idlePod,
  ips,
  isGone,
  isReady,
  leader,
  namespaceObject,
  podsOf,
  remove,
  runningPid,
  subnet,
} from './support.ts';
import type { LabRef } from './support.ts';

const PODS = 500;
const ROUNDS = 20;
/** Most pods that are there at a time. */
const CROWD = 60;
/** The first is too small for what is asked of it. */
const SUBNETS: readonly (readonly [name: string, cidrBlock: string])[] = [
  ['storm-0', '10.80.0.0/28'],
  ['storm-1', '10.80.1.0/24,fd00:80:1::/112'],
  ['storm-2', '10.80.2.0/24'],
  ['storm-3', 'fd00:80:3::/112'],
  ['storm-4', '10.80.4.0/24,fd00:80:4::/112'],
];
const ROOM_OF_FIRST = 13;

/** Uniform in 0..1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Pods come, go and come again at random while controllers are killed at random moments. */
export function storm(lab: LabRef): void {
  const seed = Number(process.env['STORM_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const alive = new Map<string, string>();
  let made = 0;
  let kills = 0;

  const create = async (namespace: string, name: string): Promise<void> => {
    alive.set(name, namespace);
    await lab().client.create(resources.pod, idlePod({ name, namespace, node: `node${1 + below(3)}` }));
  };
  const erase = async (name: string, options: { readonly gracePeriodSeconds?: number } = {}): Promise<void> => {
    const namespace = alive.get(name) ?? '';
    alive.delete(name);
    await lab().client.delete(resources.pod, `${namespace}/${name}`, options);
  };
  /** The same name again, as soon as the API server takes it: the successor of a pod whose end is still being worked on. */
  const makeAgain = async (name: string): Promise<void> => {
    const namespace = alive.get(name) ?? '';
    await erase(name, random() < 0.5 ? { gracePeriodSeconds: 0 } : {});
    await eventually(`${name} again`, async () => {
      try {
        await create(namespace, name);
        return true;
      } catch (error) {
        if (error instanceof KubeError && error.code === 'KUBE_EXISTS') return false;
        throw error;
      }
    });
  };
  const kill = async (): Promise<void> => {
    const { id } = await leader(lab());
    const isForBoth = random() < 0.25;
    for (const replica of lab().replicas) {
      if (!isForBoth && replica.id !== id) continue;
      process.kill(runningPid(lab(), replica.id), 'SIGKILL');
      kills += 1;
    }
  };
  const anyOf = (count: number): string[] => [...alive.keys()].toSorted(() => random() - 0.5).slice(0, count);

  /** What one round does, each step at a moment of its own. */
  const round = async (): Promise<void> => {
    const fresh = Array.from({ length: 20 + below(11) }, () => ({
      name: `pod-${made++}`,
      namespace: SUBNETS[below(SUBNETS.length)]?.[0] ?? '',
    }));
    const victims = anyOf(Math.max(0, alive.size + fresh.length - CROWD) + below(5));
    const again = anyOf(alive.size)
      .filter((name) => !victims.includes(name))
      .slice(0, below(8));
    const sometime = async (step: () => Promise<void>): Promise<void> => {
      await pause(below(1500));
      await step();
    };
    await Promise.all([
      ...fresh.map(({ name, namespace }) => sometime(() => create(namespace, name))),
      ...victims.map((name) => sometime(() => erase(name))),
      ...again.map((name) => sometime(() => makeAgain(name))),
      sometime(kill),
    ]);
  };

  const settled = async (): Promise<boolean> => {
    const pods = (await Promise.all(SUBNETS.map(([namespace]) => podsOf(lab(), namespace)))).flat();
    if (pods.length !== alive.size) return false;
    const inFirst = pods.filter(({ metadata }) => metadata.namespace === 'storm-0').length;
    return pods.filter(isReady).length === pods.length - Math.max(0, inFirst - ROOM_OF_FIRST);
  };

  /** Addresses that eth0 of each pod's namespace really has, beside those of its status. */
  const strangers = async (): Promise<readonly string[]> => {
    const records = sandboxes(lab());
    const found: string[] = [];
    for (const [namespace] of SUBNETS) {
      for (const { metadata, status } of (await podsOf(lab(), namespace)).filter(isReady)) {
        const netns = records.find(({ uid }) => uid === metadata.uid)?.netns;
        if (netns === undefined) {
          found.push(`${metadata.name}: no namespace`);
          continue;
        }
        const { stdout } = await runTool(['nsenter', `--net=${netns}`, 'ip', '-j', 'addr', 'show', 'dev', 'eth0', 'scope', 'global']);
        const [link] = JSON.parse(stdout) as readonly { readonly addr_info?: readonly { readonly local?: string }[] }[];
        const real = (link?.addr_info ?? []).flatMap(({ local }) => local ?? []).toSorted(); // iproute2 leaves {} for what it filters out
        const told = (status?.podIPs ?? []).map(({ ip }) => ip).toSorted();
        if (real.join() !== told.join()) found.push(`${metadata.name}: has ${real.join()}, status says ${told.join()}`);
      }
    }
    return found;
  };

  it(`${PODS} pods over five Subnets by random steps, controllers killed at random: nothing is held twice, leaked or orphaned (seed ${seed})`, async () => {
    const { client } = lab();
    for (const [name, cidrBlock] of SUBNETS) {
      await client.create(resources.namespace, namespaceObject(name));
      await client.create(resources.subnet, subnet(name, { cidrBlock, namespaces: [name] }));
      await eventually(
        `${name} bound`,
        async () => (await client.get(resources.namespace, name)).metadata.annotations?.['ovn.kubernetes.io/logical_switch'] === name,
      );
    }
    for (let count = 0; count < ROUNDS || made < PODS || kills < ROUNDS; count++) {
      await round();
      await eventually(`all who can be are Ready after round ${count}`, settled, 90_000);
      expect(await disagreements(lab()), `round ${count}, seed ${seed}`).toBe('');
      expect(await strangers(), `round ${count}, seed ${seed}`).toEqual([]);
    }
    for (const name of alive.keys()) await erase(name);
    await eventually('every address is given back', async () =>
      (await ips(lab())).every(({ spec }) => !spec.namespace?.startsWith('storm-')),
    );
    for (const [name] of SUBNETS) {
      await eventually(`${name} counts nothing`, async () => {
        const { status } = await client.get(resources.subnet, name);
        return (status?.v4usingIPs ?? 0) === 0 && (status?.v6usingIPs ?? 0) === 0;
      });
      await remove(lab(), resources.namespace, name);
      await remove(lab(), resources.subnet, name);
      expect(await isGone(lab(), resources.subnet, name)).toBe(true);
    }
    expect(await disagreements(lab())).toBe('');
  }, 900_000);
}
