/** DPDK on a node, planned: pure, and the only door but `./node`, which reads a real host and carries plans out. */
export { cpuMask, formatCpuList, parseCpuList } from './cpu-set.ts';
export type { DpdkErrorCode, DpdkErrorDetails } from './errors.ts';
export { DpdkError, errorCodes } from './errors.ts';
export type { Finding, Refusal, RefusalCode, Warning, WarningCode } from './finding.ts';
export { formatFinding, refusalCodes, warningCodes } from './finding.ts';
export type { Cpu, GroupMember, HugepagePool, Inventory, Nic, NumaNode } from './inventory.ts';
export type { NumaMemory } from './memory.ts';
export { dpdkSettings, settingsThatNeedRestart } from './open-vswitch.ts';
export type { DpdkPlan, DpdkPlanResult } from './plan.ts';
export { planDpdk } from './plan.ts';
export type { PlannedPod } from './pod.ts';
export type { PlannedPort } from './port.ts';
export type { BindStep, HugepagesStep, OverrideStep, Step, UnbindStep } from './step.ts';
export { formatStep, inverseStep, undoSteps } from './step.ts';
export type { VhostSocket, VhostSocketName, VhostSocketResult } from './vhost-socket.ts';
export { findVhostSocket, MAX_SOCKET_PATH_BYTES, VHOST_SOCKET_DIRECTORY, vhostSocket } from './vhost-socket.ts';
export type { DpdkWish, LinkPortWish, PciPortWish, PodWish, PortWish } from './wish.ts';
