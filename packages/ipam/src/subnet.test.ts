import { describe, expect, test } from 'vitest';
import { Allocator } from './allocator.ts';
import { normaliseSubnet } from './subnet-config.ts';
import { allocator, ask, chance, lease, refusal, web } from '../test/allocating.ts';

describe('pools', () => {
  const pool = { subnet: 'web', name: 'db', ranges: ['10.0.0.2..10.0.0.3'] };

  test('are given to those who name them, and to nobody else', () => {
    const made = allocator(web);
    expect(made.setPool(pool)).toEqual([]);
    expect(lease(made, ask('a')).v4).toBe('10.0.0.4');
    expect(lease(made, ask('b', { pool: 'db' })).v4).toBe('10.0.0.2');
    expect(lease(made, ask('c', { addresses: { v4: '10.0.0.3' } })).v4).toBe('10.0.0.3');
    expect(refusal(made, ask('d', { pool: 'db' }))).toMatchObject({ code: 'IPAM_EXHAUSTED', details: { pool: 'db' } });
    expect(refusal(made, ask('d', { pool: 'db', addresses: { v4: '10.0.0.5' } }))).toMatchObject({
      code: 'IPAM_OUT_OF_RANGE',
      details: { pool: 'db' },
    });
    expect(made.poolUsage('web', 'db')?.v4).toMatchObject({ total: 2n, available: 0n, using: 2n, usingRange: '10.0.0.2-10.0.0.3' });
  });

  test('a second pool is asked when the first is empty', () => {
    const made = allocator(web);
    made.setPool(pool);
    made.setPool({ subnet: 'web', name: 'more', ranges: ['10.0.0.6'] });
    expect(['a', 'b', 'c'].map((owner) => lease(made, ask(owner, { pool: ['db', 'more'] })).v4)).toEqual([
      '10.0.0.2',
      '10.0.0.3',
      '10.0.0.6',
    ]);
  });

  test('a full subnet whose pools are not says so', () => {
    const made = allocator(web);
    made.setPool({ ...pool, ranges: ['10.0.0.2..10.0.0.6'] });
    expect(refusal(made, ask('a'))?.message).toContain('(5 of 5, all in pools)');
  });

  test('removed, its addresses are the subnet’s; those in use stay so', () => {
    const made = allocator(web);
    made.setPool(pool);
    lease(made, ask('b', { pool: 'db' }));
    made.removePool('web', 'db');
    expect(['c', 'd', 'e', 'f'].map((owner) => lease(made, ask(owner)).v4)).toEqual(['10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6']);
  });

  test.each([
    [{ ranges: ['10.0.0.3..10.0.0.4'] }, 'choose addresses that are not in pool db'],
    [{ ranges: ['10.0.1.3'] }, 'choose addresses inside the block'],
    [{ ranges: ['fd00::3'] }, 'choose addresses inside the block'],
    [{ ranges: ['10.0.0.4', 'x'] }, 'write an address, a range'],
    [{ ranges: [] }, 'write at least one range'],
    [{ name: '', ranges: ['10.0.0.4'] }, 'give the pool a name'],
    [{ subnet: 'nowhere', ranges: ['10.0.0.4'] }, 'create the subnet'],
  ])('%j is a problem: %s', (more, hint) => {
    const made = allocator(web);
    made.setPool(pool);
    const problems = made.setPool({ subnet: 'web', name: 'other', ...more } as typeof pool);
    expect(problems.map((problem) => problem.message).join()).toContain(hint);
    expect(made.poolUsage('web', 'other')).toBeUndefined();
  });

  test('are set with the subnet, all together: one that is not named goes, and its leases stay', () => {
    const made = allocator({ ...web, pools: [pool, { name: 'more', ranges: ['10.0.0.6'] }] });
    lease(made, ask('a', { pool: 'db' }));
    expect(made.pools('web')).toEqual(['db', 'more']);
    expect(made.setSubnet({ ...web, pools: [{ name: 'more', ranges: ['10.0.0.3', '10.0.0.6/32'] }] })).toEqual([]);
    expect(made.pools('web')).toEqual(['more']);
    expect(made.lease('a')?.v4).toBe('10.0.0.2');
    expect(lease(made, ask('b', { pool: 'more' })).v4).toBe('10.0.0.3');
    expect(made.setSubnet(web)).toEqual([]);
    expect(made.pools('web')).toEqual(['more']);
  });

  test('the block and its pools change in one step', () => {
    const made = allocator({ name: 'web', cidr: '10.0.0.0/28', pools: [{ name: 'db', ranges: ['10.0.0.12'] }] });
    expect(made.setSubnet({ ...web, pools: [{ name: 'db', ranges: ['10.0.0.6'] }] })).toEqual([]);
    expect(lease(made, ask('a', { pool: 'db' })).v4).toBe('10.0.0.6');
  });

  test.each([
    [[pool, pool], 'give each pool a name of its own'],
    [[pool, { name: 'other', ranges: ['10.0.0.3'] }], 'choose addresses that are not in pool'],
    [[{ name: 'db', ranges: ['10.0.0.9'] }], 'choose addresses inside the block'],
  ])('pools %j of a subnet are a problem: %s', (pools, hint) => {
    const made = allocator(web);
    expect(made.setSubnet({ ...web, exclude: ['10.0.0.4'], pools })[0]?.message).toContain(hint);
    expect([made.pools('web'), made.counts('web')?.v4?.total]).toEqual([[], 5n]);
    expect(made.setSubnet({ ...web, name: 'new', pools }).length).toBeGreaterThan(0);
    expect([...made.subnets()]).toEqual(['web']);
  });

  test('exclusions hold in a pool too', () => {
    const made = allocator({ ...web, exclude: ['10.0.0.2'] });
    made.setPool(pool);
    expect(lease(made, ask('a', { pool: 'db' })).v4).toBe('10.0.0.3');
    expect(lease(made, ask('b', { pool: 'db', addresses: { v4: '10.0.0.2' } })).v4).toBe('10.0.0.2');
  });
});

describe('setSubnet', () => {
  test.each([
    [{ cidr: '10.0.0.0' }, 'cidr'],
    [{ cidr: '10.0.0.0/29,10.1.0.0/29' }, 'cidr'],
    [{ cidr: '224.0.0.0/8' }, 'cidr'],
    [{ cidr: '0.0.0.0/0' }, 'cidr'],
    [{ cidr: 'ff02::/64' }, 'cidr'],
    [{ gateway: '10.0.0.9' }, 'gateway'],
    [{ gateway: '10.0.0.0' }, 'gateway'],
    [{ gateway: '10.0.0.7' }, 'gateway'],
    [{ gateway: '10.0.0.1,10.0.0.2' }, 'gateway'],
    [{ gateway: 'fd00::1' }, 'gateway'],
    [{ gateway: 'here' }, 'gateway'],
    [{ exclude: ['10.0.0.3..10.0.0.2'] }, 'exclude'],
    [{ exclude: ['10.0.0.2-10.0.0.3'] }, 'exclude'],
    [{ gatewayMac: 'x' }, 'gatewayMac'],
    [{ name: '' }, 'name'],
  ])('%j is a problem of %s, and the subnet stays as it is', (more, field) => {
    const made = allocator(web);
    const before = made.usage('web');
    const problems = made.setSubnet({ ...web, ...more });
    expect(problems).toMatchObject([{ code: 'IPAM_BAD_SUBNET', field }]);
    expect(made.usage('web')).toEqual(before);
    expect([...made.subnets()]).toEqual(['web']);
  });

  test('a problem names subnet, field, value and the way out', () => {
    expect(new Allocator({ random: chance() }).setSubnet({ ...web, gateway: '10.9.0.1' })[0]?.message).toBe(
      'subnet web: gateway "10.9.0.1": choose an address inside 10.0.0.0/29',
    );
  });

  test('growth in both directions keeps every lease', () => {
    const made = allocator({ name: 'web', cidr: '10.0.0.8/29' });
    const held = ['a', 'b'].map((owner) => lease(made, ask(owner)));
    expect(made.setSubnet({ name: 'web', cidr: '10.0.0.0/27', gateway: '10.0.0.9' })).toEqual([]);
    expect(made.snapshot()).toEqual(held);
    expect(made.counts('web')?.v4).toEqual({ total: 29n, available: 27n, using: 2n });
    expect(lease(made, ask('c')).v4).toBe('10.0.0.1');
  });

  test('an address that was given back is given last of all after a change too', () => {
    const made = allocator(web);
    for (const owner of ['a', 'b']) lease(made, ask(owner));
    made.release('a');
    expect(made.setSubnet({ ...web, exclude: ['10.0.0.4'], pools: [{ name: 'db', ranges: ['10.0.0.6'] }] })).toEqual([]);
    expect(['c', 'd'].map((owner) => lease(made, ask(owner)).v4)).toEqual(['10.0.0.5', '10.0.0.2']);
  });

  test('of an IPv6 block wider than /32 only its first /32 is given', () => {
    const made = allocator({ name: 'web', cidr: 'fd00::/8' });
    expect(lease(made, ask('a', { addresses: { v6: 'fd00:0:ffff:ffff:ffff:ffff:ffff:ffff' } })).v6).toBe(
      'fd00:0:ffff:ffff:ffff:ffff:ffff:ffff',
    );
    expect(refusal(made, ask('b', { addresses: { v6: 'fd00:1::' } }))?.code).toBe('IPAM_OUT_OF_RANGE');
    expect(made.counts('web')?.v6).toEqual({ total: 2n ** 96n - 2n, available: 2n ** 96n - 3n, using: 1n });
    expect(made.holder('web', 'fd01:0:ffff:ffff:ffff:ffff:ffff:ffff')).toBeUndefined();
  });

  test('a second family can be added; leases of before have one, later ones both', () => {
    const made = allocator(web);
    lease(made, ask('a'));
    expect(made.setSubnet({ ...web, cidr: '10.0.0.0/29,fd00::/64' })).toEqual([]);
    expect(lease(made, ask('a')).v6).toBeUndefined();
    expect(lease(made, ask('b')).v6).toBe('fd00::2');
    expect(made.setSubnet(web)).toMatchObject([{ code: 'IPAM_IN_USE', field: 'cidr' }]);
  });

  test('a shrink that would orphan leases is refused and names them', () => {
    const made = allocator({ name: 'web', cidr: '10.0.0.0/28' });
    lease(made, ask('a', { addresses: { v4: '10.0.0.12' } }));
    expect(made.setSubnet(web)).toMatchObject([
      { code: 'IPAM_IN_USE', field: 'cidr', value: '10.0.0.12', hint: expect.stringContaining('a holds this address') as string },
    ]);
    expect(made.lease('a')?.v4).toBe('10.0.0.12');
    made.release('a');
    expect(made.setSubnet(web)).toEqual([]);
  });

  test('a held address can not become the gateway', () => {
    const made = allocator(web);
    lease(made, ask('a'));
    expect(made.setSubnet({ ...web, gateway: '10.0.0.2' })).toMatchObject([{ code: 'IPAM_IN_USE', field: 'gateway', value: '10.0.0.2' }]);
    expect(made.setSubnet({ ...web, gateway: '10.0.0.6' })).toEqual([]);
    expect(lease(made, ask('b')).v4).toBe('10.0.0.1');
  });

  test('a held MAC address can not become the gateway’s', () => {
    const made = allocator(web);
    lease(made, ask('a', { mac: '00:00:00:53:6b:b6' }));
    expect(made.setSubnet({ ...web, gatewayMac: '00:00:00:53:6b:b6' })).toMatchObject([
      { code: 'IPAM_IN_USE', field: 'gatewayMac', hint: expect.stringContaining('a has') as string },
    ]);
  });

  test('new exclusions: a lease inside stays, and does not count', () => {
    const made = allocator(web);
    lease(made, ask('a'));
    expect(made.setSubnet({ ...web, exclude: ['10.0.0.2..10.0.0.4'] })).toEqual([]);
    expect(made.lease('a')?.v4).toBe('10.0.0.2');
    expect(made.usage('web')?.v4).toEqual({ total: 2n, available: 2n, using: 0n, availableRange: '10.0.0.5-10.0.0.6', usingRange: '' });
    made.release('a');
    expect(lease(made, ask('b')).v4).toBe('10.0.0.5');
    expect(made.setSubnet(web)).toEqual([]);
    expect(lease(made, ask('c')).v4).toBe('10.0.0.2');
  });

  test('a pool outside the new block is a problem', () => {
    const made = allocator({ name: 'web', cidr: '10.0.0.0/28' });
    made.setPool({ subnet: 'web', name: 'db', ranges: ['10.0.0.12'] });
    expect(made.setSubnet(web)).toMatchObject([{ code: 'IPAM_BAD_POOL', value: '10.0.0.12' }]);
  });

  test('the same configuration again changes nothing, not even the order', () => {
    const made = allocator(web);
    for (const owner of ['a', 'b']) lease(made, ask(owner));
    made.release('a');
    expect(made.setSubnet({ ...web, exclude: ['10.0.0.1'] })).toEqual([]);
    expect(lease(made, ask('c')).v4).toBe('10.0.0.4');
  });

  test('removal is refused while there are leases', () => {
    const made = allocator(web);
    lease(made, ask('a'));
    expect(made.removeSubnet('web')).toMatchObject([{ code: 'IPAM_IN_USE' }]);
    made.release('a');
    expect(made.removeSubnet('web')).toEqual([]);
    expect(made.removeSubnet('web')).toEqual([]);
    expect(refusal(made, ask('a'))?.code).toBe('IPAM_NO_SUBNET');
  });
});

describe('usage', () => {
  test('exact numbers and Kube-OVN’s range text', () => {
    const made = allocator({
      name: 'web',
      cidr: '10.16.0.0/24,fd00:10:16::/64',
      exclude: ['10.16.0.10..10.16.0.19', '10.99.0.1', 'fd00:10:16::a'],
    });
    for (const owner of ['a', 'b']) lease(made, ask(owner));
    lease(made, ask('c', { addresses: { v4: '10.16.0.200', v6: 'fd00:10:16::ffff' } }));
    expect(made.usage('web')).toEqual({
      v4: {
        total: 243n,
        available: 240n,
        using: 3n,
        usingRange: '10.16.0.2-10.16.0.3,10.16.0.200',
        availableRange: '10.16.0.4-10.16.0.9,10.16.0.20-10.16.0.199,10.16.0.201-10.16.0.254',
      },
      v6: {
        total: 2n ** 64n - 4n,
        available: 2n ** 64n - 7n,
        using: 3n,
        usingRange: 'fd00:10:16::2-fd00:10:16::3,fd00:10:16::ffff',
        availableRange: 'fd00:10:16::4-fd00:10:16::9,fd00:10:16::b-fd00:10:16::fffe,fd00:10:16::1:0-fd00:10:16:0:ffff:ffff:ffff:fffe',
      },
    });
  });

  test('text is bounded', () => {
    const made = allocator({ name: 'web', cidr: '10.0.0.0/24' });
    for (let index = 2; index < 250; index += 2) lease(made, ask(`p${index}`, { addresses: { v4: `10.0.0.${index}` } }));
    expect(made.usage('web', { maxRanges: 2 })?.v4?.usingRange).toBe('10.0.0.2,10.0.0.4,+122 ranges');
  });

  test('of what is not there', () => {
    expect(allocator(web).usage('nowhere')).toBeUndefined();
    expect(allocator(web).counts('nowhere')).toBeUndefined();
    expect(allocator(web).holder('nowhere', '10.0.0.2')).toBeUndefined();
    expect(allocator(web).holder('web', 'x')).toBeUndefined();
    expect(allocator(web).leasesOf('web', 'fd00::2')).toEqual([]);
  });
});

describe('normaliseSubnet', () => {
  test.each([
    [{ cidr: '10.16.3.9/16' }, { cidr: '10.16.0.0/16', protocol: 'IPv4', gateway: '10.16.0.1', exclude: ['10.16.0.1'] }],
    [
      { cidr: 'FD00:10:16::9/112', gateway: 'FD00:10:16::FF' },
      { cidr: 'fd00:10:16::/112', protocol: 'IPv6', gateway: 'fd00:10:16::ff', exclude: ['fd00:10:16::ff'] },
    ],
    [
      {
        cidr: 'fd00::/64,10.16.0.0/16',
        gateway: '10.16.0.254',
        exclude: ['10.16.0.9', '10.16.0.5..10.16.0.8', '192.168.0.1', 'fd00::1..fd00::4'],
      },
      {
        cidr: '10.16.0.0/16,fd00::/64',
        protocol: 'Dual',
        gateway: '10.16.0.254,fd00::1',
        exclude: ['10.16.0.5..10.16.0.9', '10.16.0.254', '192.168.0.1', 'fd00::1..fd00::4'],
      },
    ],
    [{ cidr: '' }, { cidr: '', protocol: 'Mac', gateway: '', exclude: [] }],
    [{ cidr: '10.0.0.7/32' }, { cidr: '10.0.0.7/32', protocol: 'IPv4', gateway: '', exclude: [] }],
  ])('%j', (config, value) => {
    expect(normaliseSubnet({ name: 'web', ...config })).toEqual({ ok: true, value });
  });

  test('what is written back is a fixed point', () => {
    const first = normaliseSubnet({ name: 'web', cidr: '10.16.3.9/16,fd00::1/64', exclude: ['10.16.0.9'] });
    const value = first.ok ? first.value : undefined;
    expect(normaliseSubnet({ name: 'web', ...value! })).toEqual(first);
  });
});
