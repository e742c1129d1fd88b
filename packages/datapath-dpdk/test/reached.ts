/**
 * A host after some steps, as the kernel would have it: what links a driver brings back is the one thing that is not modelled.
 */
import type { Inventory, Nic } from '../src/inventory.ts';
import type { HugepagesStep, Step } from '../src/step.ts';

export function reached(inventory: Inventory, steps: readonly Step[]): Inventory {
  return steps.reduce(after, inventory);
}

function after(inventory: Inventory, step: Step): Inventory {
  switch (step.kind) {
    case 'hugepages':
      return withHugepages(inventory, step);
    case 'override':
      return withNic(inventory, step.pciAddress, (nic) => {
        if (nic.driverOverride !== step.from) throw new Error(`override is ${nic.driverOverride}, not ${step.from}`);
        return { ...nic, driverOverride: step.to };
      });
    case 'unbind': {
      const gone = inventory.nics.find((nic) => nic.pciAddress === step.pciAddress)?.links ?? [];
      const left = withNic(inventory, step.pciAddress, (nic) => {
        if (nic.driver !== step.driver) throw new Error(`driver is ${nic.driver}, not ${step.driver}`);
        return { ...nic, driver: undefined, links: [] };
      });
      const without = (links: readonly string[]) => links.filter((link) => !gone.includes(link));
      return { ...left, links: without(left.links), routedLinks: without(left.routedLinks) };
    }
    case 'bind':
      return withNic(inventory, step.pciAddress, (nic) => {
        if (nic.driver !== undefined) throw new Error(`${nic.pciAddress} has driver ${nic.driver}`);
        if (nic.driverOverride !== undefined && nic.driverOverride !== step.driver)
          throw new Error(`only ${nic.driverOverride} may take it`);
        return { ...nic, driver: step.driver };
      });
  }
}

function withNic(inventory: Inventory, pciAddress: string, change: (nic: Nic) => Nic): Inventory {
  const nics = inventory.nics.map((nic) => (nic.pciAddress === pciAddress ? change(nic) : nic));
  const drivers = new Map(nics.map((nic) => [nic.pciAddress, nic.driver]));
  const renewed = nics.map((nic) => ({
    ...nic,
    groupMembers: nic.groupMembers.map((one) => (drivers.has(one.pciAddress) ? { ...one, driver: drivers.get(one.pciAddress) } : one)),
  }));
  return { ...inventory, nics: renewed };
}

function withHugepages(inventory: Inventory, { numaNode, sizeKib, from, to }: HugepagesStep): Inventory {
  const numaNodes = inventory.numaNodes.map((node) => {
    if (node.id !== numaNode) return node;
    const hugepages = node.hugepages.map((pool) => {
      if (pool.sizeKib !== sizeKib) return pool;
      if (pool.total !== from) throw new Error(`${pool.total} pages, not ${from}`);
      return { ...pool, total: to, free: pool.free + to - from };
    });
    return { ...node, hugepages, availableBytes: node.availableBytes - (to - from) * sizeKib * 1024 };
  });
  return { ...inventory, numaNodes };
}

/** A host without what its drivers bring along. */
export function withoutLinks(inventory: Inventory): Inventory {
  return { ...inventory, links: [], routedLinks: [], nics: inventory.nics.map((nic) => ({ ...nic, links: [] })) };
}
