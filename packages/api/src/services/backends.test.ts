import { describe, expect, it } from 'vitest';
import { chooseBackends, dependsOnPlace } from './backends.ts';
import type { EndpointInput, ServicePortInput, SliceInput } from './service.ts';

const port: ServicePortInput = { name: 'web', protocol: 'tcp', port: 80 };
const endpoint = (address: string, change: Partial<EndpointInput> = {}): EndpointInput => ({
  address,
  node: 'node1',
  isReady: true,
  isDraining: false,
  ...change,
});
const slice = (endpoints: readonly EndpointInput[], change: Partial<SliceInput> = {}): SliceInput => ({
  service: 'shop/web',
  family: 4,
  endpoints,
  ports: [{ ...port, port: 8080 }],
  ...change,
});
const asked = (slices: readonly SliceInput[], node?: string): readonly string[] =>
  chooseBackends({ port, family: 4, ...(node !== undefined && { node }) }, slices).map((backend) => `${backend.address}:${backend.port}`);

describe('chooseBackends', () => {
  it('takes those of the family, the name and the protocol, once each, in one order', () => {
    const slices = [
      slice([endpoint('10.16.0.7'), endpoint('10.16.0.5')]),
      slice([endpoint('10.16.0.5')]),
      slice([endpoint('10.16.0.6')], { ports: [{ ...port, port: 9090 }] }),
      slice([endpoint('fd00::5')], { family: 6 }),
      slice([endpoint('10.16.0.8')], { ports: [{ ...port, name: 'admin' }] }),
      slice([endpoint('10.16.0.9')], { ports: [{ ...port, protocol: 'udp' }] }),
    ];
    expect(asked(slices)).toEqual(['10.16.0.5:8080', '10.16.0.6:9090', '10.16.0.7:8080']);
    expect(asked(slices.toReversed())).toEqual(asked(slices));
  });

  it('an address is no backend of itself', () => {
    const slices = [slice([endpoint('10.16.0.5'), endpoint('10.96.0.10')])];
    expect(chooseBackends({ port, family: 4, front: '10.96.0.10' }, slices)).toEqual([{ address: '10.16.0.5', port: 8080 }]);
  });

  it('what drains is asked when nothing is ready, on the whole and on one node', () => {
    const draining = endpoint('10.16.0.5', { isReady: false, isDraining: true });
    const elsewhere = endpoint('10.16.0.6', { node: 'node2' });
    const nowhere = endpoint('10.16.0.7', { node: undefined });
    expect(asked([slice([draining, elsewhere, nowhere])])).toEqual(['10.16.0.6:8080', '10.16.0.7:8080']);
    expect(asked([slice([draining, elsewhere, nowhere])], 'node1')).toEqual(['10.16.0.5:8080']);
    expect(asked([slice([draining, elsewhere, nowhere])], 'node2')).toEqual(['10.16.0.6:8080']);
    expect(asked([slice([draining, elsewhere, nowhere])], 'node3')).toEqual([]);
    expect(asked([slice([endpoint('10.16.0.8', { isReady: false })])])).toEqual([]);
  });

  const from = (endpoints: readonly EndpointInput[], node: string, zone: string): readonly string[] =>
    chooseBackends({ port, family: 4, from: { node, zone } }, [slice(endpoints)]).map(({ address }) => address);
  const east = endpoint('10.16.0.5', { zones: ['east'] });
  const west = endpoint('10.16.0.6', { zones: ['west', 'north'] });

  it.each([
    ['those of the zone', 'west', [east, west], ['10.16.0.6']],
    ['all, where one does not say for whom it is', 'west', [east, west, endpoint('10.16.0.7')], ['10.16.0.5', '10.16.0.6', '10.16.0.7']],
    ['all, where none is for the zone', 'south', [east, west], ['10.16.0.5', '10.16.0.6']],
    ['all, where the node is in no zone', '', [east, west], ['10.16.0.5', '10.16.0.6']],
    [
      'those of the zone, whatever one says that is not ready',
      'east',
      [east, west, endpoint('10.16.0.7', { isReady: false })],
      ['10.16.0.5'],
    ],
    ['what drains, wherever it is', 'east', [endpoint('10.16.0.8', { isReady: false, isDraining: true, zones: ['west'] })], ['10.16.0.8']],
  ])('by zone: %s', (_, zone, endpoints, expected) => {
    expect(from(endpoints, 'node1', zone)).toEqual(expected);
    expect(from(endpoints.toReversed(), 'node1', zone)).toEqual(expected);
  });

  it('by node before by zone, and by zone where none is for the node', () => {
    const endpoints = [
      { ...east, nodes: ['node1'] },
      { ...endpoint('10.16.0.7', { zones: ['east'] }), nodes: ['node2'] },
      { ...west, nodes: ['node3'] },
    ];
    expect(from(endpoints, 'node1', 'east')).toEqual(['10.16.0.5']);
    expect(from(endpoints, 'node4', 'east')).toEqual(['10.16.0.5', '10.16.0.7']);
    expect(from(endpoints, 'node4', 'south')).toHaveLength(3);
    expect(from([...endpoints, { ...west, address: '10.16.0.8' }], 'node1', 'west')).toEqual(['10.16.0.6', '10.16.0.8']);
  });

  it('the place matters once every endpoint that is ready says for whom it is', () => {
    const matters = (endpoints: readonly EndpointInput[]): boolean => dependsOnPlace({ port, family: 4 }, [slice(endpoints)]);
    expect([matters([east, west]), matters([east, endpoint('10.16.0.7')]), matters([])]).toEqual([true, false, false]);
    expect(matters([east, endpoint('10.16.0.7', { isReady: false })])).toBe(true);
  });
});
