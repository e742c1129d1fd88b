import { describe, expect, test } from 'vitest';
import { applyNftables, readNftTable } from './nftables.ts';
import { scratch } from './testing/scratch.ts';

const table = { family: 'inet', name: 'ko-test' };
const replace = (body: string) => `table inet ko-test {}\ndelete table inet ko-test\ntable inet ko-test {\n${body}\n}\n`;

describe('nftables', () => {
  test('applyNftables: a table is replaced as a whole, in the given namespace alone', async () => {
    using made = scratch();
    const [ns, other] = [made.netns('a'), made.netns('b')];
    await applyNftables(replace('set s { type ipv4_addr; flags interval; elements = { 10.16.0.0/16 } }'), ns);
    await applyNftables(replace('set s { type ipv4_addr; flags interval; elements = { 10.17.0.0/16 } }'), ns);
    expect(await readNftTable(table, ns)).toContain('10.17.0.0/16');
    expect(await readNftTable(table, ns)).not.toContain('10.16.0.0/16');
    expect(await readNftTable(table, other)).toBeUndefined();
  });

  test('applyNftables: a script with one bad line changes nothing and the complaint names the line', async () => {
    using made = scratch();
    const ns = made.netns('a');
    await applyNftables(replace('set s { type ipv4_addr; }'), ns);
    await expect(applyNftables(replace('set t { type no_such_type; }'), ns)).rejects.toMatchObject({
      code: 'HOST_REFUSED',
      message: expect.stringContaining('no_such_type'),
    });
    expect(await readNftTable(table, ns)).toContain('set s');
  });
});
