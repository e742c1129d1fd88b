/** Hosts and wishes at random: odd ones too, but such as could be. */
import fc from 'fast-check';
import type { Cpu, Inventory, Nic, NumaNode } from '../src/inventory.ts';
import type { DpdkWish, PodWish, PortWish } from '../src/wish.ts';

const MIB = 2 ** 20;

interface Layout {
  readonly numaNodes: number;
  readonly cores: number;
  readonly threads: number;
}

/** CPU ids as Linux gives them: first one thread of every core, then the others. */
function cpusOf({ numaNodes, cores, threads }: Layout, isolated: ReadonlySet<number>): readonly Cpu[] {
  const all = numaNodes * cores;
  return Array.from({ length: all * threads }, (_, id) => ({
    id,
    numaNode: Math.floor((id % all) / cores),
    siblings: Array.from({ length: threads }, (_unused, thread) => (id % all) + thread * all),
    isIsolated: isolated.has(id),
  }));
}

const layout: fc.Arbitrary<Layout> = fc.record({
  numaNodes: fc.integer({ min: 1, max: 3 }),
  cores: fc.integer({ min: 1, max: 6 }),
  threads: fc.integer({ min: 1, max: 2 }),
});

function numaNode(id: number): fc.Arbitrary<NumaNode> {
  const pages = (sizeKib: number, most: number) =>
    fc.tuple(fc.nat(most), fc.nat(most)).map(([a, b]) => ({ sizeKib, total: Math.max(a, b), free: Math.min(a, b) }));
  const pools = fc.tuple(pages(2048, 1500), fc.option(pages(1_048_576, 4), { nil: undefined }));
  return fc.record({ availableMib: fc.nat(8192), pools }).map(({ availableMib, pools: [small, large] }) => ({
    id,
    memoryBytes: 16_384 * MIB,
    availableBytes: availableMib * MIB,
    hugepages: large === undefined ? [small] : [small, large],
  }));
}

const kernelDriver = fc.constantFrom('ixgbe', 'virtio-pci', 'mlx5_core');

function nics(numaNodes: number): fc.Arbitrary<readonly Nic[]> {
  const nic = fc.record({
    driver: fc.option(fc.oneof({ weight: 4, arbitrary: kernelDriver }, fc.constant('vfio-pci')), { nil: undefined }),
    driverOverride: fc.option(fc.constantFrom('vfio-pci', 'ixgbe'), { nil: undefined, freq: 6 }),
    numaNode: fc.option(fc.nat(numaNodes - 1), { nil: undefined }),
    iommuGroup: fc.option(fc.nat(3), { nil: undefined, freq: 8 }),
  });
  return fc.array(nic, { maxLength: 5 }).map((found) => {
    // An override and a driver that contradict each other are no state that binding can lead to.
    const made = found.map((one, index) => ({
      ...one,
      driverOverride: one.driver === undefined ? one.driverOverride : one.driverOverride && one.driver,
      pciAddress: `0000:0${index}:00.0`,
      vendorId: '0x8086',
      deviceId: '0x10fb',
      links: one.driver === undefined || one.driver === 'vfio-pci' ? [] : [`eth${index}`],
    }));
    return made.map((one) => ({
      ...one,
      groupMembers: made
        .filter((other) => other !== one && other.iommuGroup !== undefined && other.iommuGroup === one.iommuGroup)
        .map(({ pciAddress, driver }) => ({ pciAddress, driver })),
    }));
  });
}

export const inventories: fc.Arbitrary<Inventory> = layout.chain((shape) => {
  const count = shape.numaNodes * shape.cores * shape.threads;
  return fc
    .record({
      isolated: fc.uniqueArray(fc.nat(count - 1)),
      numaNodes: fc.tuple(...Array.from({ length: shape.numaNodes }, (_, id) => numaNode(id))),
      nics: nics(shape.numaNodes),
      pciDrivers: fc.constantFrom(['vfio-pci', 'ixgbe', 'virtio-pci', 'mlx5_core'], ['ixgbe']),
      allowsNoIommu: fc.boolean(),
      routed: fc.subarray(['eth0', 'eth1', 'eth2', 'veth0']),
    })
    .map(({ isolated, routed, ...rest }) => {
      const links = ['lo', 'veth0', 'veth1', ...rest.nics.flatMap((nic) => nic.links)];
      return { ...rest, cpus: cpusOf(shape, new Set(isolated)), links, routedLinks: routed.filter((link) => links.includes(link)) };
    });
});

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

const mtuBytes = optional(fc.constantFrom(1400, 1500, 2000, 9000, 50));
const portName = fc.constantFrom('p0', 'p1', 'p2', 'a name', 'p3');

const ports: fc.Arbitrary<PortWish> = fc.oneof(
  fc.record({
    kind: fc.constant('pci' as const),
    name: portName,
    bridge: fc.constant('br-phy'),
    pciAddress: fc.nat(5).map((index) => `0000:0${index}:00.0`),
    evenIfInUse: fc.boolean(),
    rxQueues: optional(fc.integer({ min: 0, max: 4 })),
    pinQueues: fc.boolean(),
    mtuBytes,
  }),
  fc.record({
    kind: fc.constantFrom('af_packet' as const, 'af_xdp' as const),
    name: portName,
    bridge: fc.constant('br-phy'),
    link: fc.constantFrom('veth0', 'veth1', 'eth0', 'eth9'),
    pinQueues: fc.boolean(),
    mtuBytes,
  }),
) as fc.Arbitrary<PortWish>;

const pods: fc.Arbitrary<PodWish> = fc.record({
  pod: fc.constant('shop/web'),
  uid: fc.constantFrom('u0', 'u1', 'u2', 'u3', '..'),
  volume: fc.constantFrom('v', 'v'.repeat(70)),
  socket: fc.constantFrom('s0', 's1', 's'.repeat(60)),
  bridge: fc.constant('br-int'),
  cpus: optional(fc.oneof(fc.nat(3), fc.constantFrom('1', '2-3', '90', 'x'))),
  memoryMib: optional(fc.nat(1500)),
  numaNode: optional(fc.nat(3)),
  mtuBytes,
}) as fc.Arbitrary<PodWish>;

/** Optional fields are left out, not undefined. */
function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

export const wishes: fc.Arbitrary<DpdkWish> = fc
  .record({
    pmdCpus: optional(fc.constantFrom('1', '1-2', '0-40', '3,5')),
    pmdCpusPerNumaNode: optional(fc.integer({ min: 1, max: 3 })),
    lcoreCpus: optional(fc.constantFrom('0', '1')),
    hugepageSizeKib: optional(fc.constantFrom(2048, 1_048_576)),
    socketMemoryMib: fc.constantFrom(64, 256, 512, 1024),
    hostMemoryMib: optional(fc.nat(2048)),
    ports: fc.array(ports.map(compact), { maxLength: 5 }),
    pods: fc.array(pods.map(compact), { maxLength: 5 }),
  })
  .map(compact) as fc.Arbitrary<DpdkWish>;
