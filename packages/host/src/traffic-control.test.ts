import { describe, expect, test } from 'vitest';
import { rtnl } from './netlink/rtnl.ts';
import { scratch } from './testing/scratch.ts';
import { applyTrafficControl, readQdiscs, readRedirects } from './traffic-control.ts';

const TBF = 'qdisc replace dev a root handle 1: tbf rate 10mbit burst 125000 limit 187500';

describe('traffic control', () => {
  test('what is applied is read back, in the given namespace alone; a rate is changed in place', async () => {
    using made = scratch();
    const [ns, other] = [made.netns('a'), made.netns('b')];
    using inside = rtnl(ns);
    await inside.addVeth({ name: 'a', up: true, peer: { name: 'p' } });
    await applyTrafficControl([TBF, 'qdisc add dev a parent 1:1 handle 2: bfifo limit 5000'], ns);
    const shaped = { link: 'a', kind: 'tbf', handle: '1:', parent: undefined, rateBytes: 1_250_000, burstBytes: 125_000 };
    expect(await readQdiscs(ns)).toContainEqual(shaped);
    await applyTrafficControl([TBF.replace('10mbit', '20mbit')], ns);
    const after = await readQdiscs(ns);
    expect(after).toContainEqual({ ...shaped, rateBytes: 2_500_000 });
    expect(after).toContainEqual(expect.objectContaining({ kind: 'bfifo', parent: '1:1' }));
    expect((await readQdiscs(other)).filter(({ kind }) => kind === 'tbf')).toEqual([]);
  });

  test('a redirect is read back', async () => {
    using made = scratch();
    const ns = made.netns('a');
    using inside = rtnl(ns);
    await inside.addVeth({ name: 'a', peer: { name: 'p' } });
    await inside.addLink({ name: 'b', kind: 'ifb' });
    expect(await readRedirects('a', ns)).toEqual([]);
    await applyTrafficControl(
      ['qdisc add dev a clsact', 'filter add dev a ingress protocol all u32 match u32 0 0 action mirred egress redirect dev b'],
      ns,
    );
    expect(await readRedirects('a', ns)).toEqual(['b']);
  });

  test('what this kernel does not have is said to be so, and what is wrong is told with the complaint', async () => {
    using made = scratch();
    const ns = made.netns('a');
    await expect(applyTrafficControl(['qdisc replace dev lo root no_such_kind'], ns)).rejects.toMatchObject({
      code: 'HOST_UNSUPPORTED',
      message: expect.stringContaining('no_such_kind'),
    });
    await expect(applyTrafficControl(['qdisc replace dev none root tbf rate 1mbit burst 9000 limit 9000'], ns)).rejects.toMatchObject({
      code: 'HOST_NOT_FOUND',
      message: expect.stringContaining('none'),
    });
    await expect(applyTrafficControl(['qdisc replace dev lo root tbf rate fast'], ns)).rejects.toMatchObject({
      code: 'HOST_REFUSED',
      message: expect.stringContaining('fast'),
    });
  });
});
