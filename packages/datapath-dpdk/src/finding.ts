/**
 * What a host cannot do, or does badly: data, so that it can stand in a status.
 */

/** Codes of refusals: what was asked for is not in the plan. */
export const refusalCodes = [
  'DPDK_BAD_CPU_LIST',
  'DPDK_BAD_NAME',
  'DPDK_BAD_VALUE',
  'DPDK_BUFFERS_TOO_LARGE',
  'DPDK_CPU_OFFLINE',
  'DPDK_CPU_TAKEN',
  'DPDK_HUGEPAGE_SIZE',
  'DPDK_IOMMU_GROUP',
  'DPDK_NAME_TAKEN',
  'DPDK_NIC_IN_USE',
  'DPDK_NO_CPU_LEFT',
  'DPDK_NO_DRIVER',
  'DPDK_NO_BUFFERS',
  'DPDK_NO_IOMMU',
  'DPDK_NO_SUCH_LINK',
  'DPDK_NO_SUCH_NIC',
  'DPDK_NO_SUCH_NUMA_NODE',
  'DPDK_NOT_ENOUGH_CPUS',
  'DPDK_NOT_ENOUGH_MEMORY',
  'DPDK_SOCKET_PATH_TOO_LONG',
] as const;

/** Codes of warnings: it is in the plan, and will be slower than it could be. */
export const warningCodes = ['DPDK_CPU_NOT_ISOLATED', 'DPDK_REMOTE_NUMA_NODE'] as const;

/** A refusal's code. */
export type RefusalCode = (typeof refusalCodes)[number];

/** A warning's code. */
export type WarningCode = (typeof warningCodes)[number];

/** One thing that was found about the host or the wish. */
export interface Finding<Code extends string = RefusalCode | WarningCode> {
  /** Stable, to branch on. */
  readonly code: Code;
  /** `node`, `port uplink`, `pod shop/web-0`. */
  readonly object: string;
  /** The field of the wish that it is about. */
  readonly field: string;
  /** What the field says, or what was chosen where it says nothing. */
  readonly value: string;
  /** Why not. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Something that is refused. */
export type Refusal = Finding<RefusalCode>;

/** Something that will be slow. */
export type Warning = Finding<WarningCode>;

/** A finding as one sentence. */
export function formatFinding({ object, field, value, reason, remedy }: Finding): string {
  return `${object}: ${field} ${value}: ${reason}; ${remedy}`;
}

/** A value for a message: bounded, since it may come from anyone. */
export function shown(value: string | number): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** Open vSwitch keeps a packet on the NUMA node of the card or pod that it goes to. */
export function noBuffers(object: string, at: { readonly field: string; readonly value: string; readonly numaNode: number }): Refusal {
  const reason = `Open vSwitch has no hugepages on NUMA node ${at.numaNode} for its packets`;
  const remedy = `give it some there by socketMemoryMib`;
  return { code: 'DPDK_NO_BUFFERS', object, field: at.field, value: at.value, reason, remedy };
}
