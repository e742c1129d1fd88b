import { describe, expect, it } from 'vitest';
import { nodeConditions, nodeStatus, type NodeFacts } from './node-object.ts';

const facts: NodeFacts = {
  name: 'node1',
  addresses: ['10.254.0.1', 'fd00::1'],
  cpus: 4,
  memoryBytes: 1 << 30,
  kernelVersion: '6',
  osImage: 'x',
  architecture: 'amd64',
  bootId: 'b',
  socket: '/s',
};

describe('node object', () => {
  it('tells every address and its size', () => {
    expect(nodeStatus(facts)).toMatchObject({
      addresses: [
        { type: 'InternalIP', address: '10.254.0.1' },
        { type: 'InternalIP', address: 'fd00::1' },
        { type: 'Hostname', address: 'node1' },
      ],
      capacity: { cpu: '4', memory: '1048576Ki' },
    });
  });

  it('is not Ready, with the reason, while there is no network', () => {
    const ready = nodeConditions([], { isReady: false, message: 'no CNI configuration' }, 0).find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason: 'KubeletNotReady', message: expect.stringContaining('no CNI configuration') });
  });

  it("keeps others' conditions and the time of the last transition", () => {
    const before = [
      { type: 'Ready', status: 'True', lastTransitionTime: 'then' },
      { type: 'NetworkUnavailable', status: 'False' },
    ] as const;
    const conditions = nodeConditions(before, { isReady: true, message: '' }, 1000);
    expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({
      lastTransitionTime: 'then',
      lastHeartbeatTime: '1970-01-01T00:00:01Z',
    });
    expect(conditions.at(-1)).toEqual({ type: 'NetworkUnavailable', status: 'False' });
  });
});
