import type { Subnet } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { acceptedAnnotation } from '../../inputs/accepted-spec.ts';
import { asAccepted, specInForce } from './accepted.ts';

const withText = (text: string): Subnet => ({
  metadata: { name: 'net', annotations: { [acceptedAnnotation]: text } },
  spec: { cidrBlock: '10.9.0.0/16' },
});

describe('the spec that was accepted last', () => {
  it('comes back as it was', () => {
    const spec = {
      cidrBlock: '10.1.0.0/16',
      gateway: '10.1.0.1',
      excludeIps: ['10.1.0.1'],
      vpc: 'red',
      natOutgoing: true,
      enableIPv6RA: true,
      ipv6RAConfigs: 'mtu=1400',
      namespaces: ['a'],
      namespaceSelectors: [{ matchLabels: { a: 'b' } }],
    };
    expect(asAccepted(withText(specInForce({ ...spec, mtu: 1400 })))?.spec).toEqual(spec);
  });
  it.each(['', 'x', '3', 'null', '[]', '"text"'])('%j is no such spec, or an empty one', (text) => {
    expect(asAccepted(withText(text))?.spec ?? {}).toEqual({});
  });
  it('a spoilt field is left out', () => {
    expect(
      asAccepted(
        withText('{"cidrBlock":7,"gateway":"10.1.0.1","excludeIps":[1],"namespaces":"a","namespaceSelectors":[null],"natOutgoing":"yes"}'),
      )?.spec,
    ).toEqual({ gateway: '10.1.0.1' });
  });
  it('is nothing on a Subnet that was never accepted', () => {
    expect(asAccepted({ metadata: { name: 'net' }, spec: {} })).toBeUndefined();
  });
});
