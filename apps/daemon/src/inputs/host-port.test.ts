import type { ContainerPort, Pod } from '@kube-ovn/api';
import { describe, expect, test } from 'vitest';
import { readHostPorts } from './host-port.ts';
import { trimPod } from './trim.ts';

const pod = (ports: readonly ContainerPort[], change: Partial<Pod> = {}): Pod => ({
  metadata: { name: 'web-0', namespace: 'shop' },
  spec: { containers: [{ name: 'main', ports }] },
  status: { podIPs: [{ ip: '10.16.0.5' }, { ip: 'FD00::5' }] },
  ...change,
});
const read = (object: Pod): readonly string[] =>
  readHostPorts(trimPod(object)).map(
    (port) => `${port.hostAddress ?? '*'} ${port.protocol} ${port.hostPort} > ${port.address} ${port.port}`,
  );

describe('readHostPorts', () => {
  test.for([
    [{}, ['* tcp 8088 > 10.16.0.5 80', '* tcp 8088 > fd00::5 80']],
    [{ protocol: 'UDP', hostIP: '0.0.0.0' }, ['* udp 8088 > 10.16.0.5 80']],
    [{ protocol: 'SCTP', hostIP: '::' }, ['* sctp 8088 > fd00::5 80']],
    [{ hostIP: '192.168.0.1' }, ['192.168.0.1 tcp 8088 > 10.16.0.5 80']],
    [{ hostIP: 'FD00:168::1' }, ['fd00:168::1 tcp 8088 > fd00::5 80']],
    [{ hostIP: 'here' }, []],
    [{ hostPort: 0 }, []],
  ] as const)('%j', ([change, expected]) => {
    expect(read(pod([{ containerPort: 80, hostPort: 8088, ...change }]))).toEqual(expected);
  });

  test('of all containers that stay, but of no pod that has ended or is on the node’s own network', () => {
    const [first, second, third] = [1, 2, 3].map((port) => [{ containerPort: port, hostPort: port }]);
    const spec = {
      initContainers: [
        { name: 'start', ports: first ?? [] },
        { name: 'side', restartPolicy: 'Always', ports: second ?? [] },
      ],
      containers: [{ name: 'main', ports: third ?? [] }],
    };
    const status = { podIPs: [{ ip: '10.16.0.5' }] };
    expect(read(pod([], { spec, status }))).toEqual(['* tcp 2 > 10.16.0.5 2', '* tcp 3 > 10.16.0.5 3']);
    expect(read(pod([], { spec, status: { ...status, phase: 'Succeeded' } }))).toEqual([]);
    expect(read(pod([], { spec, status: { ...status, phase: 'Failed' } }))).toEqual([]);
    expect(read(pod([], { spec: { ...spec, hostNetwork: true }, status }))).toEqual([]);
  });
});
