import { IPv4 } from 'ip-num';
import { describe, expect, test } from 'vitest';
import { Allocator } from './allocator.ts';
import type { AllocateRequest } from './lease.ts';
import { allocator, ask, dual, lease, refusal, web } from '../test/allocating.ts';

describe('allocate: order', () => {
  test('lowest first, without network, gateway and broadcast address', () => {
    const made = allocator(web);
    expect(['a', 'b', 'c', 'd', 'e'].map((owner) => lease(made, ask(owner)).v4)).toEqual([
      '10.0.0.2',
      '10.0.0.3',
      '10.0.0.4',
      '10.0.0.5',
      '10.0.0.6',
    ]);
    expect(refusal(made, ask('f'))).toMatchObject({
      code: 'IPAM_EXHAUSTED',
      reason: 'NoAvailableAddress',
      details: { owner: 'f', subnet: 'web', available: '0', total: '5' },
    });
  });

  test('a released address is given last of all, and released ones in ascending order', () => {
    const made = allocator(web);
    for (const owner of ['a', 'b', 'c']) lease(made, ask(owner));
    made.release('b');
    made.release('a');
    expect(['d', 'e', 'f', 'g'].map((owner) => lease(made, ask(owner)).v4)).toEqual(['10.0.0.5', '10.0.0.6', '10.0.0.2', '10.0.0.3']);
  });

  test('random: every address is given once, and chance chooses', () => {
    const made = allocator({ name: 'web', cidr: '10.0.0.0/24', strategy: 'random' });
    const given = Array.from({ length: 253 }, (_, index) => lease(made, ask(`p${index}`)).v4);
    expect(new Set(given).size).toBe(253);
    expect(given.slice(0, 3)).not.toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4']);
    expect(made.allocate(ask('one-more')).ok).toBe(false);
  });

  test.each([
    ['10.0.0.0/31', ['10.0.0.1']],
    ['10.0.0.7/32', ['10.0.0.7']],
    ['fd00::/127', ['fd00::1']],
    ['fd00::9/128', ['fd00::9']],
  ])('%s gives %j', (cidr, addresses) => {
    const made = allocator({ name: 'web', cidr });
    expect(
      addresses
        .map((address, index) => ({ address, lease: lease(made, ask(`p${index}`)) }))
        .map(({ lease: given }) => given.v4 ?? given.v6),
    ).toEqual(addresses);
    expect(made.allocate(ask('more')).ok).toBe(false);
  });

  test('a /48 of IPv6 gives addresses as a /24 does', () => {
    const made = allocator({ name: 'web', cidr: 'fd00:1::/48' });
    expect(lease(made, ask('a')).v6).toBe('fd00:1::2');
    expect(made.counts('web')?.v6).toEqual({ total: 2n ** 80n - 3n, available: 2n ** 80n - 4n, using: 1n });
  });

  test('a subnet without a block gives MAC addresses', () => {
    const made = allocator({ name: 'web', cidr: '' });
    expect(lease(made, ask('a'))).toEqual({ owner: 'a', subnet: 'web', mac: expect.stringMatching(/^.[26ae]:/) as string });
  });
});

describe('allocate: static', () => {
  test('a free address, an excluded one, and one of ip-num', () => {
    const made = allocator({ ...web, exclude: ['10.0.0.2..10.0.0.3'] });
    expect(lease(made, ask('a', { addresses: { v4: '10.0.0.5' } })).v4).toBe('10.0.0.5');
    expect(lease(made, ask('b', { addresses: { v4: '10.0.0.3' } })).v4).toBe('10.0.0.3');
    expect(lease(made, ask('c', { addresses: { v4: new IPv4('10.0.0.6') } })).v4).toBe('10.0.0.6');
    expect(lease(made, ask('d')).v4).toBe('10.0.0.4');
    made.release('b');
    expect(made.allocate(ask('e')).ok).toBe(false);
  });

  test.each([
    [{ v4: '10.0.0.9' }, 'IPAM_OUT_OF_RANGE', 'AddressOutOfRange'],
    [{ v4: '10.0.0.0' }, 'IPAM_OUT_OF_RANGE', 'AddressOutOfRange'],
    [{ v4: '10.0.0.7' }, 'IPAM_OUT_OF_RANGE', 'AddressOutOfRange'],
    [{ v4: '10.0.0.2' }, 'IPAM_CONFLICT', 'AddressConflict'],
    [{ v4: '10.0.0.1' }, 'IPAM_CONFLICT', 'AddressConflict'],
    [{ v6: 'fd00::2' }, 'IPAM_NO_FAMILY', 'InvalidIPFamily'],
    [{ v4: '10.0.0.300' }, 'IPAM_BAD_REQUEST', 'InvalidRequest'],
    [{ v4: 'fd00::2' }, 'IPAM_BAD_REQUEST', 'InvalidRequest'],
  ] as const)('%j is refused with %s', (addresses, code, reason) => {
    const made = allocator(web);
    lease(made, ask('holder'));
    expect(refusal(made, ask('a', { addresses }))).toMatchObject({ code, reason });
    expect(made.size).toBe(1);
  });

  test('a refusal names owner, subnet, address, holder', () => {
    const made = allocator(web);
    lease(made, ask('web-0.shop'));
    expect(refusal(made, ask('web-1.shop', { addresses: { v4: '10.0.0.2' } }))?.message).toBe(
      'no address for web-1.shop in subnet web: web-0.shop holds 10.0.0.2',
    );
  });

  test('the gateway only to one that says it is the gateway', () => {
    const made = allocator(web);
    expect(lease(made, ask('router', { addresses: { v4: '10.0.0.1' }, allowGateway: true }))).toMatchObject({
      v4: '10.0.0.1',
      allowGateway: true,
    });
  });

  test('candidates: the first that nobody holds; a StatefulSet gives the one of its ordinal', () => {
    const made = allocator(web);
    const candidates = [{ v4: '10.0.0.4' }, { v4: '10.0.0.5' }];
    expect(lease(made, ask('a', { candidates })).v4).toBe('10.0.0.4');
    expect(lease(made, ask('b', { candidates })).v4).toBe('10.0.0.5');
    expect(refusal(made, ask('c', { candidates }))).toMatchObject({ code: 'IPAM_EXHAUSTED', details: { holder: 'b' } });
    expect(lease(made, ask('b', { candidates })).v4).toBe('10.0.0.5');
  });
});

describe('allocate: MAC addresses', () => {
  test('a static one, in any spelling; a second owner is refused', () => {
    const made = allocator(web);
    expect(lease(made, ask('a', { mac: '00-00-00-53-6B-B6' })).mac).toBe('00:00:00:53:6b:b6');
    expect(refusal(made, ask('b', { mac: '00:00:00:53:6b:b6' }))).toMatchObject({
      code: 'IPAM_MAC_CONFLICT',
      reason: 'AddressConflict',
      details: { holder: 'a' },
    });
    expect(made.leasesOfMac('web', '00:00:00:53:6B:B6').map(({ owner }) => owner)).toEqual(['a']);
  });

  test.each(['01:00:5e:00:00:01', '00:00:00:00:00:00', 'nonsense'])('%s is refused', (mac) => {
    expect(refusal(allocator(web), ask('a', { mac }))).toMatchObject({ code: 'IPAM_BAD_REQUEST' });
  });

  test('the gateway’s is given to nobody', () => {
    const made = allocator({ ...web, gatewayMac: '00:00:00:53:6b:b6' });
    expect(refusal(made, ask('a', { mac: '00:00:00:53:6b:b6' }))).toMatchObject({
      code: 'IPAM_MAC_CONFLICT',
      details: { holder: 'gateway' },
    });
  });

  test('generated ones are unique even when chance says the same for ever', () => {
    const made = new Allocator({ random: () => 0 });
    made.setSubnet({ ...web, cidr: '10.0.0.0/24' });
    const macs = Array.from({ length: 100 }, (_, index) => lease(made, ask(`p${index}`)).mac);
    expect(new Set(macs).size).toBe(100);
    expect(macs.every((mac) => /^.[26ae]:/.test(mac))).toBe(true);
  });
});

describe('allocate: two families', () => {
  const askDual = (owner: string, more: Partial<AllocateRequest> = {}) => ask(owner, { subnet: 'dual', ...more });

  test('both by default, one when asked for', () => {
    const made = allocator(dual);
    expect(lease(made, askDual('a'))).toMatchObject({ v4: '10.0.1.2', v6: 'fd00::2' });
    expect(lease(made, askDual('b', { families: [6] }))).toEqual({
      owner: 'b',
      subnet: 'dual',
      v6: 'fd00::3',
      mac: expect.any(String) as string,
    });
  });

  test('a static address of one family gets a free one of the other', () => {
    expect(lease(allocator(dual), askDual('a', { addresses: { v6: 'fd00::6' } }))).toMatchObject({ v4: '10.0.1.2', v6: 'fd00::6' });
  });

  test('all or nothing: without IPv6 addresses no IPv4 address is taken', () => {
    const made = allocator({ name: 'dual', cidr: '10.0.1.0/24,fd00::/126' });
    lease(made, askDual('a'));
    const before = made.usage('dual');
    expect(refusal(made, askDual('b'))).toMatchObject({ code: 'IPAM_EXHAUSTED', message: expect.stringContaining('IPv6') as string });
    expect(made.usage('dual')).toEqual(before);
    expect(lease(made, askDual('b', { families: [4] })).v4).toBe('10.0.1.3');
  });

  test.each([
    [{ families: [] }, 'IPAM_BAD_REQUEST'],
    [{ families: [4], addresses: { v6: 'fd00::6' } }, 'IPAM_BAD_REQUEST'],
    [{ addresses: { v4: '10.0.1.2' }, candidates: [{ v4: '10.0.1.3' }] }, 'IPAM_BAD_REQUEST'],
    [{ candidates: [] }, 'IPAM_BAD_REQUEST'],
    [{ subnet: 'nowhere' }, 'IPAM_NO_SUBNET'],
    [{ pool: 'nowhere' }, 'IPAM_NO_POOL'],
    [{ owner: '' }, 'IPAM_BAD_REQUEST'],
  ] as const)('%j is refused with %s', (more, code) => {
    expect(refusal(allocator(dual), askDual('a', more as Partial<AllocateRequest>))?.code).toBe(code);
  });
});

describe('allocate again', () => {
  test('the same owner gets the same lease', () => {
    const made = allocator(web);
    const first = lease(made, ask('a'));
    expect(lease(made, ask('a'))).toEqual(first);
    expect(lease(made, ask('a', { addresses: { v4: first.v4 }, mac: first.mac, families: [4] }))).toEqual(first);
    expect(made.size).toBe(1);
  });

  test.each([[{ addresses: { v4: '10.0.0.5' } }], [{ mac: '00:00:00:53:6b:b6' }], [{ subnet: 'dual' }]])(
    '%j: what the owner has not is refused until it is released',
    (more) => {
      const made = allocator(web, dual);
      lease(made, ask('a'));
      expect(refusal(made, ask('a', more))).toMatchObject({
        code: 'IPAM_OWNER_CONFLICT',
        message: expect.stringContaining('holds 10.0.0.2 in subnet web') as string,
      });
      made.release('a');
      expect(made.allocate(ask('a', more)).ok).toBe(true);
    },
  );
});

describe('sticky owners', () => {
  test('a release parks the lease; nobody else gets the address; the owner gets it back', () => {
    const made = allocator(web);
    const first = lease(made, ask('db-0', { sticky: true }));
    expect(first.sticky).toBe('active');
    made.release('db-0');
    expect(made.lease('db-0')).toEqual({ ...first, sticky: 'parked' });
    expect(made.counts('web')?.v4?.using).toBe(1n);
    expect(refusal(made, ask('x', { addresses: { v4: first.v4 } }))).toMatchObject({ details: { holder: 'db-0' } });
    expect(lease(made, ask('db-0', { sticky: true }))).toEqual(first);
  });

  test('a final release frees the address, parked or not', () => {
    const made = allocator(web);
    lease(made, ask('db-0', { sticky: true }));
    made.release('db-0');
    expect(made.release('db-0', { final: true })?.v4).toBe('10.0.0.2');
    expect(made.lease('db-0')).toBeUndefined();
    expect(made.release('db-0', { final: true })).toBeUndefined();
    expect(made.counts('web')?.v4?.using).toBe(0n);
  });

  test('an owner that no longer wants to be sticky is released as any other', () => {
    const made = allocator(web);
    lease(made, ask('db-0', { sticky: true }));
    lease(made, ask('db-0', { sticky: false }));
    made.release('db-0');
    expect(made.size).toBe(0);
  });
});

describe('shared addresses', () => {
  test('live migration: the target takes the address and MAC address; it is free when both are gone', () => {
    const made = allocator(web);
    const source = lease(made, ask('vm.launcher-1'));
    const same = { addresses: { v4: source.v4 }, mac: source.mac };
    expect(refusal(made, ask('vm.launcher-2', same))?.code).toBe('IPAM_MAC_CONFLICT');
    expect(lease(made, ask('vm.launcher-2', { ...same, shared: true }))).toMatchObject({ v4: source.v4, mac: source.mac, shared: true });
    expect(made.holder('web', '10.0.0.2')).toBe('vm.launcher-1,vm.launcher-2');
    expect(made.counts('web')?.v4?.using).toBe(1n);
    made.release('vm.launcher-1');
    expect(made.holder('web', '10.0.0.2')).toBe('vm.launcher-2');
    expect(made.leasesOfMac('web', source.mac)).toHaveLength(1);
    made.release('vm.launcher-2');
    expect(made.holder('web', '10.0.0.2')).toBeUndefined();
    expect(made.counts('web')?.v4?.using).toBe(0n);
  });
});

describe('virtual IPs', () => {
  function withVip() {
    const made = allocator(web);
    return { made, vip: lease(made, ask('vip/front')) };
  }

  test('an owner that is no workload holds it; those may share it who name that owner', () => {
    const { made, vip } = withVip();
    const same = { addresses: { v4: vip.v4 }, mac: vip.mac, sharedWith: 'vip/front' };
    expect(lease(made, ask('front-0', same))).toMatchObject({ v4: vip.v4, mac: vip.mac, shared: true });
    expect(lease(made, ask('front-1', same)).v4).toBe(vip.v4);
    expect(made.holder('web', vip.v4!)).toBe('vip/front,front-0,front-1');
    expect(made.counts('web')?.v4?.using).toBe(1n);
    for (const owner of ['vip/front', 'front-1', 'front-0']) {
      expect(made.counts('web')?.v4?.using).toBe(1n);
      made.release(owner);
    }
    expect(made.counts('web')?.v4?.using).toBe(0n);
  });

  test('an address that another has is not shared by mistake', () => {
    const { made, vip } = withVip();
    const other = lease(made, ask('other'));
    expect(refusal(made, ask('front-0', { addresses: { v4: other.v4 }, sharedWith: 'vip/front' }))).toMatchObject({
      code: 'IPAM_CONFLICT',
      details: { holder: 'other' },
    });
    expect(refusal(made, ask('front-0', { mac: other.mac, sharedWith: 'vip/front' }))?.code).toBe('IPAM_MAC_CONFLICT');
    lease(made, ask('front-0', { addresses: { v4: vip.v4 }, sharedWith: 'vip/front' }));
    made.release('vip/front');
    expect(refusal(made, ask('front-1', { addresses: { v4: vip.v4 }, sharedWith: 'vip/front' }))).toMatchObject({
      details: { holder: 'front-0' },
    });
  });

  test('shared with anybody and with somebody is a contradiction', () => {
    expect(refusal(allocator(web), ask('a', { shared: true, sharedWith: 'b' }))?.code).toBe('IPAM_BAD_REQUEST');
  });
});

describe('several subnets', () => {
  const tiny = { name: 'tiny', cidr: '10.0.9.0/30' };

  test('the first that can serve does; a lease in a later one stays when an earlier one could serve', () => {
    const made = allocator(tiny, web);
    const subnet = ['tiny', 'web'];
    expect(['a', 'b'].map((owner) => lease(made, ask(owner, { subnet })).subnet)).toEqual(['tiny', 'web']);
    made.release('a');
    expect(lease(made, ask('b', { subnet })).subnet).toBe('web');
    expect(lease(made, ask('c', { subnet })).subnet).toBe('tiny');
  });

  test('a static address chooses the subnet that has it', () => {
    expect(lease(allocator(tiny, web), ask('a', { subnet: ['tiny', 'web'], addresses: { v4: '10.0.0.4' } })).subnet).toBe('web');
  });

  test.each([
    [['tiny', 'nowhere'], 'IPAM_EXHAUSTED', 'tiny'],
    [['nowhere', 'tiny'], 'IPAM_EXHAUSTED', 'tiny'],
    [['nowhere', 'nor-here'], 'IPAM_NO_SUBNET', 'nowhere'],
    [[], 'IPAM_BAD_REQUEST', ''],
  ])('%j: the refusal is %s, about %j', (subnet, code, about) => {
    const made = allocator(tiny);
    lease(made, ask('holder', { subnet: 'tiny' }));
    expect(refusal(made, ask('a', { subnet }))).toMatchObject({ code, details: { subnet: about } });
  });
});

describe('allocateAll', () => {
  test('all interfaces of a workload, in order', () => {
    const made = allocator(web, dual);
    const result = made.allocateAll([ask('p'), ask('p.net1', { subnet: 'dual' }), ask('p.net2')]);
    expect(result.ok && result.leases.map(({ owner, v4 }) => `${owner} ${v4}`)).toEqual([
      'p 10.0.0.2',
      'p.net1 10.0.1.2',
      'p.net2 10.0.0.3',
    ]);
  });

  test('one refusal and nothing is kept, nor is anything given in another order afterwards', () => {
    const made = allocator(web, dual);
    lease(made, ask('old'));
    lease(made, ask('kept', { sticky: true }));
    made.release('kept');
    made.release('old');
    const before = [made.snapshot(), made.usage('web'), made.usage('dual')];
    const result = made.allocateAll([
      ask('kept'),
      ask('p'),
      ask('p.net1', { subnet: 'dual' }),
      ask('p.net2', { addresses: { v4: '10.0.0.9' } }),
    ]);
    expect(result).toMatchObject({ ok: false, index: 3, code: 'IPAM_OUT_OF_RANGE' });
    expect([made.snapshot(), made.usage('web'), made.usage('dual')]).toEqual(before);
    expect(lease(made, ask('next')).v4).toBe('10.0.0.4');
  });

  test('a static MAC address of what was undone is free', () => {
    const made = allocator(web);
    const mac = '00:00:00:53:6b:b6';
    expect(made.allocateAll([ask('p', { mac }), ask('p.net1', { mac })])).toMatchObject({ ok: false, index: 1, code: 'IPAM_MAC_CONFLICT' });
    expect(made.leasesOfMac('web', mac)).toEqual([]);
    expect(made.removeSubnet('web')).toEqual([]);
  });

  test('an owner named twice is refused', () => {
    expect(allocator(web).allocateAll([ask('p'), ask('p')])).toMatchObject({ ok: false, index: 1, code: 'IPAM_BAD_REQUEST' });
  });
});
