import type { CniRequest } from '@kube-ovn/api';
import { describe, expect, test } from 'vitest';
import { CniFailure } from '../../errors.ts';
import type { DpdkState } from './dpdk-state.ts';
import { refuseVhostUser, vhostUserOf, wantsVhostUser } from './vhost-user.formula.ts';

const dpdk: DpdkState = { isInitialized: true, version: 'DPDK 22.11.11', hasVhostUser: true, isUserspaceDatapath: true };
const places = { kubeletDirectory: '/var/lib/kubelet', socketDirectory: '/var/run/openvswitch/vhost_sockets' };
const request = (change: Partial<CniRequest> = {}): CniRequest => ({
  cni_type: 'kube-ovn',
  network: 'dpdk',
  pod_name: 'web',
  pod_namespace: 'shop',
  container_id: 'c1',
  net_ns: '/run/netns/c1',
  if_name: 'net1',
  provider: 'dpdk.shop.ovn',
  vhost_user_socket_volume_name: 'sockets',
  vhost_user_socket_name: 'sock',
  ...change,
});
const failureOf = (work: () => unknown): CniFailure => {
  try {
    work();
  } catch (error) {
    if (error instanceof CniFailure) return error;
    throw error;
  }
  throw new Error('it did not fail');
};

describe('wantsVhostUser', () => {
  test.each([
    ['a volume is named', {}, true],
    ['a virtual machine consumes it', { vhost_user_socket_volume_name: '', vhost_user_socket_consumption: 'kubevirt' }, true],
    ['nothing of it is said', { vhost_user_socket_volume_name: '' }, false],
  ])('%s', (_name, change, wants) => {
    expect(wantsVhostUser(request(change))).toBe(wants);
  });
});

describe('refuseVhostUser', () => {
  test('a node with DPDK refuses nothing', () => {
    expect(() => refuseVhostUser(request(), { ...places, dpdk })).not.toThrow();
  });

  test.each([
    ['built without DPDK', { hasVhostUser: false }, 'built without DPDK'],
    ['not initialized, whatever an earlier one left in the database', { isInitialized: false }, 'dpdk_initialized is false'],
    ['br-int is the kernel’s', { isUserspaceDatapath: false }, 'datapath_type is not netdev'],
  ])('%s: code 2, with pod, network, field, value, reason and the way out', (_name, change, reason) => {
    const { code, message, details } = failureOf(() => refuseVhostUser(request(), { ...places, dpdk: { ...dpdk, ...change } }));
    expect(code).toBe(2);
    expect(message).toContain('pod shop/web, network dpdk: vhost_user_socket_volume_name "sockets": ');
    expect(message).toContain(reason);
    expect(details).toContain('nodeSelector ovn.kubernetes.io/dpdk: "true"');
  });

  test('a socket without a name is no configuration', () => {
    expect(failureOf(() => refuseVhostUser(request({ vhost_user_socket_name: '' }), { ...places, dpdk }))).toMatchObject({
      code: 7,
      message: 'pod shop/web, network dpdk: vhost_user_socket_name is missing',
    });
  });
});

describe('vhostUserOf', () => {
  test('as Kube-OVN has it: the pod’s emptyDir, shared at a folder of the pod and the volume', () => {
    expect(vhostUserOf(request(), 'u1', places)).toEqual({
      volume: 'sockets',
      source: '/var/lib/kubelet/pods/u1/volumes/kubernetes.io~empty-dir/sockets',
      directory: '/var/run/openvswitch/vhost_sockets/u1/sockets',
      path: '/var/run/openvswitch/vhost_sockets/u1/sockets/sock',
    });
  });

  test('for KubeVirt: a volume of its own name, and a socket with the interface’s', () => {
    const of = request({ vhost_user_socket_consumption: 'kubevirt', vhost_user_socket_volume_name: 'x' });
    expect(vhostUserOf(of, 'u1', places).path).toBe('/var/run/openvswitch/vhost_sockets/u1/vhostuser-sockets/net1');
  });

  test('a long name gets a short folder, and one that does not fit even there is refused by the limit', () => {
    const uid = '0d9e9ff2-8a3c-4e27-9a54-1f1f2a3b4c5d';
    const long = vhostUserOf(request({ vhost_user_socket_volume_name: 'v'.repeat(60) }), uid, places);
    expect(long.path.length).toBeLessThanOrEqual(107);
    const { code, message } = failureOf(() => vhostUserOf(request({ vhost_user_socket_name: 's'.repeat(90) }), uid, places));
    expect(code).toBe(7);
    expect(message).toContain('would be longer than 107 bytes');
  });

  test.each(['../other', 'a/b', '..'])('the name %j leads out of the folder and is refused', (name) => {
    expect(failureOf(() => vhostUserOf(request({ vhost_user_socket_name: name }), 'u1', places)).code).toBe(7);
    expect(failureOf(() => vhostUserOf(request({ vhost_user_socket_volume_name: name }), 'u1', places)).code).toBe(7);
  });
});
