import type { EndpointInput, ServiceInput, SliceInput } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { type Element, unionElements } from './elements.ts';
import { hostPortElements } from './host-port.formula.ts';
import { serviceElements } from './service.formula.ts';

const service: ServiceInput = {
  key: 'shop/web',
  clusterIps: [{ family: 4, address: '10.96.0.10' }],
  externalIps: [],
  ports: [{ name: 'web', protocol: 'tcp', port: 80 }],
  isInternalLocal: false,
  isExternalLocal: false,
};
const open = {
  externalIps: [{ family: 4, address: '198.51.100.7' }],
  ports: [{ name: 'web', protocol: 'tcp', port: 80, nodePort: 30_080 }],
} as const;
const endpoint = (address: string, node: string, change: Partial<EndpointInput> = {}): EndpointInput => ({
  address,
  node,
  isReady: true,
  isDraining: false,
  ...change,
});
const slice = (endpoints: readonly EndpointInput[], change: Partial<SliceInput> = {}): SliceInput => ({
  service: 'shop/web',
  family: 4,
  endpoints,
  ports: [{ name: 'web', protocol: 'tcp', port: 8080 }],
  ...change,
});
const two = slice([endpoint('10.16.0.5', 'here'), endpoint('10.16.0.6', 'there')]);
const text = (elements: readonly Element[]): readonly string[] =>
  elements.map(({ map, family, key, value }) => `${map}${family} ${key}${value === '' ? '' : `: ${value}`}`);
const elementsOf = (change: Partial<ServiceInput>, slices: readonly SliceInput[], node = 'here', zone = ''): readonly string[] =>
  text(serviceElements({ service: { ...service, ...change }, slices, node, zone }));

describe('serviceElements', () => {
  it('an address leads to the choice of one of its backends, which have numbers', () => {
    expect(elementsOf({}, [two])).toEqual([
      'vips4 10.96.0.10 . tcp . 80: goto cluster-2',
      'vip-backends4 10.96.0.10 . tcp . 80 . 0: 10.16.0.5 . 8080',
      'vip-backends4 10.96.0.10 . tcp . 80 . 1: 10.16.0.6 . 8080',
    ]);
  });

  it('each family and protocol has its own', () => {
    const clusterIps = [...service.clusterIps, { family: 6, address: 'fd00:96::a' }] as const;
    const ports = [{ name: 'web', protocol: 'sctp', port: 80, nodePort: 30_080 }] as const;
    const six = slice([endpoint('fd00::5', 'here')], { family: 6, ports: [{ name: 'web', protocol: 'sctp', port: 8080 }] });
    expect(elementsOf({ clusterIps, ports }, [six])).toEqual([
      'refused-vips4 10.96.0.10 . sctp . 80',
      'vips6 fd00:96::a . sctp . 80: goto cluster-1',
      'vip-backends6 fd00:96::a . sctp . 80 . 0: fd00::5 . 8080',
      'refused-ports4 sctp . 30080',
      'ports6 sctp . 30080: goto cluster-1',
      'port-backends6 sctp . 30080 . 0: fd00::5 . 8080',
    ]);
  });

  it('without a backend anywhere all its fronts are refused, once', () => {
    expect(elementsOf({ ...open, isExternalLocal: true, isInternalLocal: true }, [])).toEqual([
      'refused-vips4 10.96.0.10 . tcp . 80',
      'refused-vips4 198.51.100.7 . tcp . 80',
      'refused-ports4 tcp . 30080',
    ]);
  });

  it('with the outer policy Local the outside is served from here, and the inside by all', () => {
    expect(elementsOf({ ...open, isExternalLocal: true }, [two])).toEqual([
      'vips4 10.96.0.10 . tcp . 80: goto cluster-2',
      'vip-backends4 10.96.0.10 . tcp . 80 . 0: 10.16.0.5 . 8080',
      'vip-backends4 10.96.0.10 . tcp . 80 . 1: 10.16.0.6 . 8080',
      'vips4 198.51.100.7 . tcp . 80: goto cluster-2',
      'vip-backends4 198.51.100.7 . tcp . 80 . 0: 10.16.0.5 . 8080',
      'vip-backends4 198.51.100.7 . tcp . 80 . 1: 10.16.0.6 . 8080',
      'outside-vips4 198.51.100.7 . tcp . 80: goto local-1',
      'vip-backends4 198.51.100.7 . tcp . 80 . 65536: 10.16.0.5 . 8080',
      'ports4 tcp . 30080: goto cluster-2',
      'port-backends4 tcp . 30080 . 0: 10.16.0.5 . 8080',
      'port-backends4 tcp . 30080 . 1: 10.16.0.6 . 8080',
      'outside-ports4 tcp . 30080: goto local-1',
      'port-backends4 tcp . 30080 . 65536: 10.16.0.5 . 8080',
    ]);
  });

  it.each([
    ['a node without a backend leaves it unanswered', 'elsewhere', ['vips4 10.96.0.10 . tcp . 80: drop']],
    [
      'a node with one serves it',
      'there',
      ['vips4 10.96.0.10 . tcp . 80: goto local-1', 'vip-backends4 10.96.0.10 . tcp . 80 . 65536: 10.16.0.6 . 8080'],
    ],
  ])('with the inner policy Local %s', (_, node, expected) => {
    expect(elementsOf({ isInternalLocal: true }, [two], node)).toEqual(expected);
  });

  it('a node asks those that are meant for its zone, at all addresses alike, and all when there are none', () => {
    const zoned = slice([endpoint('10.16.0.5', 'a', { zones: ['east'] }), endpoint('10.16.0.6', 'b', { zones: ['west'] })]);
    const backends = (zone: string): readonly string[] =>
      elementsOf({ ...open, isExternalLocal: true }, [zoned], 'here', zone).filter((line) => line.includes('backends4'));
    expect(backends('east')).toEqual([
      'vip-backends4 10.96.0.10 . tcp . 80 . 0: 10.16.0.5 . 8080',
      'vip-backends4 198.51.100.7 . tcp . 80 . 0: 10.16.0.5 . 8080',
      'port-backends4 tcp . 30080 . 0: 10.16.0.5 . 8080',
    ]);
    expect(backends('north')).toHaveLength(6);
  });

  it('a sticky service chooses by the client where there is a choice, and remembers for its own time', () => {
    const sticky = { stickySeconds: 90 };
    expect(elementsOf(sticky, [two]).slice(0, 2)).toEqual([
      'vips4 10.96.0.10 . tcp . 80: goto cluster-sticky-2',
      'sticky-vips4 10.96.0.10 . tcp . 80: goto remember-90',
    ]);
    expect(elementsOf({ ...sticky, isInternalLocal: true }, [two]).slice(0, 2)).toEqual([
      'vips4 10.96.0.10 . tcp . 80: goto local-1',
      'sticky-vips4 10.96.0.10 . tcp . 80: goto remember-90',
    ]);
    expect(elementsOf({ ...open, ...sticky }, [two])).toContain('sticky-ports4 tcp . 30080: goto remember-90');
  });
});

describe('hostPortElements', () => {
  it('a host port is a front with one local backend', () => {
    const port = { family: 4, protocol: 'udp', hostPort: 53, address: '10.16.0.5', port: 5353 } as const;
    expect(
      text(
        hostPortElements([
          { ...port, hostAddress: undefined },
          { ...port, hostAddress: '192.168.0.1' },
        ]),
      ),
    ).toEqual([
      'ports4 udp . 53: goto local-1',
      'port-backends4 udp . 53 . 65536: 10.16.0.5 . 5353',
      'vips4 192.168.0.1 . udp . 53: goto local-1',
      'vip-backends4 192.168.0.1 . udp . 53 . 65536: 10.16.0.5 . 5353',
    ]);
  });
});

describe('unionElements', () => {
  it('what two owners want is the first one’s, whatever the order', () => {
    const [a, b] = [
      { map: 'ports', family: 4, key: 'tcp . 80', value: 'goto local-1' },
      { map: 'ports', family: 4, key: 'tcp . 80', value: 'drop' },
    ] as const;
    for (const owners of [
      [
        ['pod/a', [a]],
        ['pod/b', [b]],
      ],
      [
        ['pod/b', [b]],
        ['pod/a', [a]],
      ],
    ] as const)
      expect(unionElements(owners).get('ports4')?.get('tcp . 80')).toBe('goto local-1');
  });
});
