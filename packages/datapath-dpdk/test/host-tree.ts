/**
 * A host as files in a temporary folder, and a kernel that follows what is written there: cards change their driver, pages are found
 * as long as there are some.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { WriteFile } from '@kube-ovn/datapath-dpdk/node';

const PCI = 'sys/bus/pci';

/** A host in a folder. */
export interface HostTree extends Disposable {
  readonly root: string;
  /** What was written, as `path=text` below the root. */
  readonly writes: readonly string[];
  readonly write: WriteFile;
  /** The n-th write from now on fails. */
  failAt(count: number): void;
  /** The n-th write from now on, and every later one, fails. */
  failFrom(count: number): void;
  /** The kernel finds no more than so many pages on a NUMA node. */
  limitPages(most: number): void;
  put(path: string, text: string): void;
  remove(path: string): void;
}

/** The first card is behind an IOMMU, with a bridge and another card in its group; the second carries the default route. */
export function hostTree(): HostTree {
  const root = mkdtempSync(join(tmpdir(), 'dpdk-host-'));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const link = (path: string, target: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  };
  putCpus(put);
  putNumaNodes(put);
  for (const driver of ['ixgbe', 'virtio-pci', 'vfio-pci'])
    for (const file of ['bind', 'unbind']) put(`${PCI}/drivers/${driver}/${file}`, '');
  const device = (address: string, values: Readonly<Record<string, string>>): void => {
    for (const [file, text] of Object.entries(values)) put(`${PCI}/devices/${address}/${file}`, `${text}\n`);
  };
  const group = ['0000:00:01.0', '0000:03:00.0', '0000:03:00.1'];
  device('0000:00:01.0', { class: '0x060400', vendor: '0x8086', device: '0x1' });
  device('0000:03:00.0', {
    class: '0x020000',
    vendor: '0x8086',
    device: '0x10fb',
    numa_node: '0',
    driver_override: '(null)',
    'net/ens3/mtu': '1500',
  });
  device('0000:03:00.1', { class: '0x020000', vendor: '0x8086', device: '0x10fb', numa_node: '0', driver_override: '(null)' });
  device('0000:07:00.0', {
    class: '0x020000',
    vendor: '0x1af4',
    device: '0x1041',
    numa_node: '-1',
    driver_override: '(null)',
    'virtio3/net/ens7/mtu': '1500',
  });
  device('0000:09:00.0', { class: '0x010802', vendor: '0x1', device: '0x1' });
  link(`${PCI}/devices/0000:00:01.0/driver`, '../../drivers/pcieport');
  link(`${PCI}/devices/0000:03:00.0/driver`, '../../drivers/ixgbe');
  link(`${PCI}/devices/0000:07:00.0/driver`, '../../drivers/virtio-pci');
  for (const address of group) {
    link(`${PCI}/devices/${address}/iommu_group`, '../../../../kernel/iommu_groups/12');
    link(`sys/kernel/iommu_groups/12/devices/${address}`, `../../../../bus/pci/devices/${address}`);
  }
  put('proc/net/dev', 'Inter-|   Receive\n face |bytes\n    lo: 1 2\n  ens3: 0 0\n  ens7: 5 5\n');
  put('proc/net/route', 'Iface\tDestination\nens7\t00000000\n');
  put('proc/net/ipv6_route', 'fe800000000000000000000000000000 40 00 0 ens3\nfd000000000000000000000000000000 40 00 0 ens7\n00 80 00 lo\n');
  return new Tree(root, put);
}

function putCpus(put: HostTree['put']): void {
  const cpu = 'sys/devices/system/cpu';
  put(`${cpu}/online`, '0-3\n');
  put(`${cpu}/isolated`, '1,3\n');
  for (const id of [0, 1, 2, 3]) put(`${cpu}/cpu${id}/topology/thread_siblings_list`, `${id}\n`);
}

function putNumaNodes(put: HostTree['put']): void {
  put('sys/devices/system/node/online', '0-1\n');
  for (const id of [0, 1]) {
    const node = `sys/devices/system/node/node${id}`;
    put(`${node}/cpulist`, `${id * 2}-${id * 2 + 1}\n`);
    put(
      `${node}/meminfo`,
      `Node ${id} MemTotal:       16777216 kB\nNode ${id} MemFree:  4194304 kB\nNode ${id} Active(file): 1024 kB\nNode ${id} Inactive(file): 1024 kB\n`,
    );
    put(`${node}/hugepages/hugepages-2048kB/nr_hugepages`, '4\n');
    put(`${node}/hugepages/hugepages-2048kB/free_hugepages`, '3\n');
  }
}

class Tree implements HostTree {
  readonly root: string;
  readonly writes: string[] = [];
  readonly put: HostTree['put'];
  #failing: (count: number) => boolean = () => false;
  #count = 0;
  #mostPages = Infinity;

  constructor(root: string, put: HostTree['put']) {
    this.root = root;
    this.put = put;
  }

  readonly write: WriteFile = (path, text) => {
    this.#count++;
    if (this.#failing(this.#count)) return Promise.reject(new Error(`EBUSY: resource busy, ${basename(path)}`));
    if (!existsSync(path)) return Promise.reject(new Error(`ENOENT: no such file, ${basename(path)}`));
    this.writes.push(`${path.slice(this.root.length)}=${text.trim()}`);
    try {
      this.#follow(path, text.trim());
    } catch (error) {
      return Promise.reject(error);
    }
    return Promise.resolve();
  };

  failAt(count: number): void {
    this.#count = 0;
    this.#failing = (now) => now === count;
  }

  failFrom(count: number): void {
    this.#count = 0;
    this.#failing = (now) => now >= count;
  }

  limitPages(most: number): void {
    this.#mostPages = most;
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #follow(path: string, text: string): void {
    const device = join(this.root, PCI, 'devices', text);
    const driver = basename(dirname(path));
    switch (basename(path)) {
      case 'nr_hugepages':
        this.#setPages(path, Math.min(Number(text), this.#mostPages));
        break;
      case 'driver_override':
        writeFileSync(path, text === '' ? '(null)\n' : `${text}\n`);
        break;
      case 'unbind':
        if (basename(readlinkSync(join(device, 'driver'))) !== driver) throw new Error('ENODEV: another driver has it');
        rmSync(join(device, 'driver'));
        break;
      case 'bind':
        this.#bind(device, driver);
        break;
      default:
        throw new Error(`EACCES: ${path}`);
    }
  }

  #bind(device: string, driver: string): void {
    const override = readFileSync(join(device, 'driver_override'), 'utf8').trim();
    if (override !== '(null)' && override !== driver) throw new Error(`ENODEV: only ${override} may have it`);
    if (override === '(null)' && driver === 'vfio-pci') throw new Error('ENODEV: vfio-pci knows no device by itself');
    symlinkSync(`../../drivers/${driver}`, join(device, 'driver'));
  }

  #setPages(path: string, total: number): void {
    const free = join(dirname(path), 'free_hugepages');
    const used = Number(readFileSync(path, 'utf8')) - Number(readFileSync(free, 'utf8'));
    writeFileSync(path, `${total}\n`);
    writeFileSync(free, `${total - used}\n`);
  }
}
