/**
 * What the plan wants of the Open_vSwitch database: fragments for the planner of `@kube-ovn/ovsdb`, settings and ports apart.
 *
 * Bridges are somebody else's; they must be there, with `datapath_type=netdev`.
 */
import { vswitchTables } from '@kube-ovn/ovn-model';
import { rowRef, SINGLETON_KEY, wantedRow, type Fragment } from '@kube-ovn/ovsdb';
import { cpuMask } from './cpu-set.ts';
import type { CpuPlan } from './cpus.ts';
import type { DpdkWish } from './wish.ts';

/** Settings in `Open_vSwitch.other_config` that take effect when ovs-vswitchd starts. */
const startSettings: readonly string[] = ['dpdk-init', 'dpdk-lcore-mask', 'dpdk-socket-mem', 'dpdk-socket-limit', 'dpdk-extra'];

/**
 * Keys of `Open_vSwitch.other_config` that a plan may set: declare them to the planner, so that those which a later plan leaves out are
 * taken away.
 */
export const dpdkSettings: readonly string[] = [...startSettings, 'pmd-cpu-mask', 'pmd-maxsleep', 'pmd-rxq-assign', 'pmd-rxq-isolate'];

/** What settings follow from. */
export interface SettingsInput {
  readonly cpus: CpuPlan;
  /** By NUMA node. */
  readonly socketMib: readonly number[];
  /** Cards that DPDK may touch; it leaves every other alone. */
  readonly pciAddresses: readonly string[];
  readonly hasPinnedQueues: boolean;
  readonly pmdMaxSleepUs: DpdkWish['pmdMaxSleepUs'];
}

/** Arguments that Open vSwitch passes on to DPDK beside its own. @source DPDK, "EAL parameters" */
export function extraArguments(pciAddresses: readonly string[]): readonly string[] {
  // Without either DPDK probes every card, that of the node's own address included.
  return pciAddresses.length === 0 ? ['--no-pci'] : pciAddresses.flatMap((address) => ['-a', address]);
}

/**
 * The settings of a plan.
 *
 * `dpdk-init=try`: where DPDK does not start, ovs-vswitchd runs on without it (`dpdk_initialized` is false) instead of taking down the
 * whole node's network. The limit keeps Open vSwitch out of the hugepages that are promised to pods.
 * @source ovs-vswitchd.conf.db(5), Open_vSwitch other_config
 */
export function dpdkOtherConfig(input: SettingsInput): Readonly<Record<string, string>> {
  const { cpus, socketMib, pciAddresses, hasPinnedQueues, pmdMaxSleepUs = 0 } = input;
  return {
    'dpdk-init': 'try',
    'dpdk-lcore-mask': cpuMask(cpus.lcore),
    'dpdk-socket-mem': socketMib.join(','),
    // 0 means no limit, where 0 is the memory it shall have; what it could take there is 1 MiB, which is no page.
    'dpdk-socket-limit': socketMib.map((mib) => Math.max(mib, 1)).join(','),
    'dpdk-extra': extraArguments(pciAddresses).join(' '),
    'pmd-cpu-mask': cpuMask(cpus.pmd.map(({ id }) => id)),
    ...(pmdMaxSleepUs > 0 ? { 'pmd-maxsleep': String(pmdMaxSleepUs) } : {}),
    // A thread with a pinned queue would serve no other queue, so that pods had nobody to poll theirs.
    ...(hasPinnedQueues ? { 'pmd-rxq-assign': 'group', 'pmd-rxq-isolate': 'false' } : {}),
  };
}

/** The fragment of a node's settings. */
export function settingsFragment(otherConfig: Readonly<Record<string, string>>): Fragment {
  return { rows: [], members: [{ table: 'Open_vSwitch', key: SINGLETON_KEY, column: 'other_config', map: otherConfig }] };
}

/**
 * Settings that differ and that a running ovs-vswitchd will not take up before it is started anew.
 *
 * @param running `Open_vSwitch.other_config` as it was when ovs-vswitchd started
 * @param wanted `otherConfig` of a plan
 */
export function settingsThatNeedRestart(
  running: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): readonly string[] {
  return startSettings.filter((key) => running[key] !== wanted[key]);
}

/** A port and its one interface. */
export interface InterfaceInput {
  readonly name: string;
  readonly bridge: string;
  readonly type: 'dpdk' | 'dpdkvhostuserclient';
  readonly options: Readonly<Record<string, string>>;
  readonly otherConfig: Readonly<Record<string, string>>;
  readonly externalIds: Readonly<Record<string, string>>;
  readonly mtuBytes: number | undefined;
}

/** The fragment of a port. */
export function portFragment({ name, bridge, type, options, otherConfig, externalIds, mtuBytes }: InterfaceInput): Fragment {
  const parent = { table: 'Bridge', key: bridge, column: 'ports' };
  return {
    rows: [
      wantedRow(vswitchTables.port, name, { interfaces: [rowRef('Interface', name)] }, parent),
      wantedRow(vswitchTables.networkInterface, name, {
        type,
        options,
        mtu_request: mtuBytes,
        ...(Object.keys(otherConfig).length === 0 ? {} : { other_config: otherConfig }),
        ...(Object.keys(externalIds).length === 0 ? {} : { external_ids: externalIds }),
      }),
    ],
    members: [],
  };
}
