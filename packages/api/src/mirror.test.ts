import { describe, expect, test } from 'vitest';
import type { Mirror, MirrorSpec } from './crds/mirror.ts';
import { isMirrored, readMirror, type MirrorInput } from './mirror.ts';

const mirror = (spec: Partial<MirrorSpec>): Mirror => ({
  metadata: { name: 'm' },
  spec: { sink: { interface: 'copies' }, ...spec },
});
const read = (spec: Partial<MirrorSpec>): MirrorInput => {
  const reading = readMirror(mirror(spec));
  if (!reading.ok) throw new Error(reading.problem.message);
  return reading.value;
};
const messageOf = (spec: Partial<MirrorSpec>): string => {
  const reading = readMirror(mirror(spec));
  return reading.ok ? '' : reading.problem.message;
};

describe('readMirror', () => {
  test('what is left out is everything', () => {
    expect(read({})).toEqual({
      name: 'm',
      namespaceSelector: {},
      podSelector: {},
      provider: undefined,
      isIngress: true,
      isEgress: true,
      filters: [],
      sink: { kind: 'interface', name: 'copies' },
    });
  });

  test('directions are the pod’s', () => {
    expect(read({ direction: 'ingress' })).toMatchObject({ isIngress: true, isEgress: false });
    expect(read({ direction: 'egress' })).toMatchObject({ isIngress: false, isEgress: true });
  });

  test('filters of both families', () => {
    const filters = [{ protocol: 'tcp', peer: '10.0.0.0/8', port: 80 }, { peer: 'fd00::/64' }, { protocol: 'icmp' }] as const;
    expect(read({ filters }).filters).toEqual([
      { protocol: 'tcp', peer: { family: 4, cidr: '10.0.0.0/8' }, port: 80 },
      { peer: { family: 6, cidr: 'fd00::/64' } },
      { protocol: 'icmp' },
    ]);
  });

  test('sinks in tunnels', () => {
    expect(read({ sink: { pod: { namespace: 'ids', name: 'p' }, encapsulation: 'erspan', key: 7 } }).sink).toEqual({
      kind: 'pod',
      pod: 'ids/p',
      tunnel: { encapsulation: 'erspan', key: 7 },
    });
    expect(read({ sink: { collector: '2001:DB8::1' } }).sink).toEqual({
      kind: 'collector',
      address: '2001:db8::1',
      tunnel: { encapsulation: 'gre' },
    });
  });

  test.each<[string, Partial<MirrorSpec>, RegExp]>([
    ['no sink', { sink: {} }, /^Mirror m: spec\.sink is "\{\}": must name one of/],
    ['two sinks', { sink: { interface: 'a', collector: '10.0.0.1' } }, /spec\.sink is .*must name one of/],
    [
      'a long name',
      { sink: { interface: 'sixteen-letters-' } },
      /spec\.sink\.interface is "sixteen-letters-": must be a name of at most 15/,
    ],
    ['a name with a slash', { sink: { interface: 'a/b' } }, /spec\.sink\.interface is "a\/b"/],
    ['a tunnel to an interface', { sink: { interface: 'a', key: 3 } }, /leave them out beside interface/],
    ['a name of a host', { sink: { collector: 'collector.example' } }, /spec\.sink\.collector is "collector\.example": must be an address/],
    [
      'a session of twelve bits',
      { sink: { collector: '10.0.0.1', encapsulation: 'erspan', key: 4095 } },
      /spec\.sink\.key is "4095".*1023/,
    ],
    ['an empty filter', { filters: [{ protocol: 'tcp' }, {}] }, /spec\.filters\[1\] is "\{\}": says nothing/],
    ['a bad block', { filters: [{ peer: '10.0.0.0/33' }] }, /spec\.filters\[0\]\.peer is "10\.0\.0\.0\/33": must be a block/],
    ['a port of nothing', { filters: [{ port: 80 }] }, /spec\.filters\[0\]\.port is "80": needs protocol/],
    ['a port of ICMP', { filters: [{ protocol: 'icmp', port: 80 }] }, /needs protocol tcp, udp or sctp/],
  ])('%s is refused by field, value and way out', (_name, spec, message) => {
    expect(messageOf(spec)).toMatch(message);
  });
});

describe('isMirrored', () => {
  const nic = { pod: 'shop/web', provider: 'ovn', labels: { app: 'web' }, namespaceLabels: { team: 'a' } };

  test('by labels of pod and namespace, and by provider', () => {
    const chosen = { podSelector: { matchLabels: { app: 'web' } }, namespaceSelector: { matchLabels: { team: 'a' } }, provider: 'ovn' };
    expect(isMirrored(read(chosen), nic)).toBe(true);
    for (const other of [{ labels: {} }, { namespaceLabels: { team: 'b' } }, { provider: 'side.shop.ovn' }])
      expect(isMirrored(read(chosen), { ...nic, ...other })).toBe(false);
  });

  test('never the pod that gets the copies', () => {
    expect(isMirrored(read({ sink: { pod: { namespace: 'shop', name: 'web' } } }), nic)).toBe(false);
  });
});
