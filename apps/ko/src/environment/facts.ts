/** What nodes are: facts that {@link checkEnvironment} judges. */

export interface EnvironmentFacts {
  readonly nodes: readonly NodeEnvironment[];
  /** Nodes that could not be looked at, and why. */
  readonly unseen: readonly { readonly node: string; readonly reason: string }[];
  /** Subnets whose packets go through tunnels, with an MTU of their own. */
  readonly subnets: readonly { readonly name: string; readonly mtu: number }[];
  /** Of ovn-northd, as the databases tell it; undefined where they could not be asked. */
  readonly northd: string | undefined;
}

export interface NodeEnvironment {
  readonly node: string;
  readonly kernel: string;
  /** Whether the kernel has its own datapath loaded; undefined where that can not be told. */
  readonly hasKernelModule: boolean | undefined;
  readonly datapath: 'system' | 'netdev';
  /** Whether ovs-vswitchd has br-int in a datapath. */
  readonly hasDatapath: boolean;
  /** What it answers to `version`; undefined when it does not answer. */
  readonly vswitchd: string | undefined;
  readonly controller: string | undefined;
  /** Whether ovn-controller stops when ovn-northd has another version. */
  readonly mustMatchNorthd: boolean;
  readonly nft: Ability;
  readonly tc: Ability;
  readonly forwardsIpv4: boolean | undefined;
  readonly connections: { readonly used: number; readonly max: number } | undefined;
  readonly encapType: string;
  readonly encapAddresses: readonly string[];
  readonly links: readonly LinkFact[];
  readonly tunnels: readonly TunnelFact[];
  /** Where the userspace datapath takes tunnelled packets: `genev_sys_6081`. */
  readonly tunnelPorts: readonly string[];
  readonly dpdk: { readonly wanted: string; readonly isInitialized: boolean };
  readonly hugepages: { readonly total: number; readonly free: number };
  /** How far its clock is ahead of that of the machine that asked, and how sure that is; in milliseconds. */
  readonly clock: { readonly aheadMs: number; readonly doubtMs: number } | undefined;
}

/** Whether a program does its work there. */
export type Ability = { readonly works: true } | { readonly works: false; readonly reason: string };

export interface LinkFact {
  readonly name: string;
  readonly mtu: number;
  readonly addresses: readonly string[];
}

export interface TunnelFact {
  readonly name: string;
  readonly type: string;
  readonly remote: string;
  /** What Open vSwitch says of it; empty when all is well. @source ovs-vswitchd.conf.db(5) Interface.error, ofport */
  readonly error: string;
}
