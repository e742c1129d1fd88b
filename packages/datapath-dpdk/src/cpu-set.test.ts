import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuMask, formatCpuList, parseCpuList, readCpuList } from './cpu-set.ts';

describe('lists of CPUs', () => {
  it.each([
    ['', []],
    ['0', [0]],
    ['0-3,8', [0, 1, 2, 3, 8]],
    ['8,0-1,1', [0, 1, 8]],
    ['5-5\n', [5]],
  ])('parse: %j', (text, cpus) => {
    expect(parseCpuList(text)).toEqual(cpus);
  });

  it.each(['3-1', '-1', '1-', 'a', '1,,2', '0x3', '99999', '1 2', '1-8192'])('parse: %j is refused', (text) => {
    expect(readCpuList(text)).toBeUndefined();
    expect(() => parseCpuList(text)).toThrow(expect.objectContaining({ code: 'DPDK_BAD_CPU_LIST' }));
  });

  it('parse and format are inverse', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200)), (cpus) => {
        expect(parseCpuList(formatCpuList(cpus))).toEqual(cpus.toSorted((a, b) => a - b));
      }),
    );
  });

  it.each([
    [[], '0x0'],
    [[0], '0x1'],
    [[2, 3, 8], '0x10c'],
    [[127], '0x80000000000000000000000000000000'],
  ])('mask of %j is %s', (cpus, mask) => {
    expect(cpuMask(cpus)).toBe(mask);
  });
});
