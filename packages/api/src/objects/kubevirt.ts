/**
 * Virtual machines of KubeVirt: the fields that we read.
 *
 * @source KubeVirt API kubevirt.io/v1: VirtualMachine, VirtualMachineInstance
 */
import type { KubeObject } from './meta.ts';

/** A network of a machine: that of pods, or one that a NetworkAttachmentDefinition describes. @source kubevirt.io/v1 Network */
export interface MachineNetwork {
  readonly name: string;
  /** `namespace/name`, or the name of one in the machine's namespace. */
  readonly multus?: { readonly networkName?: string; readonly default?: boolean };
}

interface MachineSpec {
  readonly networks?: readonly MachineNetwork[];
}

/** What a user asks for; it outlives every run of the machine. */
export interface VirtualMachine extends KubeObject {
  readonly spec?: { readonly template?: { readonly spec?: MachineSpec } };
}

/** One run of a machine: it has the machine's name, and owns the pods that the machine runs in. */
export interface VirtualMachineInstance extends KubeObject {
  readonly spec?: MachineSpec;
  readonly status?: {
    /** Node that the machine runs on now; during a migration the one that it comes from. */
    readonly nodeName?: string;
  };
}

/** The annotation of a pod to which a machine that runs is moved. @source KubeVirt MigrationJobNameAnnotation */
export const MIGRATION_ANNOTATION = 'kubevirt.io/migrationJobName';

/** Name of the machine that a pod is the launcher of; undefined for any other pod. @source Kube-OVN: owner of kind VirtualMachineInstance */
export function machineOfPod({ metadata }: KubeObject): string | undefined {
  return metadata.ownerReferences?.find(
    ({ kind, apiVersion }) => kind === 'VirtualMachineInstance' && apiVersion.startsWith('kubevirt.io/'),
  )?.name;
}
