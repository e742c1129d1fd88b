import type { Pod } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { type PodInput, readPod as read } from './pod.ts';

const readPod = (object: Pod): PodInput | undefined => read(object, () => undefined);
const pod = (more: Partial<Pod> = {}, annotations: Readonly<Record<string, string>> = {}): Pod => ({
  metadata: {
    name: 'web-0',
    namespace: 'shop',
    uid: 'u1',
    annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`ovn.kubernetes.io/${key}`, value])),
  },
  spec: { nodeName: 'node1' },
  ...more,
});

describe('readPod: which pods have a port', () => {
  it.each<[string, Partial<Pod>, boolean]>([
    ['a scheduled one', {}, true],
    [
      'one that is being deleted: its processes still use the network',
      { metadata: { ...pod().metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
      true,
    ],
    ['one without a node', { spec: {} }, false],
    ['one on the network of its node', { spec: { nodeName: 'node1', hostNetwork: true } }, false],
    [
      'one that succeeded and is not run again',
      { spec: { nodeName: 'node1', restartPolicy: 'OnFailure' }, status: { phase: 'Succeeded' } },
      false,
    ],
    ['one that succeeded and is run again', { status: { phase: 'Succeeded' } }, true],
    ['one that failed and is not run again', { spec: { nodeName: 'node1', restartPolicy: 'Never' }, status: { phase: 'Failed' } }, false],
    ['one that failed and is run again', { spec: { nodeName: 'node1', restartPolicy: 'OnFailure' }, status: { phase: 'Failed' } }, true],
    ['one that was evicted', { status: { phase: 'Failed', reason: 'Evicted' } }, false],
  ])('%s', (_name, more, hasPort) => {
    expect(readPod(pod(more)) !== undefined).toBe(hasPort);
  });
});

describe('readPod: annotations', () => {
  it('are values, in canonical form', () => {
    const [first] =
      readPod(
        pod(
          {},
          {
            ip_address: 'FD00::1,10.0.0.1',
            mac_address: '00:00:00:53:6B:B6',
            ip_family: 'ipv6',
            logical_switch: 's1',
            port_security: 'true',
            allocated: 'true',
          },
        ),
      )?.interfaces ?? [];
    expect(first).toMatchObject({
      pod: 'shop/web-0',
      port: 'web-0.shop',
      subnet: 's1',
      addresses: { v4: '10.0.0.1', v6: 'fd00::1' },
      mac: '00:00:00:53:6b:b6',
      families: [6],
      portSecurity: true,
      securityGroups: [],
      layer2Forward: false,
      vip: undefined,
      vips: [],
      isAllocated: true,
      problems: [],
    });
  });

  it('that can not be read are absent and a problem', () => {
    const read = readPod(pod({}, { ip_address: 'nonsense', mac_address: 'zz' }));
    expect(read?.interfaces[0]?.addresses).toBeUndefined();
    expect(read?.problems.map(({ field, value }) => [field, value])).toEqual([
      ['metadata.annotations[ovn.kubernetes.io/ip_address]', 'nonsense'],
      ['metadata.annotations[ovn.kubernetes.io/mac_address]', 'zz'],
    ]);
  });

  it('a pod of a StatefulSet is told by its controlling owner', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'x' };
    const of = (controller: boolean) =>
      readPod({ ...pod(), metadata: { ...pod().metadata, ownerReferences: [{ ...owner, controller }] } })?.podType;
    expect([of(true), of(false)]).toEqual(['StatefulSet', '']);
  });
});

describe('readPod: virtual machines', () => {
  const owner = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: 'db', uid: 'x', controller: true };
  const launcher = { ...pod(), metadata: { ...pod().metadata, name: 'virt-launcher-db-x7', ownerReferences: [owner] } };

  it('their ports and addresses are under the name of the machine', () => {
    const input = readPod(launcher);
    expect(input).toMatchObject({ key: 'shop/virt-launcher-db-x7', podType: 'VirtualMachine', ownerName: 'db' });
    expect(input?.interfaces[0]).toMatchObject({ port: 'db.shop', pod: 'shop/virt-launcher-db-x7', machine: 'shop/db' });
  });

  it('unless they are not to be kept', () => {
    const input = read(launcher, () => undefined, { keepVmIp: false });
    expect(input).toMatchObject({ podType: '', ownerName: 'virt-launcher-db-x7' });
    expect(input?.interfaces[0]).toMatchObject({ port: 'virt-launcher-db-x7.shop', machine: undefined });
  });
});

describe('readPod: ip_pool', () => {
  const ofSet = (name: string): Pod['metadata'] => ({
    ...pod({}, { ip_pool: '10.0.0.3,fd00::3;10.0.0.4,fd00::4' }).metadata,
    name,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 's', controller: true }],
  });
  it('a pod of a Deployment takes any, one of a StatefulSet that of its ordinal', () => {
    expect(readPod(pod({}, { ip_pool: '10.0.0.3,10.0.0.4' }))?.interfaces[0]).toMatchObject({
      addresses: undefined,
      candidates: [{ v4: '10.0.0.3' }, { v4: '10.0.0.4' }],
    });
    expect(readPod(pod({ metadata: ofSet('web-1') }))?.interfaces[0]).toMatchObject({
      addresses: { v4: '10.0.0.4', v6: 'fd00::4' },
      candidates: undefined,
    });
  });
  it('an ordinal beyond the list is told with object, field and value', () => {
    const [problem] = readPod(pod({ metadata: ofSet('web-2') }))?.problems ?? [];
    expect(problem?.message).toMatch(
      /^Pod shop\/web-2: .*ip_pool.* has 2 entries and none for ordinal 2; list an address for every replica/,
    );
  });
  it('the name of an IPPool', () => {
    expect(readPod(pod({}, { ip_pool: 'blue' }))?.interfaces[0]).toMatchObject({
      pool: 'blue',
      addresses: undefined,
      candidates: undefined,
    });
  });
  it('an address given by itself goes first, whoever wrote it', () => {
    expect(readPod(pod({}, { ip_pool: '10.0.0.3,10.0.0.4', ip_address: '10.0.0.9' }))?.interfaces[0]).toMatchObject({
      addresses: { v4: '10.0.0.9' },
      candidates: undefined,
    });
  });
});
