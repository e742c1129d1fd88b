/**
 * What a host has, as far as DPDK needs to know. `@kube-ovn/datapath-dpdk/node` reads it from a real one.
 */

/** An online CPU. */
export interface Cpu {
  readonly id: number;
  readonly numaNode: number;
  /** Hardware threads of the same core, itself included. */
  readonly siblings: readonly number[];
  /** Left out by the scheduler, by the kernel argument `isolcpus`. */
  readonly isIsolated: boolean;
}

/** Hugepages of one size on one NUMA node. */
export interface HugepagePool {
  readonly sizeKib: number;
  readonly total: number;
  readonly free: number;
}

/** Memory of a NUMA node. */
export interface NumaNode {
  readonly id: number;
  readonly memoryBytes: number;
  /** What could become hugepages: free memory, and caches that the kernel gives up. */
  readonly availableBytes: number;
  readonly hugepages: readonly HugepagePool[];
}

/** A device that shares an IOMMU group with a network card. */
export interface GroupMember {
  readonly pciAddress: string;
  readonly driver: string | undefined;
}

/** A network card (PCI class 02). */
export interface Nic {
  /** `0000:03:00.0`. */
  readonly pciAddress: string;
  readonly vendorId: string;
  readonly deviceId: string;
  readonly driver: string | undefined;
  readonly driverOverride: string | undefined;
  /** Undefined where the platform does not say. */
  readonly numaNode: number | undefined;
  readonly iommuGroup: number | undefined;
  /** The others of its group; bridges, which stay with their driver, are left out. */
  readonly groupMembers: readonly GroupMember[];
  /** Network links that its kernel driver offers. */
  readonly links: readonly string[];
}

/** A host. */
export interface Inventory {
  readonly cpus: readonly Cpu[];
  readonly numaNodes: readonly NumaNode[];
  readonly nics: readonly Nic[];
  /** Names of PCI drivers that the kernel has loaded. */
  readonly pciDrivers: readonly string[];
  /** vfio may be used without an IOMMU; a device can then write to any memory. */
  readonly allowsNoIommu: boolean;
  /** Network links, of whatever kind. */
  readonly links: readonly string[];
  /** Links that a route leads to. */
  readonly routedLinks: readonly string[];
}
