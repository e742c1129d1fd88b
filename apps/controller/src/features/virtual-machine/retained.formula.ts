/**
 * IP object of a virtual machine → whether the machine keeps it.
 *
 * A machine has its addresses from its first pod on until it is deleted, whether it runs or is stopped, and as long as it has the
 * network in question. What can not be seen may be there, so its addresses stay until it can. One without a VirtualMachine is its instance, and keeps them while that is there.
 *
 * @source Kube-OVN --keep-vm-ip: kept while the VM exists; those of networks that were taken from it are freed
 */
import type { IP, MachineNetwork, VirtualMachine, VirtualMachineInstance } from '@kube-ovn/api';
import { DEFAULT_PROVIDER, portName } from '@kube-ovn/api';
import type { FindAttachment } from '../../inputs/pod.ts';

/** Machines by `namespace/name`; none while KubeVirt is not installed, or addresses are not kept. */
export interface Machines {
  readonly virtualMachine: (key: string) => VirtualMachine | undefined;
  readonly virtualMachineInstance: (key: string) => VirtualMachineInstance | undefined;
  readonly attachment: FindAttachment;
  /** There may be machines that can not be seen: KubeVirt's kinds are not followed at the moment, be it that they may not be read or are not there. */
  readonly isHidden: () => boolean;
}

/** Whether the machine that an IP object names keeps it. */
export function isOfMachine(ip: IP, machines: Machines): boolean {
  const { namespace = '', podName = '' } = ip.spec;
  const key = `${namespace}/${podName}`;
  const machine = machines.virtualMachine(key) ?? machines.virtualMachineInstance(key);
  if (machine === undefined) return machines.isHidden();
  if (machine.metadata.deletionTimestamp !== undefined) return false;
  const first = portName({ pod: podName, namespace, provider: DEFAULT_PROVIDER });
  if (!ip.metadata.name.startsWith(`${first}.`)) return true; // the network of the cluster is every machine's
  const provider = ip.metadata.name.slice(first.length + 1);
  return networksOf(machine).some((network) => isOf(provider, { network, namespace, find: machines.attachment }));
}

function networksOf({ spec }: VirtualMachine | VirtualMachineInstance): readonly MachineNetwork[] {
  const own = (spec as VirtualMachineInstance['spec'])?.networks;
  return own ?? (spec as VirtualMachine['spec'])?.template?.spec?.networks ?? [];
}

interface Candidate {
  readonly network: MachineNetwork;
  readonly namespace: string;
  readonly find: FindAttachment;
}

/** A definition that can not be read at the moment may be the one. */
function isOf(provider: string, { network: { multus }, namespace, find }: Candidate): boolean {
  if (multus?.networkName === undefined) return false;
  const { networkName } = multus;
  const reading = find(networkName.includes('/') ? networkName : `${namespace}/${networkName}`);
  if (reading?.ok !== true) return true;
  return provider === reading.value.provider || provider.startsWith(`${reading.value.provider}.`);
}
