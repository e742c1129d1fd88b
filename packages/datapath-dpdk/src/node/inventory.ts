/**
 * What a real host has: /sys and /proc, and nothing that decides.
 * @source Linux, Documentation/ABI: sysfs-devices-system-cpu, sysfs-devices-node, sysfs-bus-pci; proc(5)
 */
import { parseCpuList } from '../cpu-set.ts';
import type { Cpu, GroupMember, HugepagePool, Inventory, Nic, NumaNode } from '../inventory.ts';
import { filesIn, type Files } from './read.ts';

const CPU = '/sys/devices/system/cpu';
const NODE = '/sys/devices/system/node';
const PCI = '/sys/bus/pci/devices';

/** PCI base classes. @source PCI Code and ID Assignment Specification, 1.1 */
const NETWORK_CLASS = '0x02';
const BRIDGE_CLASS = '0x06';

/**
 * Read what a host has. Synchronous, so that it can be done inside a network namespace: links and routes are those of the calling thread.
 *
 * @param root where /sys and /proc of the host are found, `/` by default, `/host` in a container that mounts them there
 * @throws {DpdkError} DPDK_INVENTORY_UNREADABLE
 */
export function readInventory(root = '/'): Inventory {
  const files = filesIn(root);
  return {
    cpus: readCpus(files),
    numaNodes: readNumaNodes(files),
    nics: files
      .names(PCI)
      .filter((address) => classOf(files, address).startsWith(NETWORK_CLASS))
      .map((address) => readNic(files, address)),
    pciDrivers: files.names('/sys/bus/pci/drivers'),
    allowsNoIommu: files.text('/sys/module/vfio/parameters/enable_unsafe_noiommu_mode') === 'Y',
    links: readLinks(files),
    routedLinks: readRoutedLinks(files),
  };
}

function numaIds(files: Files): readonly number[] {
  return parseCpuList(files.text(`${NODE}/online`) ?? '0');
}

function readCpus(files: Files): readonly Cpu[] {
  const isolated = new Set(parseCpuList(files.text(`${CPU}/isolated`) ?? ''));
  const numaNodes = new Map(
    numaIds(files).flatMap((node) => parseCpuList(files.text(`${NODE}/node${node}/cpulist`) ?? '').map((id) => [id, node] as const)),
  );
  return parseCpuList(files.text(`${CPU}/online`) ?? '').map((id) => ({
    id,
    numaNode: numaNodes.get(id) ?? 0,
    siblings: parseCpuList(files.text(`${CPU}/cpu${id}/topology/thread_siblings_list`) ?? String(id)),
    isIsolated: isolated.has(id),
  }));
}

/** A kernel without NUMA has one node, which it does not list. */
function readNumaNodes(files: Files): readonly NumaNode[] {
  if (files.text(`${NODE}/online`) === undefined)
    return [readMemory(files, 0, { meminfo: '/proc/meminfo', pools: '/sys/kernel/mm/hugepages' })];
  return numaIds(files).map((id) => readMemory(files, id, { meminfo: `${NODE}/node${id}/meminfo`, pools: `${NODE}/node${id}/hugepages` }));
}

function readMemory(files: Files, id: number, paths: { readonly meminfo: string; readonly pools: string }): NumaNode {
  const bytes = new Map(
    [...(files.text(paths.meminfo) ?? '').matchAll(/(?<key>[\w()]+):\s+(?<kib>\d+) kB/g)].map(
      ({ groups }) => [groups?.['key'] ?? '', Number(groups?.['kib'] ?? 0) * 1024] as const,
    ),
  );
  const sum = (...keys: readonly string[]): number => keys.reduce((total, key) => total + (bytes.get(key) ?? 0), 0);
  return {
    id,
    memoryBytes: sum('MemTotal'),
    availableBytes: sum('MemFree', 'Active(file)', 'Inactive(file)'),
    hugepages: files.names(paths.pools).flatMap((name) => readPool(files, paths.pools, name)),
  };
}

function readPool(files: Files, folder: string, name: string): readonly HugepagePool[] {
  const size = /^hugepages-(?<kib>\d+)kB$/.exec(name)?.groups?.['kib'];
  if (size === undefined) return [];
  return [
    {
      sizeKib: Number(size),
      total: files.number(`${folder}/${name}/nr_hugepages`) ?? 0,
      free: files.number(`${folder}/${name}/free_hugepages`) ?? 0,
    },
  ];
}

function readNic(files: Files, pciAddress: string): Nic {
  const device = `${PCI}/${pciAddress}`;
  const group = files.linkName(`${device}/iommu_group`);
  const numaNode = files.number(`${device}/numa_node`);
  const override = files.text(`${device}/driver_override`);
  return {
    pciAddress,
    vendorId: files.text(`${device}/vendor`) ?? '',
    deviceId: files.text(`${device}/device`) ?? '',
    driver: files.linkName(`${device}/driver`),
    driverOverride: override === undefined || override === '' || override === '(null)' ? undefined : override,
    numaNode: numaNode === undefined || numaNode < 0 ? undefined : numaNode,
    iommuGroup: group === undefined ? undefined : Number(group),
    groupMembers: readGroup(files, pciAddress),
    links: [device, ...files.names(device).flatMap((name) => (/^virtio\d+$/.test(name) ? `${device}/${name}` : []))].flatMap((folder) =>
      files.names(`${folder}/net`),
    ),
  };
}

function readGroup(files: Files, pciAddress: string): readonly GroupMember[] {
  return files
    .names(`${PCI}/${pciAddress}/iommu_group/devices`)
    .filter((address) => address !== pciAddress && !classOf(files, address).startsWith(BRIDGE_CLASS))
    .map((address) => ({ pciAddress: address, driver: files.linkName(`${PCI}/${address}/driver`) }));
}

function classOf(files: Files, pciAddress: string): string {
  return files.text(`${PCI}/${pciAddress}/class`) ?? '';
}

function readLinks(files: Files): readonly string[] {
  const lines = (files.text('/proc/net/dev') ?? '').split('\n');
  return lines.flatMap((line) => /^\s*(?<name>\S+):/.exec(line)?.groups?.['name'] ?? []).toSorted();
}

/** First column of the one file, last column of the other; the loopback link has routes of its own. */
function readRoutedLinks(files: Files): readonly string[] {
  const columns = (path: string): readonly (readonly string[])[] =>
    (files.text(path) ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  const v4 = columns('/proc/net/route')
    .slice(1)
    .map((line) => line[0] ?? '');
  // Every link has routes to its own link-local and multicast addresses.
  const v6 = columns('/proc/net/ipv6_route')
    .filter(([destination = '']) => !destination.startsWith('fe80') && !destination.startsWith('ff'))
    .map((line) => line.at(-1) ?? '');
  return [...new Set([...v4, ...v6])].filter((name) => name !== '' && name !== 'lo').toSorted();
}
