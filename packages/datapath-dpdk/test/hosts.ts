/** Hosts of tests. */
import type { Inventory, Nic } from '../src/inventory.ts';

const GIB = 2 ** 30;

export const card: Nic = {
  pciAddress: '0000:03:00.0',
  vendorId: '0x8086',
  deviceId: '0x10fb',
  driver: 'ixgbe',
  driverOverride: undefined,
  numaNode: 0,
  iommuGroup: 12,
  groupMembers: [],
  links: ['ens3'],
};

/**
 * Two sockets of four cores with two threads each: CPUs 0-3 and 8-11 on NUMA node 0, 4-7 and 12-15 on NUMA node 1. CPUs 2, 3, 6, 7 and
 * their siblings are isolated. 8 GiB of each node are available; 512 small hugepages are set aside on node 0.
 */
export const server: Inventory = {
  cpus: Array.from({ length: 16 }, (_, id) => ({
    id,
    numaNode: Math.floor((id % 8) / 4),
    siblings: [id % 8, (id % 8) + 8],
    isIsolated: [2, 3, 6, 7].includes(id % 8),
  })),
  numaNodes: [0, 1].map((id) => ({
    id,
    memoryBytes: 16 * GIB,
    availableBytes: 8 * GIB,
    hugepages: [
      { sizeKib: 2048, total: id === 0 ? 512 : 0, free: id === 0 ? 512 : 0 },
      { sizeKib: 1_048_576, total: 0, free: 0 },
    ],
  })),
  nics: [card, { ...card, pciAddress: '0000:83:00.0', numaNode: 1, iommuGroup: 40, links: ['ens4'] }],
  pciDrivers: ['ixgbe', 'vfio-pci'],
  allowsNoIommu: false,
  links: ['lo', 'ens3', 'ens4', 'veth0'],
  routedLinks: ['ens4'],
};

/** A virtual machine with two CPUs and nothing else. */
export const small: Inventory = {
  ...server,
  cpus: [0, 1].map((id) => ({ id, numaNode: 0, siblings: [id], isIsolated: false })),
  numaNodes: server.numaNodes.slice(0, 1),
  nics: [],
};

/** Another card in place of the server's first. */
export function withCard(change: Partial<Nic>, rest: Partial<Inventory> = {}): Inventory {
  return { ...server, nics: [{ ...card, ...change }], ...rest };
}
