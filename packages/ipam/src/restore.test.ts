import { describe, expect, test } from 'vitest';
import { Allocator } from './allocator.ts';
import type { Lease } from './lease.ts';

const mac = (last: number) => `02:00:00:00:00:${last.toString(16).padStart(2, '0')}`;
const lease = (owner: string, v4: string, more: Partial<Lease> = {}): Lease => ({
  owner,
  subnet: 'web',
  v4,
  mac: mac(Number(v4.split('.')[3])),
  ...more,
});

function allocator() {
  let state = 7;
  const made = new Allocator({ random: () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 });
  made.setSubnet({ name: 'web', cidr: '10.0.0.0/28,fd00::/124', exclude: ['10.0.0.14'] });
  return made;
}

describe('restore', () => {
  test('leases are held as they were, excluded addresses too', () => {
    const made = allocator();
    const leases = [lease('a', '10.0.0.5', { v6: 'fd00::5' }), lease('b', '10.0.0.14'), lease('c', '10.0.0.6', { sticky: 'parked' })];
    expect(made.restore(leases)).toEqual([]);
    expect(made.snapshot()).toEqual(leases);
    expect(made.allocate({ owner: 'x', subnet: 'web', addresses: { v4: '10.0.0.14' } })).toMatchObject({
      ok: false,
      details: { holder: 'b' },
    });
  });

  test('the same lease seen twice is no news', () => {
    const made = allocator();
    expect(made.restore([lease('a', '10.0.0.5'), lease('a', '10.0.0.5')])).toEqual([]);
    expect(made.restore([lease('a', '10.0.0.5')])).toEqual([]);
    expect(made.size).toBe(1);
  });

  test('two owners of one address: the first keeps it, the second is reported', () => {
    const made = allocator();
    expect(made.restore([lease('a', '10.0.0.5'), lease('b', '10.0.0.5')])).toMatchObject([
      { code: 'IPAM_CONFLICT', holder: 'a', kept: 'none', message: 'lease of b in subnet web: a holds 10.0.0.5' },
    ]);
    expect(made.holder('web', '10.0.0.5')).toBe('a');
    expect(made.lease('b')).toBeUndefined();
  });

  test('what of a lease can be held is held: the other family is in use out there', () => {
    const made = allocator();
    const conflicts = made.restore([lease('a', '10.0.0.5', { v6: 'fd00::5' }), lease('b', '10.0.0.5', { v6: 'fd00::6', mac: mac(6) })]);
    expect(conflicts).toMatchObject([{ code: 'IPAM_CONFLICT', kept: 'part' }]);
    expect(made.lease('b')).toEqual({ owner: 'b', subnet: 'web', v6: 'fd00::6', mac: mac(6) });
  });

  test('one owner with two addresses: both stay taken, under two names', () => {
    const made = allocator();
    const conflicts = made.restore([lease('a', '10.0.0.5'), lease('a', '10.0.0.6'), lease('a', '10.0.0.7')]);
    expect(conflicts).toMatchObject([
      { code: 'IPAM_OWNER_CONFLICT', holder: 'a', kept: 'all', heldAs: 'a#2' },
      { code: 'IPAM_OWNER_CONFLICT', holder: 'a', kept: 'all', heldAs: 'a#3' },
    ]);
    expect(made.lease('a')?.v4).toBe('10.0.0.5');
    expect(made.allocate({ owner: 'x', subnet: 'web', addresses: { v4: '10.0.0.6' } })).toMatchObject({
      ok: false,
      details: { holder: 'a#2' },
    });
    made.release('a#2');
    expect(made.allocate({ owner: 'x', subnet: 'web', addresses: { v4: '10.0.0.6' } }).ok).toBe(true);
  });

  test('the same MAC address twice: both keep their addresses, and it is reported', () => {
    const made = allocator();
    expect(made.restore([lease('a', '10.0.0.5'), lease('b', '10.0.0.6', { mac: mac(5) })])).toMatchObject([
      { code: 'IPAM_MAC_CONFLICT', holder: 'a', kept: 'all' },
    ]);
    expect(made.leasesOfMac('web', mac(5)).map(({ owner }) => owner)).toEqual(['a', 'b']);
    made.release('a');
    expect(made.leasesOfMac('web', mac(5)).map(({ owner }) => owner)).toEqual(['b']);
  });

  test('shared leases may have the same address, in any order', () => {
    const source = lease('a', '10.0.0.5');
    const target = lease('b', '10.0.0.5', { shared: true });
    for (const leases of [
      [source, target],
      [target, source],
    ]) {
      const made = allocator();
      expect(made.restore(leases)).toEqual([]);
      expect(made.holder('web', '10.0.0.5')).toBe(leases.map(({ owner }) => owner).join(','));
    }
  });

  test('the gateway’s address is held, and reported unless it is held on purpose', () => {
    const made = allocator();
    expect(made.restore([lease('a', '10.0.0.1')])).toMatchObject([{ code: 'IPAM_CONFLICT', holder: 'gateway', kept: 'all' }]);
    expect(allocator().restore(made.snapshot())).toEqual([]);
  });

  test.each([
    [{ subnet: 'nowhere' }, 'IPAM_NO_SUBNET', 'none'],
    [{ v4: '10.0.0.99' }, 'IPAM_OUT_OF_RANGE', 'none'],
    [{ v4: '10.0.0.15' }, 'IPAM_OUT_OF_RANGE', 'none'],
    [{ v4: 'x' }, 'IPAM_BAD_ADDRESS', 'none'],
    [{ v4: 'fd00::5' }, 'IPAM_NO_FAMILY', 'none'],
    [{ v6: 'fd01::5' }, 'IPAM_OUT_OF_RANGE', 'part'],
    [{ mac: 'x' }, 'IPAM_BAD_MAC', 'all'],
  ] as const)('%j is a conflict %s that keeps %s; the leases after it are restored', (more, code, kept) => {
    const made = allocator();
    const bad = { ...lease('a', '10.0.0.5'), ...more };
    expect(made.restore([bad, lease('b', '10.0.0.6')])).toMatchObject([{ lease: bad, code, kept }]);
    expect(made.lease('b')?.v4).toBe('10.0.0.6');
    expect(made.lease('a') !== undefined).toBe(kept !== 'none');
  });
});
