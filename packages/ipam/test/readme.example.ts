import assert from 'node:assert/strict';
import { Allocator } from '@kube-ovn/ipam';

const ipam = new Allocator({ random: Math.random });
assert.deepEqual(ipam.setSubnet({ name: 'shop', cidr: '10.16.0.0/24,fd00:10:16::/64', exclude: ['10.16.0.2..10.16.0.9'] }), []);

// Both families or none. The gateways (the first address of each) and the exclusions are given to nobody.
const first = ipam.allocate({ owner: 'web-0.shop', subnet: 'shop' });
assert(first.ok && first.lease.v4 === '10.16.0.10' && first.lease.v6 === 'fd00:10:16::2');

// A refusal is a value that says who is in the way; nothing has changed.
const second = ipam.allocate({ owner: 'web-1.shop', subnet: 'shop', addresses: { v4: '10.16.0.10' } });
assert(!second.ok && second.code === 'IPAM_CONFLICT' && second.details.holder === 'web-0.shop');

// All interfaces of a workload, or none.
const both = ipam.allocateAll([
  { owner: 'db-0.shop', subnet: 'shop', sticky: true },
  { owner: 'db-0.shop.net1', subnet: 'shop', families: [4], mac: '02:00:00:00:00:07' },
]);
assert(both.ok && both.leases.length === 2);

// A sticky lease outlives its release; the others are free again and given last of all.
ipam.release('db-0.shop');
ipam.release('web-0.shop');
assert.equal(ipam.lease('db-0.shop')?.sticky, 'parked');
assert.equal(ipam.counts('shop')?.v6?.available, 2n ** 64n - 4n);

// After a restart: take over what is known. Contradictions come back as data.
const restarted = new Allocator({ random: Math.random });
restarted.setSubnet({ name: 'shop', cidr: '10.16.0.0/24,fd00:10:16::/64' });
assert.deepEqual(restarted.restore(ipam.snapshot()), []);
