/** The shell on hosts that are folders, with a kernel that fails where we want it to, and on this machine. */
import { describe, expect, it } from 'vitest';
import { parseCpuList, planDpdk, type DpdkPlan, type DpdkWish } from '@kube-ovn/datapath-dpdk';
import { applySteps, readInventory } from '@kube-ovn/datapath-dpdk/node';
import { availableParallelism } from 'node:os';
import { hostTree, type HostTree } from './host-tree.ts';

const wish: DpdkWish = {
  socketMemoryMib: 64,
  ports: [{ kind: 'pci', name: 'uplink', bridge: 'br-phy', pciAddress: '0000:03:00.0' }],
};

function planOf(tree: HostTree): DpdkPlan {
  const result = planDpdk(readInventory(tree.root), wish);
  if (!result.ok || result.refusals.length > 0) throw new Error(JSON.stringify(result.refusals));
  return result.plan;
}

describe('inventory of a folder', () => {
  it('reads CPUs, memory, cards with their groups, links and routes', () => {
    using tree = hostTree();
    expect(readInventory(tree.root)).toEqual({
      cpus: [0, 1, 2, 3].map((id) => ({ id, numaNode: id < 2 ? 0 : 1, siblings: [id], isIsolated: id % 2 === 1 })),
      numaNodes: [0, 1].map((id) => ({
        id,
        memoryBytes: 2 ** 34,
        availableBytes: 2 ** 32 + 2 ** 21,
        hugepages: [{ sizeKib: 2048, total: 4, free: 3 }],
      })),
      nics: [
        {
          pciAddress: '0000:03:00.0',
          vendorId: '0x8086',
          deviceId: '0x10fb',
          driver: 'ixgbe',
          driverOverride: undefined,
          numaNode: 0,
          iommuGroup: 12,
          groupMembers: [{ pciAddress: '0000:03:00.1', driver: undefined }],
          links: ['ens3'],
        },
        expect.objectContaining({ pciAddress: '0000:03:00.1', driver: undefined, links: [] }),
        expect.objectContaining({
          pciAddress: '0000:07:00.0',
          numaNode: undefined,
          iommuGroup: undefined,
          groupMembers: [],
          links: ['ens7'],
        }),
      ],
      pciDrivers: ['ixgbe', 'vfio-pci', 'virtio-pci'],
      allowsNoIommu: false,
      links: ['ens3', 'ens7', 'lo'],
      routedLinks: ['ens7'],
    });
  });

  it('a kernel without NUMA is one node', () => {
    using tree = hostTree();
    tree.remove('sys/devices/system/node');
    tree.put('proc/meminfo', 'MemTotal: 1024 kB\nMemFree: 512 kB\n');
    tree.put('sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages', '7\n');
    tree.put('sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages', '7\n');
    const { numaNodes, cpus } = readInventory(tree.root);
    expect(numaNodes).toEqual([
      { id: 0, memoryBytes: 2 ** 20, availableBytes: 2 ** 19, hugepages: [{ sizeKib: 2048, total: 7, free: 7 }] },
    ]);
    expect(cpus.map(({ numaNode }) => numaNode)).toEqual([0, 0, 0, 0]);
  });

  it('vfio without an IOMMU shows', () => {
    using tree = hostTree();
    tree.put('sys/module/vfio/parameters/enable_unsafe_noiommu_mode', 'Y\n');
    expect(readInventory(tree.root).allowsNoIommu).toBe(true);
  });

  it('what cannot be read is an error that names it', () => {
    using tree = hostTree();
    tree.remove('sys/devices/system/cpu/online');
    tree.put('sys/devices/system/cpu/online/x', '');
    expect(() => readInventory(tree.root)).toThrow(
      expect.objectContaining({ code: 'DPDK_INVENTORY_UNREADABLE', message: expect.stringContaining('/sys/devices/system/cpu/online') }),
    );
  });
});

describe('steps on a folder', () => {
  it('lead where the plan wants it, and back', async () => {
    using tree = hostTree();
    const before = readInventory(tree.root);
    const plan = planOf(tree);
    await applySteps(plan.steps, tree);
    expect(tree.writes).toEqual([
      '/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages=32',
      '/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages=32',
      '/sys/bus/pci/drivers/ixgbe/unbind=0000:03:00.0',
      '/sys/bus/pci/devices/0000:03:00.0/driver_override=vfio-pci',
      '/sys/bus/pci/drivers/vfio-pci/bind=0000:03:00.0',
    ]);
    expect(readInventory(tree.root).nics[0]).toMatchObject({ driver: 'vfio-pci', driverOverride: 'vfio-pci' });
    expect(planOf(tree).steps).toEqual([]);
    await applySteps(plan.undo, tree);
    expect(readInventory(tree.root)).toEqual(before);
  });

  it.each([1, 2, 3, 4, 5])('when write %i fails, everything is taken back and the step is named', async (count) => {
    using tree = hostTree();
    const before = readInventory(tree.root);
    const { steps } = planOf(tree);
    tree.failAt(count);
    await expect(applySteps(steps, tree)).rejects.toMatchObject({
      code: 'DPDK_STEP_FAILED',
      message: expect.stringMatching(/^cannot .*EBUSY.*; everything is as it was$/),
      step: steps[count - 1],
      left: [],
    });
    expect(readInventory(tree.root)).toEqual(before);
  });

  it('what cannot be taken back either is left, named, and the rest of that card with it', async () => {
    using tree = hostTree();
    const { steps } = planOf(tree);
    tree.failFrom(5);
    await expect(applySteps(steps, tree)).rejects.toMatchObject({
      left: [steps[3], steps[2], steps[1], steps[0]],
      message: expect.stringContaining(
        'to be taken back by hand: let only driver vfio-pci take 0000:03:00.0; take 0000:03:00.0 from driver ixgbe',
      ),
    });
  });

  it('pages that the kernel does not find are given back', async () => {
    using tree = hostTree();
    tree.limitPages(20);
    const before = readInventory(tree.root);
    await expect(applySteps(planOf(tree).steps, tree)).rejects.toMatchObject({
      code: 'DPDK_HUGEPAGES_SHORT',
      message: expect.stringMatching(/found 20 of 32 pages; set them aside at boot \(hugepages=\)/),
    });
    expect(readInventory(tree.root)).toEqual(before);
  });

  it('a kernel without NUMA has its pages elsewhere', async () => {
    using tree = hostTree();
    tree.remove('sys/devices/system/node');
    tree.put('sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages', '0\n');
    await applySteps([{ kind: 'hugepages', numaNode: 0, sizeKib: 2048, from: 0, to: 3 }], { root: tree.root });
    expect(readInventory(tree.root).numaNodes[0]?.hugepages).toEqual([{ sizeKib: 2048, total: 3, free: 0 }]);
  });
});

describe('inventory of this machine', () => {
  it('has its CPUs, its memory and the links of this network namespace', () => {
    const { cpus, numaNodes, links } = readInventory();
    expect(cpus.length).toBeGreaterThanOrEqual(availableParallelism());
    expect(cpus.every(({ id, siblings }) => siblings.includes(id))).toBe(true);
    expect(numaNodes.every(({ memoryBytes, availableBytes }) => memoryBytes > availableBytes && availableBytes > 0)).toBe(true);
    expect(numaNodes[0]?.hugepages.map(({ sizeKib }) => sizeKib)).toContain(2048);
    expect(links).toContain('lo');
  });

  it('can be planned for', () => {
    const host = readInventory();
    const result = planDpdk(host, { socketMemoryMib: 64, hostMemoryMib: 0 });
    expect(result.ok && parseCpuList(result.plan.cpus.pmd).length).toBe(new Set(host.cpus.map(({ numaNode }) => numaNode)).size);
  });
});
