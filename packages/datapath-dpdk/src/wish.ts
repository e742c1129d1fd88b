/**
 * What somebody wants of a node. Everything has a default but the ports and pods themselves.
 */

/** A network card that Open vSwitch drives itself. */
export interface PciPortWish {
  readonly kind: 'pci';
  /** Of the port in Open vSwitch, at most 15 bytes. */
  readonly name: string;
  readonly bridge: string;
  /** `0000:03:00.0`. */
  readonly pciAddress: string;
  /** Default `vfio-pci`. Cards of NVIDIA (mlx4_core, mlx5_core) stay with the driver of the kernel, whatever is said here. */
  readonly driver?: 'vfio-pci' | 'uio_pci_generic' | 'igb_uio';
  /** Take it although routes lead to it: the node may be unreachable afterwards. Default false. */
  readonly evenIfInUse?: boolean;
  /** Default: as many as there are poll-mode threads on its NUMA node. */
  readonly rxQueues?: number;
  /** Descriptors of each receive and transmit queue, a power of 2 from 64 to 4096; default Open vSwitch's, 2048. */
  readonly descriptors?: number;
  /** Give each receive queue to one poll-mode thread, instead of letting Open vSwitch choose. Default false. */
  readonly pinQueues?: boolean;
  /** In bytes; default 1500. */
  readonly mtuBytes?: number;
}

/** A network link that stays the kernel's and that Open vSwitch polls through a virtual device of DPDK. */
export interface LinkPortWish {
  readonly kind: 'af_packet' | 'af_xdp';
  readonly name: string;
  readonly bridge: string;
  /** Where ovs-vswitchd runs. */
  readonly link: string;
  /** Default 1. */
  readonly rxQueues?: number;
  readonly pinQueues?: boolean;
  readonly mtuBytes?: number;
}

/** A physical port. */
export type PortWish = PciPortWish | LinkPortWish;

/** An interface of a pod that speaks vhost-user. The pod makes the socket, in a volume that the node shares with it. */
export interface PodWish {
  /** For messages: `shop/web-0`. */
  readonly pod: string;
  readonly uid: string;
  /** The volume's name. */
  readonly volume: string;
  /** The socket's file name. */
  readonly socket: string;
  /** Folder of the volume inside the pod; default its folder on the node. */
  readonly mountPath?: string;
  readonly bridge: string;
  /** Of the port in Open vSwitch, at most 15 bytes; default a digest of uid, volume and socket. */
  readonly portName?: string;
  /** Of the interface in Open vSwitch: `iface-id` and others. */
  readonly externalIds?: Readonly<Record<string, string>>;
  /** How many CPUs to choose for it alone, or which it has. Default 0: it runs beside others. */
  readonly cpus?: number | string;
  /** Hugepages that it will use, in MiB; default 0. */
  readonly memoryMib?: number;
  /** Default: that of its CPUs, else the first on which its memory and CPUs are to be had. */
  readonly numaNode?: number;
  /** Pairs of queues; default 1. */
  readonly queues?: number;
  readonly mtuBytes?: number;
}

/** What is wanted of a node. */
export interface DpdkWish {
  /** CPUs of poll-mode threads, `2-3,8`; default: `pmdCpusPerNumaNode` are chosen on each NUMA node. */
  readonly pmdCpus?: string;
  /** Default 1. */
  readonly pmdCpusPerNumaNode?: number;
  /** CPUs of DPDK's other threads; default one that is chosen. */
  readonly lcoreCpus?: string;
  /** How long a poll-mode thread that finds little to do may sleep, 0 to 10000 µs; default 0, never. Needs Open vSwitch 3.1. */
  readonly pmdMaxSleepUs?: number;
  /** 2048 (the default) or 1048576 on x86. */
  readonly hugepageSizeKib?: number;
  /** Hugepages of Open vSwitch in MiB, on each NUMA node that has poll-mode threads, or by NUMA node; default 1024. It takes no more. */
  readonly socketMemoryMib?: number | readonly number[];
  /** Memory in MiB that must stay with the host on each NUMA node when hugepages are set aside; default 1024. */
  readonly hostMemoryMib?: number;
  /** Where pods' sockets are; default `/var/run/openvswitch/vhost_sockets`. */
  readonly socketDirectory?: string;
  readonly ports?: readonly PortWish[];
  readonly pods?: readonly PodWish[];
}
