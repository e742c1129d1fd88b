import { describe, expect, it } from 'vitest';
import { server, small } from '../test/hosts.ts';
import type { Inventory } from './inventory.ts';
import { planDpdk } from './plan.ts';
import type { PlannedPod } from './pod.ts';
import type { DpdkWish, PodWish } from './wish.ts';

const web: PodWish = { pod: 'shop/web', uid: 'b1', volume: 'sockets', socket: 'net1', bridge: 'br-int' };

function podsOf(inventory: Inventory, wish: DpdkWish): readonly PlannedPod[] {
  const result = planDpdk(inventory, wish);
  if (!result.ok) throw new Error(JSON.stringify(result.refusals));
  return result.plan.pods;
}

describe('pods', () => {
  it('a port, a socket, memory and CPUs near each other, and the arguments that find them', () => {
    const [pod] = podsOf(server, {
      pods: [
        {
          ...web,
          cpus: 2,
          memoryMib: 1024,
          queues: 2,
          numaNode: 1,
          mountPath: '/sockets',
          externalIds: { 'iface-id': 'web.shop' },
          mtuBytes: 1400,
        },
      ],
    });
    expect(pod).toMatchObject({
      portName: expect.stringMatching(/^vhu[0-9a-f]{12}$/),
      socket: { directory: '/var/run/openvswitch/vhost_sockets/b1/sockets', path: '/var/run/openvswitch/vhost_sockets/b1/sockets/net1' },
      numaNode: 1,
      cpus: '7,15',
      ealArguments: [
        '--in-memory',
        '--single-file-segments',
        '--no-pci',
        '--lcores',
        '0@7,1@15',
        '--socket-mem',
        '0,1024',
        '--vdev=net_virtio_user0,path=/sockets/net1,server=1,queues=2',
      ],
    });
    expect(pod?.fragment.rows[1]?.columns).toEqual({
      type: 'dpdkvhostuserclient',
      options: { 'vhost-server-path': '/var/run/openvswitch/vhost_sockets/b1/sockets/net1' },
      external_ids: { 'iface-id': 'web.shop' },
      mtu_request: 1400,
    });
  });

  it('without CPUs of its own it runs where nothing polls', () => {
    expect(podsOf(small, { pods: [web] })[0]?.ealArguments).toContain('0@(0),1@(0)');
    expect(podsOf(server, { pods: [{ ...web, cpus: 1 }] })[0]?.ealArguments).toContain('0@(3),1@(3)');
  });

  it('goes to a NUMA node with room', () => {
    const pods = podsOf(server, { pods: ['a', 'b', 'c'].map((uid) => ({ ...web, uid, memoryMib: 4096, cpus: 1 })) });
    expect(pods.map(({ numaNode, cpus }) => `${numaNode} ${cpus}`)).toEqual(['0 3', '1 7']);
  });

  it('who has CPUs keeps them, whatever the order', () => {
    const pods = podsOf(server, {
      pods: [
        { ...web, uid: 'a', cpus: 2 },
        { ...web, cpus: '3,11' },
      ],
    });
    expect(pods.map(({ cpus }) => cpus)).toEqual(['1,9', '3,11']);
    expect(podsOf(server, { pods: [{ ...web, cpus: '' }] })[0]?.cpus).toBe('');
  });

  it.each<[string, DpdkWish, readonly string[]]>([
    ['more CPUs than a node has', { pods: [{ ...web, cpus: 7 }] }, ['DPDK_NOT_ENOUGH_CPUS cpus']],
    ['more memory than a node has', { pods: [{ ...web, memoryMib: 100_000 }] }, ['DPDK_NOT_ENOUGH_MEMORY memoryMib']],
    ['a CPU that polls', { pods: [{ ...web, cpus: '2' }] }, ['DPDK_CPU_TAKEN cpus']],
    ['the sibling of one', { pods: [{ ...web, cpus: '10' }] }, ['DPDK_CPU_TAKEN cpus']],
    [
      'a CPU of another pod',
      {
        pods: [
          { ...web, cpus: '3' },
          { ...web, uid: 'c', cpus: '3' },
        ],
      },
      ['DPDK_CPU_TAKEN cpus'],
    ],
    ['a CPU that is not there', { pods: [{ ...web, cpus: '99' }] }, ['DPDK_CPU_OFFLINE cpus']],
    ['no list', { pods: [{ ...web, cpus: 'all' }] }, ['DPDK_BAD_CPU_LIST cpus']],
    ['no such node', { pods: [{ ...web, numaNode: 2 }] }, ['DPDK_NO_SUCH_NUMA_NODE numaNode']],
    ['a node without buffers', { pmdCpus: '2', pods: [{ ...web, numaNode: 1 }] }, ['DPDK_NO_BUFFERS numaNode']],
    ['one socket twice', { pods: [web, { ...web, pod: 'shop/x' }] }, ['DPDK_NAME_TAKEN socket']],
    [
      'one name twice',
      {
        pods: [
          { ...web, portName: 'p' },
          { ...web, uid: 'c', portName: 'p' },
        ],
      },
      ['DPDK_NAME_TAKEN portName'],
    ],
    [
      'a path into another folder',
      { pods: [{ ...web, volume: '..', uid: 'a/b', socket: '' }] },
      ['DPDK_BAD_NAME uid', 'DPDK_BAD_NAME volume', 'DPDK_BAD_NAME socket'],
    ],
    ['arguments in a path', { pods: [{ ...web, mountPath: '/a,server=0' }] }, ['DPDK_BAD_NAME mountPath']],
    ['a long path', { pods: [{ ...web, socket: 's'.repeat(80) }] }, ['DPDK_SOCKET_PATH_TOO_LONG socket']],
    [
      'numbers out of range',
      { pods: [{ ...web, cpus: -1, memoryMib: -1, queues: 0, mtuBytes: 1 }] },
      ['DPDK_BAD_VALUE cpus', 'DPDK_BAD_VALUE memoryMib', 'DPDK_BAD_VALUE queues', 'DPDK_BAD_VALUE mtuBytes'],
    ],
  ])('%s: refused, and the pod is named', (_, wish, refusals) => {
    const result = planDpdk(server, wish);
    expect(result.refusals.map(({ code, field }) => `${code} ${field}`)).toEqual(refusals);
    expect(result.refusals.every(({ object }) => object.startsWith('pod shop/'))).toBe(true);
    expect(result.ok && result.plan.pods.length).toBe((wish.pods?.length ?? 0) - 1);
  });
});
