import { annotationRegistry } from '@kube-ovn/api';
import { crds } from '@kube-ovn/api/crds';
import { describe, expect, it } from 'vitest';
import { unusedFields, unusedPodAnnotations, unusedPolicyAnnotations, usedPodKeys, usedSubnetFields, usedVpcFields } from './unused.ts';

const fieldsOf = (kind: string): readonly string[] => {
  const crd = crds.find(({ spec }) => spec.names.kind === kind);
  const schema = crd?.spec.versions[0]?.schema.openAPIV3Schema as { properties: { spec: { properties: object } } };
  return Object.keys(schema.properties.spec.properties);
};

describe('what has no effect', () => {
  it('the lists name what the API has', () => {
    expect(usedSubnetFields.filter((field) => !fieldsOf('Subnet').includes(field))).toEqual([]);
    expect(usedVpcFields.filter((field) => !fieldsOf('Vpc').includes(field))).toEqual([]);
    const keys = annotationRegistry.filter(({ definition }) => definition.on === 'Pod').map(({ definition }) => definition.key);
    expect([...usedPodKeys].filter((key) => !keys.includes(key))).toEqual([]);
  });

  it('fields that ask for something, not those that say nothing', () => {
    const spec = {
      cidrBlock: '10.0.0.0/24',
      private: true,
      enableDHCP: true,
      enableLb: false,
      dhcpV4Options: '',
      vips: [],
      bfdPort: { enabled: false },
      allowSubnets: ['10.9.0.0/16'],
      mtu: 1400,
      enableMulticastSnoop: true,
    };
    expect(unusedFields({ kind: 'Subnet', metadata: { name: 's' }, spec } as never, usedSubnetFields)).toEqual([
      'Subnet s: spec.enableDHCP true is accepted and has no effect in this version',
      'Subnet s: spec.enableMulticastSnoop true is accepted and has no effect in this version',
    ]);
  });

  it('annotations under the prefixes of the pod’s interfaces: misspelt ones and those that wait for their feature', () => {
    const annotations = {
      'ovn.kubernetes.io/ip_address': '10.0.0.1',
      'ovn.kubernetes.io/ip_adress': '10.0.0.1',
      'ovn.kubernetes.io/allocated': 'true',
      'net.shop.ovn.kubernetes.io/ingress_rate': '3',
      'net.shop.ovn.kubernetes.io/dhcp-v4-options': 'x',
      'net.shop.ovn.kubernetes.io/ip_address.net1': '10.0.0.1',
      'other.kubernetes.io/what': 'x',
      'example.com/ip_adress': 'x',
    };
    expect(unusedPodAnnotations({ metadata: { name: 'p', namespace: 'n', annotations } }, ['ovn', 'net.shop.ovn'])).toEqual([
      'Pod n/p: metadata.annotations[ovn.kubernetes.io/ip_adress] is not known and has no effect',
      'Pod n/p: metadata.annotations[net.shop.ovn.kubernetes.io/dhcp-v4-options] is accepted and has no effect in this version',
    ]);
  });

  it('annotations of a NetworkPolicy that are misspelt', () => {
    const annotations = { 'ovn.kubernetes.io/enable_log': 'true', 'ovn.kubernetes.io/log_actions': 'drop', 'example.com/log_actions': 'x' };
    expect(unusedPolicyAnnotations({ metadata: { name: 'p', namespace: 'n', annotations } })).toEqual([
      'NetworkPolicy n/p: metadata.annotations[ovn.kubernetes.io/log_actions] is not known and has no effect',
    ]);
  });
});
