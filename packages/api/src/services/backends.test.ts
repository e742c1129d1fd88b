import { describe, expect, it } from 'vitest';
import { chooseBackends } from './backends.ts';
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
});
