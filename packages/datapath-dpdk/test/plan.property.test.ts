/** Laws of every plan, on hosts and wishes at random. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCpuList, planDpdk, type DpdkPlan, type DpdkWish, type Inventory } from '@kube-ovn/datapath-dpdk';
import { inventories, wishes } from './arbitrary.ts';
import { reached, withoutLinks } from './reached.ts';

const RUNS = { numRuns: 500 };

/** A law of the plans that there are; where a node can do nothing, there is none. */
function law(check: (plan: DpdkPlan, inventory: Inventory, wish: DpdkWish) => void): void {
  fc.assert(
    fc.property(inventories, wishes, (inventory, wish) => {
      const result = planDpdk(inventory, wish);
      fc.pre(result.ok);
      check(result.plan, inventory, wish);
    }),
    RUNS,
  );
}

describe('plan: laws', () => {
  it('a host that is where the plan wants it has no steps left, and the same plan', () => {
    law((plan, inventory, wish) => {
      const again = planDpdk(reached(inventory, plan.steps), wish);
      expect(again).toMatchObject({ ok: true, plan: { ...plan, steps: [], undo: [] } });
    });
  });

  it('a node that can do nothing says why', () => {
    fc.assert(
      fc.property(inventories, wishes, (inventory, wish) => {
        const result = planDpdk(inventory, wish);
        expect(result.ok || result.refusals.some(({ object }) => object === 'node')).toBe(true);
      }),
      RUNS,
    );
  });

  it('undo leads back', () => {
    law((plan, inventory) => {
      const back = reached(reached(inventory, plan.steps), plan.undo);
      expect(withoutLinks(back)).toEqual(withoutLinks(inventory));
    });
  });

  it('the order of ports and pods changes nothing', () => {
    law((plan, inventory, wish) => {
      const turned = { ...wish, ports: wish.ports?.toReversed() ?? [], pods: wish.pods?.toReversed() ?? [] };
      // Of two wishes for one name, card or socket either may be refused.
      fc.pre(!planDpdk(inventory, wish).refusals.some(({ code }) => code === 'DPDK_NAME_TAKEN'));
      expect(planDpdk(inventory, turned)).toMatchObject({ ok: true, plan });
    });
  });

  it('no CPU has two users, none that polls has a sibling at work, and the host keeps one', () => {
    law((plan, inventory, wish) => {
      const pmd = parseCpuList(plan.cpus.pmd);
      const exclusive = [...pmd, ...plan.pods.flatMap((pod) => parseCpuList(pod.cpus)), ...parseCpuList(plan.cpus.lcore)];
      expect(new Set(exclusive).size).toBe(exclusive.length);
      const online = inventory.cpus.map(({ id }) => id);
      expect(exclusive.filter((id) => !online.includes(id))).toEqual([]);
      const idle = inventory.cpus.filter(({ id }) => pmd.includes(id)).flatMap(({ id, siblings }) => siblings.filter((one) => one !== id));
      const pods = plan.pods.flatMap((pod) => parseCpuList(pod.cpus));
      expect(pods.filter((id) => idle.includes(id))).toEqual([]);
      const chosen = wish.pmdCpus === undefined && wish.lcoreCpus === undefined;
      expect(chosen && parseCpuList(plan.cpus.lcore).some((id) => idle.includes(id))).toBe(false);
    });
  });

  it('promises no more hugepages than there will be, and leaves the host its memory', () => {
    law((plan, inventory, wish) => {
      const { hugepageSizeKib: sizeKib = 2048, hostMemoryMib = 1024 } = wish;
      const host = reached(inventory, plan.steps);
      for (const { numaNode, socketMib, podsMib } of plan.memory) {
        const node = host.numaNodes.find(({ id }) => id === numaNode);
        const total = node?.hugepages.find((pool) => pool.sizeKib === sizeKib)?.total ?? 0;
        expect(total * sizeKib).toBeGreaterThanOrEqual((socketMib + podsMib) * 1024);
        const isTouched = plan.steps.some((step) => step.kind === 'hugepages' && step.numaNode === numaNode);
        expect(node?.availableBytes).toBeGreaterThanOrEqual(isTouched ? hostMemoryMib * 2 ** 20 : 0);
      }
    });
  });

  it('every wish is in the plan or refused, names are unique, and socket paths fit', () => {
    law((plan, inventory, wish) => {
      const { refusals } = planDpdk(inventory, wish);
      const refusedPods = new Set(refusals.filter(({ object }) => object.startsWith('pod ')));
      const refusedPorts = new Set(refusals.filter(({ object }) => object.startsWith('port ')));
      expect(plan.pods.length + refusedPods.size).toBeGreaterThanOrEqual(wish.pods?.length ?? 0);
      expect(plan.ports.length + refusedPorts.size).toBeGreaterThanOrEqual(wish.ports?.length ?? 0);
      const names = [...plan.ports.map(({ name }) => name), ...plan.pods.map(({ portName }) => portName)];
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((name) => name.length > 15)).toEqual([]);
      const paths = plan.pods.map(({ socket }) => socket.path);
      expect(new Set(paths).size).toBe(paths.length);
      expect(paths.filter((path) => path.length > 107)).toEqual([]);
    });
  });

  it('a pod that runs keeps its CPUs when another one comes', () => {
    law((plan, inventory, wish) => {
      const running = plan.pods.filter(({ cpus }) => cpus !== '');
      const kept = (wish.pods ?? []).flatMap((pod) => {
        const planned = running.find(({ socket }) => socket.path.endsWith(`/${pod.uid}/${pod.volume}/${pod.socket}`));
        return planned === undefined ? [] : [{ ...pod, cpus: planned.cpus, numaNode: planned.numaNode }];
      });
      const unique = kept.filter((pod, index) => kept.findIndex((one) => one.uid === pod.uid && one.socket === pod.socket) === index);
      const newcomer = { pod: 'a/a', uid: 'a', volume: 'a', socket: 'a', bridge: 'br-int', cpus: 1 };
      const result = planDpdk(reached(inventory, plan.steps), { ...wish, pods: [newcomer, ...unique] });
      const cpus = result.ok ? result.plan.pods.flatMap((pod) => (pod.pod === 'a/a' ? [] : pod.cpus)) : [];
      expect(cpus.toSorted()).toEqual(unique.map((pod) => pod.cpus).toSorted());
    });
  });
});
