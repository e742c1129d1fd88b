import { describe, expect, it } from 'vitest';
import { server, small } from '../test/hosts.ts';
import { formatFinding } from './finding.ts';
import { settingsThatNeedRestart } from './open-vswitch.ts';
import { planDpdk } from './plan.ts';
import { formatStep } from './step.ts';

describe('plan of a node', () => {
  it('a server with two sockets', () => {
    expect(planDpdk(server, { pmdMaxSleepUs: 100, socketMemoryMib: [2048, 1024] })).toEqual({
      ok: true,
      refusals: [],
      warnings: [],
      plan: {
        cpus: { pmd: '2,6', lcore: '0', free: '1,3-5,7,9,11-13,15' },
        memory: [
          { numaNode: 0, socketMib: 2048, podsMib: 0 },
          { numaNode: 1, socketMib: 1024, podsMib: 0 },
        ],
        ealArguments: ['--no-pci'],
        otherConfig: {
          'dpdk-init': 'try',
          'dpdk-lcore-mask': '0x1',
          'dpdk-socket-mem': '2048,1024',
          'dpdk-socket-limit': '2048,1024',
          'dpdk-extra': '--no-pci',
          'pmd-cpu-mask': '0x44',
          'pmd-maxsleep': '100',
        },
        fragment: { rows: [], members: [expect.objectContaining({ table: 'Open_vSwitch', column: 'other_config' })] },
        ports: [],
        pods: [],
        steps: [
          { kind: 'hugepages', numaNode: 0, sizeKib: 2048, from: 512, to: 1024 },
          { kind: 'hugepages', numaNode: 1, sizeKib: 2048, from: 0, to: 512 },
        ],
        undo: [
          { kind: 'hugepages', numaNode: 1, sizeKib: 2048, from: 512, to: 0 },
          { kind: 'hugepages', numaNode: 0, sizeKib: 2048, from: 1024, to: 512 },
        ],
      },
    });
  });

  it('threads on one NUMA node: memory there alone, and a limit that no page fits in elsewhere', () => {
    expect(planDpdk(server, { pmdCpus: '6' })).toMatchObject({
      plan: { otherConfig: { 'dpdk-socket-mem': '0,1024', 'dpdk-socket-limit': '1,1024' } },
    });
  });

  it('what the node itself cannot do leaves no plan, and all reasons are said', () => {
    const result = planDpdk(small, { pmdMaxSleepUs: 20_000, socketDirectory: 'relative', hugepageSizeKib: 4 });
    expect(result.ok).toBe(false);
    expect(result.refusals.map(({ code }) => code)).toEqual(['DPDK_BAD_NAME', 'DPDK_BAD_VALUE', 'DPDK_HUGEPAGE_SIZE']);
  });

  it('a finding is one sentence with the object, the field, the value and the way out', () => {
    expect(planDpdk(small, { pmdCpus: '0-1' }).refusals.map(formatFinding)).toEqual([
      'node: pmdCpus 0-1: no CPU is left to the host and to the other threads of Open vSwitch; leave out one of them',
    ]);
  });

  it('an MTU that is refused needs no buffers', () => {
    const pod = { pod: 'a/b', uid: 'u', volume: 'v', socket: 's', bridge: 'br-int', mtuBytes: 10 ** 9 };
    expect(planDpdk(server, { pods: [pod] })).toMatchObject({ ok: true, refusals: [{ code: 'DPDK_BAD_VALUE' }] });
  });

  it('settings that ovs-vswitchd reads at its start alone ask for a restart', () => {
    const running = { 'dpdk-init': 'try', 'dpdk-extra': '--no-pci', 'pmd-cpu-mask': '0x2' };
    expect(settingsThatNeedRestart(running, { ...running, 'pmd-cpu-mask': '0x4' })).toEqual([]);
    expect(settingsThatNeedRestart(running, { ...running, 'dpdk-socket-mem': '512', 'dpdk-extra': '-a 0000:03:00.0' })).toEqual([
      'dpdk-socket-mem',
      'dpdk-extra',
    ]);
  });

  it.each([
    [
      { kind: 'hugepages', numaNode: 1, sizeKib: 2048, from: 0, to: 5 } as const,
      'set 5 hugepages of 2048 KiB aside on NUMA node 1 (from 0)',
    ],
    [{ kind: 'unbind', pciAddress: 'a', driver: 'd' } as const, 'take a from driver d'],
    [{ kind: 'bind', pciAddress: 'a', driver: 'd' } as const, 'give a to driver d'],
    [{ kind: 'override', pciAddress: 'a', from: undefined, to: 'd' } as const, 'let only driver d take a'],
    [{ kind: 'override', pciAddress: 'a', from: 'd', to: undefined } as const, 'let any driver take a'],
  ])('a step in words: %j', (step, words) => {
    expect(formatStep(step)).toBe(words);
  });
});
