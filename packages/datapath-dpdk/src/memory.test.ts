import { describe, expect, it } from 'vitest';
import { server } from '../test/hosts.ts';
import { bufferBytes, leastSocketMib, planMemory, type BudgetNeeds, type HugepageBudget } from './memory.ts';
import type { DpdkWish } from './wish.ts';

const needs: BudgetNeeds = { pmdNodes: new Set([0, 1]), mtusBytes: [1500] };

function budgetOf(wish: DpdkWish): HugepageBudget {
  const result = planMemory(server, wish, needs);
  if (!result.ok) throw new Error(JSON.stringify(result.refusals));
  return result.budget;
}

describe('hugepages', () => {
  // The sizes in Open vSwitch's documentation, "DPDK Device Memory Models".
  it.each([
    [1500, 3008],
    [1800, 3008],
    [6000, 8128],
    [9000, 10_176],
  ])('a buffer for MTU %i has %i bytes', (mtu, bytes) => {
    expect(bufferBytes(mtu)).toBe(bytes);
  });

  it.each([
    [[], 16],
    [[1500], 63],
    [[1500, 1800, 1400], 63],
    [[9000], 175],
    [[1500, 9000], 222],
  ])('ports with MTU %j need %i MiB: buffers of one size are shared', (mtus, mib) => {
    expect(leastSocketMib(mtus)).toBe(mib);
  });

  it('what is set aside already is used, the rest is a step', () => {
    expect(budgetOf({}).steps()).toEqual([{ kind: 'hugepages', numaNode: 1, sizeKib: 2048, from: 0, to: 512 }]);
    expect(budgetOf({ socketMemoryMib: [1025, 64] }).steps()).toEqual([
      { kind: 'hugepages', numaNode: 0, sizeKib: 2048, from: 512, to: 513 },
      { kind: 'hugepages', numaNode: 1, sizeKib: 2048, from: 0, to: 32 },
    ]);
  });

  it('DPDK takes whole pages, and may', () => {
    const of = (wish: DpdkWish) => planMemory(server, wish, needs);
    expect(of({ socketMemoryMib: [1025, 64] })).toMatchObject({ ok: true, socketMib: [1026, 64] });
    expect(of({ socketMemoryMib: 512, hugepageSizeKib: 1_048_576 })).toMatchObject({ ok: true, socketMib: [1024, 1024] });
    expect(budgetOf({ socketMemoryMib: [1025, 64] }).memory()[0]).toEqual({ numaNode: 0, socketMib: 1026, podsMib: 0 });
  });

  it('pods take what is left, and no more', () => {
    // Node 1: 8 GiB, of which the host keeps 1 and Open vSwitch gets 1.
    const budget = budgetOf({});
    expect(budget.freeMib(1)).toBe(6144);
    expect([budget.take(1, 6000), budget.take(1, 145), budget.take(1, 144), budget.take(1, 0), budget.take(1, 1)]).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
    expect(budget.memory()).toEqual([
      { numaNode: 0, socketMib: 1024, podsMib: 0 },
      { numaNode: 1, socketMib: 1024, podsMib: 6144 },
    ]);
  });

  it('large pages are counted whole', () => {
    const budget = budgetOf({ hugepageSizeKib: 1_048_576 });
    expect(budget.take(1, 1)).toBe(true);
    expect(budget.freeMib(1)).toBe(5 * 1024);
  });

  it.each<[string, DpdkWish, Partial<BudgetNeeds>, readonly string[]]>([
    [
      'a size that the kernel has not',
      { hugepageSizeKib: 65_536 },
      {},
      ['DPDK_HUGEPAGE_SIZE hugepageSizeKib', 'DPDK_HUGEPAGE_SIZE hugepageSizeKib'],
    ],
    ['more than there is', { socketMemoryMib: 8000 }, {}, ['DPDK_NOT_ENOUGH_MEMORY socketMemoryMib']],
    ['more than the host can spare', { hostMemoryMib: 7500 }, {}, ['DPDK_NOT_ENOUGH_MEMORY socketMemoryMib']],
    ['a node that is not there', { socketMemoryMib: [64, 64, 64] }, {}, ['DPDK_NO_SUCH_NUMA_NODE socketMemoryMib']],
    [
      'too little for the buffers',
      { socketMemoryMib: 128 },
      { mtusBytes: [1500, 9000] },
      ['DPDK_BUFFERS_TOO_LARGE socketMemoryMib', 'DPDK_BUFFERS_TOO_LARGE socketMemoryMib'],
    ],
    ['none where threads poll', { socketMemoryMib: [512] }, { mtusBytes: [] }, ['DPDK_BUFFERS_TOO_LARGE socketMemoryMib']],
    [
      'no number',
      { socketMemoryMib: 1.5, hostMemoryMib: -1 },
      { mtusBytes: [] },
      ['DPDK_BAD_VALUE socketMemoryMib', 'DPDK_BAD_VALUE hostMemoryMib'],
    ],
  ])('%s: refused', (_, wish, more, refusals) => {
    const result = planMemory(server, wish, { ...needs, ...more });
    expect(result.ok ? [] : result.refusals.map(({ code, field }) => `${code} ${field}`)).toEqual(refusals);
  });
});
