import type { AttachmentConfig, IP, Reading, VirtualMachine, VirtualMachineInstance } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { isOfMachine, type Machines } from './retained.formula.ts';

const ip = (name: string): IP => ({ metadata: { name }, spec: { podName: 'db', namespace: 'shop', podType: 'VirtualMachine' } });
const metadata = { name: 'db', namespace: 'shop' };
const networks = [
  { name: 'default' },
  { name: 'lan', multus: { networkName: 'lan' } },
  { name: 'wan', multus: { networkName: 'nets/wan' } },
];
const machine: VirtualMachine = { metadata, spec: { template: { spec: { networks } } } };
const instance: VirtualMachineInstance = { metadata, spec: { networks } };
const definitions: Readonly<Record<string, Reading<AttachmentConfig>>> = {
  'shop/lan': { ok: true, value: { role: 'interface', provider: 'lan.shop.ovn' } },
  'nets/wan': { ok: true, value: { role: 'addresses', provider: 'wan.nets' } },
};
const isKept = (
  object: IP,
  of: { machine?: VirtualMachine; instance?: VirtualMachineInstance; attachment?: Machines['attachment']; hidden?: boolean },
): boolean =>
  isOfMachine(object, {
    virtualMachine: (key) => (key === 'shop/db' ? of.machine : undefined),
    virtualMachineInstance: (key) => (key === 'shop/db' ? of.instance : undefined),
    attachment: of.attachment ?? ((key) => definitions[key]),
    isHidden: () => of.hidden === true,
  });
const deleted = { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };

describe('isOfMachine: the address in the network of the cluster', () => {
  it.each<[string, Parameters<typeof isKept>[1], boolean]>([
    ['a machine that is there, with or without an instance', { machine }, true],
    ['a machine that is being deleted, whatever its instance still does', { machine: { ...machine, metadata: deleted }, instance }, false],
    ['an instance without machine', { instance }, true],
    ['an instance without machine that is being deleted', { instance: { ...instance, metadata: deleted } }, false],
    ['neither', {}, false],
    ['neither, but machines can not be seen', { hidden: true }, true],
    [
      'one that is seen to be deleted beside some that can not be seen',
      { machine: { ...machine, metadata: deleted }, hidden: true },
      false,
    ],
  ])('%s', (_name, of, expected) => {
    expect(isKept(ip('db.shop'), of)).toBe(expected);
  });
});

describe('isOfMachine: addresses in further networks', () => {
  it.each<[string, string, boolean]>([
    ['a network of ours that the machine has', 'db.shop.lan.shop.ovn', true],
    ['the same, attached more than once', 'db.shop.lan.shop.ovn.net1', true],
    ['one of another plugin, in another namespace', 'db.shop.wan.nets', true],
    ['one that the machine has no more', 'db.shop.old.shop.ovn', false],
    ['one whose name goes on differently', 'db.shop.lan.shop.ovnx', false],
  ])('%s', (_name, name, expected) => {
    expect(isKept(ip(name), { machine })).toBe(expected);
    expect(isKept(ip(name), { instance })).toBe(expected);
  });

  it('is kept while the definition of one of its networks can not be read: that may be the one', () => {
    expect(isKept(ip('db.shop.old.shop.ovn'), { machine, attachment: () => undefined })).toBe(true);
    expect(isKept(ip('db.shop.lan.shop.ovn'), { machine: { metadata } })).toBe(false);
  });
});
