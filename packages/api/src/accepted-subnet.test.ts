import { describe, expect, it } from 'vitest';
import { acceptedAnnotation } from './accepted-spec.ts';
import { asAccepted, inForce, specInForce } from './accepted-subnet.ts';
import type { Subnet } from './crds/subnet.ts';

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

  const validated = (status: 'True' | 'False', observedGeneration: number): Subnet['status'] => ({
    conditions: [{ type: 'Validated', status, reason: '', message: '', observedGeneration }],
  });
  it.each<[string, Subnet['status'], string]>([
    ['accepted as it stands', validated('True', 2), '10.9.0.0/16'],
    ['refused', validated('False', 2), '10.1.0.0/16'],
    ['edited and not yet judged', validated('True', 1), '10.1.0.0/16'],
    ['without a status', undefined, '10.1.0.0/16'],
  ])('in force on a Subnet that is %s', (_name, status, cidrBlock) => {
    const { metadata } = withText(specInForce({ cidrBlock: '10.1.0.0/16' }));
    const spec = { cidrBlock: '10.9.0.0/16', natOutgoing: true, mtu: 1400 };
    const natOutgoing = cidrBlock === spec.cidrBlock ? { natOutgoing: true } : {};
    expect(inForce({ metadata: { ...metadata, generation: 2 }, spec, ...(status === undefined ? {} : { status }) }).spec).toEqual({
      cidrBlock,
      ...natOutgoing,
      mtu: 1400,
    });
  });
  it('in force on a Subnet that was never accepted: as it stands', () => {
    expect(inForce({ metadata: { name: 'net' }, spec: { cidrBlock: '10.9.0.0/16' } }).spec).toEqual({ cidrBlock: '10.9.0.0/16' });
  });
});
