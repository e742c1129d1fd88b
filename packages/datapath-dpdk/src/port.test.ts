import { describe, expect, it } from 'vitest';
import { card, server, withCard } from '../test/hosts.ts';
import type { Inventory } from './inventory.ts';
import { planDpdk, type DpdkPlan } from './plan.ts';
import type { DpdkWish, LinkPortWish, PciPortWish, PortWish } from './wish.ts';

const uplink: PciPortWish = { kind: 'pci', name: 'uplink', bridge: 'br-phy', pciAddress: card.pciAddress };
const packet: LinkPortWish = { kind: 'af_packet', name: 'wire', bridge: 'br-phy', link: 'veth0' };

function planOf(inventory: Inventory, wish: DpdkWish): DpdkPlan {
  const result = planDpdk(inventory, wish);
  if (!result.ok) throw new Error(JSON.stringify(result.refusals));
  return result.plan;
}

const interfaceOf = (plan: DpdkPlan, index = 0) => plan.ports[index]?.fragment.rows.find(({ table }) => table === 'Interface')?.columns;

describe('physical ports', () => {
  it('a card: unbind, override, bind, and DPDK may touch no other', () => {
    const plan = planOf(server, { ports: [{ ...uplink, mtuBytes: 9000, descriptors: 1024 }] });
    expect(plan.steps.filter(({ kind }) => kind !== 'hugepages')).toEqual([
      { kind: 'unbind', pciAddress: '0000:03:00.0', driver: 'ixgbe' },
      { kind: 'override', pciAddress: '0000:03:00.0', from: undefined, to: 'vfio-pci' },
      { kind: 'bind', pciAddress: '0000:03:00.0', driver: 'vfio-pci' },
    ]);
    expect(plan.otherConfig['dpdk-extra']).toBe('-a 0000:03:00.0');
    expect(interfaceOf(plan)).toEqual({
      type: 'dpdk',
      options: { 'dpdk-devargs': '0000:03:00.0', n_rxq: '1', n_rxq_desc: '1024', n_txq_desc: '1024' },
      mtu_request: 9000,
    });
    expect(plan.ports[0]?.fragment.rows[0]).toMatchObject({
      table: 'Port',
      key: 'uplink',
      parent: { table: 'Bridge', key: 'br-phy', column: 'ports' },
    });
  });

  it.each([
    ['it has the driver', withCard({ driver: 'vfio-pci', driverOverride: 'vfio-pci', links: [] })],
    ['its driver shares it', withCard({ driver: 'mlx5_core' }, { pciDrivers: [] })],
  ])('a card: no steps when %s', (_, host) => {
    const plan = planOf(host, { ports: [uplink] });
    expect(plan.steps.filter(({ kind }) => kind !== 'hugepages')).toEqual([]);
    expect(plan.ports).toHaveLength(1);
  });

  it('a card without a driver is bound at once', () => {
    const plan = planOf(withCard({ driver: undefined, driverOverride: 'vfio-pci' }), { ports: [uplink] });
    expect(plan.steps.at(-1)).toEqual({ kind: 'bind', pciAddress: '0000:03:00.0', driver: 'vfio-pci' });
    expect(plan.steps.filter(({ kind }) => kind !== 'hugepages')).toHaveLength(1);
  });

  it('as many queues as threads that poll on its NUMA node, pinned in turn over all ports', () => {
    const ports: readonly PortWish[] = [
      { ...uplink, pinQueues: true },
      { ...packet, pinQueues: true },
    ];
    const plan = planOf(server, { pmdCpusPerNumaNode: 2, ports });
    expect(plan.ports.map(({ rxQueues, rxCpus }) => ({ rxQueues, rxCpus }))).toEqual([
      { rxQueues: 2, rxCpus: [2, 3] },
      { rxQueues: 1, rxCpus: [6] },
    ]);
    expect(interfaceOf(plan)?.['other_config']).toEqual({ 'pmd-rxq-affinity': '0:2,1:3' });
    // Otherwise nobody would poll the queues of pods.
    expect(plan.otherConfig).toMatchObject({ 'pmd-rxq-assign': 'group', 'pmd-rxq-isolate': 'false' });
    expect(planOf(server, { ports: [uplink] }).otherConfig).not.toHaveProperty('pmd-rxq-isolate');
  });

  it.each([
    [{ ...packet }, 'net_af_packet_wire,iface=veth0'],
    [{ ...packet, rxQueues: 2 }, 'net_af_packet_wire,iface=veth0,qpairs=2'],
    [{ ...packet, kind: 'af_xdp' as const, rxQueues: 2 }, 'net_af_xdp_wire,iface=veth0,queue_count=2'],
  ])('a link: %j', (wish, devargs) => {
    const plan = planOf(server, { ports: [wish] });
    expect(plan.ports.map((port) => port.devargs)).toEqual([devargs]);
    expect(plan.otherConfig['dpdk-extra']).toBe('--no-pci');
  });

  it('a card far from every thread that polls is slow', () => {
    const far = withCard({ numaNode: 1 });
    expect(planDpdk(far, { pmdCpus: '2', socketMemoryMib: [512, 512], ports: [uplink] })).toMatchObject({
      ok: true,
      refusals: [],
      warnings: [{ code: 'DPDK_REMOTE_NUMA_NODE', object: 'port uplink' }],
    });
  });

  const sharing = { groupMembers: [{ pciAddress: '0000:03:00.1', driver: 'ixgbe' }] };
  it.each<[string, Inventory, DpdkWish, readonly string[]]>([
    ['no such card', withCard({}), { ports: [{ ...uplink, pciAddress: '0000:99:00.0' }] }, ['DPDK_NO_SUCH_NIC pciAddress']],
    ['no driver', withCard({}, { pciDrivers: ['ixgbe'] }), { ports: [uplink] }, ['DPDK_NO_DRIVER driver']],
    ['no IOMMU', withCard({ iommuGroup: undefined }), { ports: [uplink] }, ['DPDK_NO_IOMMU driver']],
    ['a foreign card in the group', withCard(sharing), { ports: [uplink] }, ['DPDK_IOMMU_GROUP pciAddress']],
    ['a route', server, { ports: [{ ...uplink, pciAddress: '0000:83:00.0' }] }, ['DPDK_NIC_IN_USE pciAddress']],
    ['no memory there', server, { pmdCpus: '6', ports: [uplink] }, ['DPDK_NO_BUFFERS pciAddress']],
    ['no such link', server, { ports: [{ ...packet, link: 'veth9' }] }, ['DPDK_NO_SUCH_LINK link']],
    ['a link of a card that goes', server, { ports: [{ ...packet, name: 'a', link: 'ens3' }, uplink] }, ['DPDK_NAME_TAKEN link']],
    ['one card twice', server, { ports: [uplink, { ...uplink, name: 'other' }] }, ['DPDK_NAME_TAKEN pciAddress']],
    ['one name twice', server, { ports: [uplink, { ...packet, name: 'uplink' }] }, ['DPDK_NAME_TAKEN name']],
    ['a name with a comma', server, { ports: [{ ...packet, name: 'a,b=c' }] }, ['DPDK_BAD_NAME name']],
    ['a long name', server, { ports: [{ ...packet, name: 'sixteen-bytes-xx' }] }, ['DPDK_BAD_NAME name']],
    [
      'numbers out of range',
      server,
      { ports: [{ ...uplink, rxQueues: 0, mtuBytes: 10_000, descriptors: 1000 }] },
      ['DPDK_BAD_VALUE rxQueues', 'DPDK_BAD_VALUE mtuBytes', 'DPDK_BAD_VALUE descriptors'],
    ],
  ])('%s: refused, with everything that a message needs', (_, host, wish, refusals) => {
    const result = planDpdk(host, wish);
    expect(result.refusals.map(({ code, field }) => `${code} ${field}`)).toEqual(refusals);
    for (const { object, value, reason, remedy } of result.refusals) {
      expect(object).toMatch(/^port /);
      expect([value, reason, remedy].every((text) => text.length > 0)).toBe(true);
    }
  });

  it.each<[string, Inventory, Partial<PciPortWish>]>([
    ['no IOMMU is needed', withCard({ iommuGroup: undefined }, { allowsNoIommu: true }), {}],
    ['the other driver needs none', withCard({ iommuGroup: undefined }, { pciDrivers: ['igb_uio'] }), { driver: 'igb_uio' }],
    ['the other card of the group is bound to vfio', withCard({ groupMembers: [{ pciAddress: '0000:03:00.1', driver: 'vfio-pci' }] }), {}],
    ['somebody insists', withCard({}, { routedLinks: ['ens3'] }), { evenIfInUse: true }],
  ])('a card is taken when %s', (_, host, change) => {
    const result = planDpdk(host, { ports: [{ ...uplink, ...change }] });
    expect(result.refusals).toEqual([]);
  });

  it('cards of one group go together or not at all', () => {
    const first = { ...card, groupMembers: [{ pciAddress: '0000:03:00.1', driver: 'ixgbe' }] };
    const second = {
      ...card,
      pciAddress: '0000:03:00.1',
      links: ['ens5'],
      groupMembers: [{ pciAddress: '0000:03:00.0', driver: 'ixgbe' }],
    };
    const both = { ports: [uplink, { ...uplink, name: 'second', pciAddress: '0000:03:00.1' }] };
    const host = { ...server, nics: [first, second] };
    expect(planDpdk(host, both).refusals).toEqual([]);
    expect(planDpdk({ ...host, routedLinks: ['ens5'] }, both).refusals.map(({ code, object }) => `${code} ${object}`)).toEqual([
      'DPDK_NIC_IN_USE port second',
      'DPDK_IOMMU_GROUP port uplink',
    ]);
    const third = { ...uplink, pciAddress: '0000:83:00.0', evenIfInUse: true };
    const result = planDpdk(
      { ...host, nics: [...host.nics, ...server.nics.slice(1)], routedLinks: ['ens5'] },
      { ports: [...both.ports, third] },
    );
    expect(result.ok && result.plan.ports).toEqual([]);
    expect(result.refusals.map(({ code, object }) => `${code} ${object}`)).toEqual([
      'DPDK_NIC_IN_USE port second',
      'DPDK_IOMMU_GROUP port uplink',
      'DPDK_NAME_TAKEN port uplink',
    ]);
  });
});
