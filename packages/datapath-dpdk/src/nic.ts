/**
 * How a network card comes to a driver that DPDK can use, and what stands in the way.
 */
import { shown, type Refusal, type RefusalCode } from './finding.ts';
import type { Inventory, Nic } from './inventory.ts';
import type { Step } from './step.ts';
import type { PciPortWish } from './wish.ts';

const VFIO = 'vfio-pci';

/** With these DPDK works beside the kernel. @source DPDK, "NVIDIA MLX5 Ethernet driver", "Linux drivers": bifurcated driver */
const sharedDrivers: readonly string[] = ['mlx4_core', 'mlx5_core'];

/** Drivers under which a card of the same IOMMU group is no danger. */
const harmlessDrivers: readonly (string | undefined)[] = [undefined, VFIO, 'pci-stub'];

/** What else a binding depends on. */
export interface BindingContext {
  readonly inventory: Inventory;
  /** Cards that go to drivers of DPDK by the same plan. */
  readonly going: ReadonlySet<string>;
}

/** The way to the driver, or why not. */
export type Binding =
  | { readonly ok: true; readonly nic: Nic; readonly steps: readonly Step[] }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * How to bind the card of a port.
 * @source Linux, Documentation/ABI/testing/sysfs-bus-pci: driver_override, bind, unbind; Documentation/driver-api/vfio.rst: groups
 */
export function planBinding(wish: PciPortWish, { inventory, going }: BindingContext): Binding {
  const { pciAddress, driver = VFIO } = wish;
  const refuse = (code: RefusalCode, rest: Pick<Refusal, 'field' | 'value' | 'reason' | 'remedy'>): Binding => ({
    ok: false,
    refusal: { code, object: `port ${wish.name}`, ...rest },
  });
  const nic = inventory.nics.find((one) => one.pciAddress === pciAddress);
  const field = 'pciAddress';
  const value = shown(pciAddress);
  if (nic === undefined) {
    const known = inventory.nics.map((one) => one.pciAddress).join(', ');
    const remedy = known === '' ? 'use af_packet on a link' : `choose among ${known}`;
    return refuse('DPDK_NO_SUCH_NIC', { field, value, reason: 'there is no network card with this address', remedy });
  }
  if (nic.driver !== undefined && (nic.driver === driver || sharedDrivers.includes(nic.driver))) return { ok: true, nic, steps: [] };
  if (!inventory.pciDrivers.includes(driver)) {
    const reason = 'the kernel has not loaded this driver';
    return refuse('DPDK_NO_DRIVER', { field: 'driver', value: shown(driver), reason, remedy: `run modprobe ${driver}` });
  }
  if (driver === VFIO && nic.iommuGroup === undefined && !inventory.allowsNoIommu) {
    const reason = `${pciAddress} is behind no IOMMU`;
    const remedy = 'switch the IOMMU on (intel_iommu=on, or in the firmware), or load vfio with enable_unsafe_noiommu_mode=1';
    return refuse('DPDK_NO_IOMMU', { field: 'driver', value: shown(driver), reason, remedy });
  }
  const routed = nic.links.filter((link) => inventory.routedLinks.includes(link));
  if (routed.length > 0 && wish.evenIfInUse !== true) {
    const reason = `routes of the node lead to ${routed.join(', ')}`;
    return refuse('DPDK_NIC_IN_USE', { field, value, reason, remedy: 'move its addresses elsewhere, or set evenIfInUse' });
  }
  const sharing = nic.groupMembers.filter((one) => !harmlessDrivers.includes(one.driver) && !going.has(one.pciAddress));
  if (driver === VFIO && sharing.length > 0) {
    const names = sharing.map((one) => `${one.pciAddress} (${one.driver})`).join(', ');
    const reason = `IOMMU group ${nic.iommuGroup} is shared with ${names}`;
    return refuse('DPDK_IOMMU_GROUP', { field, value, reason, remedy: `bind them to ${VFIO} as well, or use another slot` });
  }
  return { ok: true, nic, steps: bindingSteps(nic, driver) };
}

/** Unbind, override, bind: read backwards, with each step reversed, it is the way back. */
function bindingSteps({ pciAddress, driver: from, driverOverride }: Nic, driver: string): readonly Step[] {
  return [
    ...(from === undefined ? [] : [{ kind: 'unbind' as const, pciAddress, driver: from }]),
    ...(driverOverride === driver ? [] : [{ kind: 'override' as const, pciAddress, from: driverOverride, to: driver }]),
    { kind: 'bind', pciAddress, driver },
  ];
}
