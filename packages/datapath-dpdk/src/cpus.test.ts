import { describe, expect, it } from 'vitest';
import { server, small } from '../test/hosts.ts';
import { planCpus, type CpuResult } from './cpus.ts';

const shape = (result: CpuResult) =>
  result.ok
    ? { pmd: result.cpus.pmd.map(({ id }) => id), lcore: result.cpus.lcore, free: result.cpus.free.map(({ id }) => id) }
    : result.refusals.map(({ code, field }) => `${code} ${field}`);

describe('CPUs of a node', () => {
  it.each([
    ['one isolated core per NUMA node', server, {}, { pmd: [2, 6], lcore: [0], free: [3, 11, 7, 15, 1, 9, 4, 12, 5, 13] }],
    ['more than are isolated', server, { pmdCpusPerNumaNode: 3 }, { pmd: [1, 2, 3, 4, 6, 7], lcore: [0], free: [5, 13] }],
    [
      'stated ones',
      server,
      { pmdCpus: '2,10', lcoreCpus: '1,9' },
      { pmd: [2, 10], lcore: [1, 9], free: [3, 11, 6, 14, 7, 15, 0, 8, 4, 12, 5, 13] },
    ],
    ['two CPUs', small, {}, { pmd: [1], lcore: [0], free: [] }],
  ])('%s', (_, host, wish, plan) => {
    expect(shape(planCpus(host, wish))).toEqual(plan);
  });

  it.each([
    ['no list', server, { pmdCpus: '2-' }, 'DPDK_BAD_CPU_LIST pmdCpus'],
    ['an empty list', server, { lcoreCpus: '' }, 'DPDK_BAD_CPU_LIST lcoreCpus'],
    ['a CPU that is not there', server, { pmdCpus: '2,16' }, 'DPDK_CPU_OFFLINE pmdCpus'],
    ['all CPUs', small, { pmdCpus: '0-1' }, 'DPDK_NO_CPU_LEFT pmdCpus'],
    ['the same twice', server, { pmdCpus: '2', lcoreCpus: '2-3' }, 'DPDK_CPU_TAKEN lcoreCpus'],
    ['more than there are cores', small, { pmdCpusPerNumaNode: 2 }, 'DPDK_NOT_ENOUGH_CPUS pmdCpusPerNumaNode'],
    ['none', server, { pmdCpusPerNumaNode: 0 }, 'DPDK_BAD_VALUE pmdCpusPerNumaNode'],
  ])('%s: refused', (_, host, wish, refusal) => {
    expect(shape(planCpus(host, wish))).toEqual([refusal]);
  });

  it('a CPU that polls and is not isolated is a warning that says how', () => {
    expect(planCpus(small, {})).toMatchObject({
      warnings: [{ code: 'DPDK_CPU_NOT_ISOLATED', value: '1', remedy: 'boot with isolcpus=1' }],
    });
    expect(planCpus(server, {})).toMatchObject({ warnings: [] });
  });

  it('what does not poll runs on the CPUs that the scheduler uses', () => {
    expect(planCpus(server, { pmdCpus: '1' })).toMatchObject({ cpus: { shared: [0, 4, 5, 8, 9, 12, 13] } });
  });
});
