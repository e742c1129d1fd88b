import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errorCodes, refusalCodes, warningCodes } from '@kube-ovn/datapath-dpdk';

const read = (name: string) => readFile(new URL(name, import.meta.url), 'utf8');

describe('README', () => {
  it('its example is the file that runs here', async () => {
    expect(await read('../README.md')).toContain(await read('./readme.example.ts'));
    await expect(import('./readme.example.ts')).resolves.toBeDefined();
  });

  it('has every code, and no other', async () => {
    const named = [...(await read('../README.md')).matchAll(/^\| `(?<code>DPDK_\w+)` \|/gm)].map(({ groups }) => groups?.['code'] ?? '');
    expect([...new Set(named)].toSorted()).toEqual([...new Set([...refusalCodes, ...warningCodes, ...errorCodes])].toSorted());
  });
});
