import assert from 'node:assert/strict';
import { formatFinding, planDpdk, type Inventory } from '@kube-ovn/datapath-dpdk';

// What the host has. readInventory() of '@kube-ovn/datapath-dpdk/node' reads the same from a real one.
const inventory: Inventory = {
  cpus: [0, 1, 2, 3].map((id) => ({ id, numaNode: 0, siblings: [id], isIsolated: id > 1 })),
  numaNodes: [{ id: 0, memoryBytes: 2 ** 34, availableBytes: 2 ** 33, hugepages: [{ sizeKib: 2048, total: 0, free: 0 }] }],
  nics: [
    {
      pciAddress: '0000:03:00.0',
      vendorId: '0x8086',
      deviceId: '0x10fb',
      driver: 'ixgbe',
      driverOverride: undefined,
      numaNode: 0,
      iommuGroup: 12,
      groupMembers: [],
      links: ['ens3'],
    },
  ],
  pciDrivers: ['ixgbe', 'vfio-pci'],
  allowsNoIommu: false,
  links: ['lo', 'ens3'],
  routedLinks: [],
};

// What is wanted of it: a card for Open vSwitch, and two pods with vhost-user interfaces, of which one is too large.
const result = planDpdk(inventory, {
  socketMemoryMib: 1024,
  ports: [{ kind: 'pci', name: 'uplink', bridge: 'br-phy', pciAddress: '0000:03:00.0' }],
  pods: [
    { pod: 'shop/web', uid: 'b1f0', volume: 'vhost', socket: 'net1', bridge: 'br-int', memoryMib: 512, cpus: 1 },
    { pod: 'shop/db', uid: 'c2a4', volume: 'vhost', socket: 'net1', bridge: 'br-int', memoryMib: 65_536 },
  ],
});
assert(result.ok);
const { plan } = result;

assert.deepEqual(plan.cpus, { pmd: '2', lcore: '0', free: '1' });
assert.deepEqual(plan.otherConfig, {
  'dpdk-init': 'try',
  'dpdk-lcore-mask': '0x1',
  'dpdk-socket-mem': '1024',
  'dpdk-socket-limit': '1024',
  'dpdk-extra': '-a 0000:03:00.0',
  'pmd-cpu-mask': '0x4',
});
assert.deepEqual(plan.steps, [
  { kind: 'hugepages', numaNode: 0, sizeKib: 2048, from: 0, to: 768 },
  { kind: 'unbind', pciAddress: '0000:03:00.0', driver: 'ixgbe' },
  { kind: 'override', pciAddress: '0000:03:00.0', from: undefined, to: 'vfio-pci' },
  { kind: 'bind', pciAddress: '0000:03:00.0', driver: 'vfio-pci' },
]);

const [web] = plan.pods;
assert.equal(web?.cpus, '3');
assert.equal(web.socket.path, '/var/run/openvswitch/vhost_sockets/b1f0/vhost/net1');

// A refusal is data: its code, the object, the field, the value, why, and the way out.
assert.deepEqual(result.refusals.map(formatFinding), [
  'pod shop/db: memoryMib 65536: hugepages to be had: 5632 MiB on NUMA node 0; ask for less, or move a pod away',
]);
