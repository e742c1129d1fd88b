import type { SubnetSpec } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { readSubnet, type SubnetInput } from '../../inputs/subnet.ts';
import { asRefused, bindNamespace } from './binding.ts';

const names = { clusterRouter: 'ovn-cluster', defaultSubnet: 'ovn-default', joinSubnet: 'join' };
function subnet(name: string, spec: SubnetSpec = {}, isTerminating = false): SubnetInput {
  const reading = readSubnet(
    { metadata: { name, ...(isTerminating ? { deletionTimestamp: 'now' } : {}) }, spec: { cidrBlock: '10.1.0.0/16', ...spec } },
    names,
  );
  if (!reading.ok) throw new Error('bad example');
  return reading.input;
}
const blue = subnet('by-label', { namespaceSelectors: [{ matchLabels: { team: 'blue' } }] });
const nothing = { vpcDefaults: [], listing: [], selecting: [], refused: [], fallback: 'ovn-default' };
const refused = (name: string, spec: SubnetSpec = {}) => asRefused({ metadata: { name }, spec }) ?? [];

describe('bindNamespace', () => {
  const shop = { name: 'shop', labels: { team: 'blue' } };
  it.each<[string, Partial<Parameters<typeof bindNamespace>[1]>, readonly string[]]>([
    ['nothing serves it: the default Subnet', {}, ['ovn-default']],
    ['Subnets that list it, in order of their names', { listing: [subnet('z'), subnet('a')] }, ['a', 'z']],
    ['the default Subnet of its Vpc comes first', { vpcDefaults: ['z'], listing: [subnet('a'), subnet('z')] }, ['z', 'a']],
    ['a Subnet that selects it comes after those that list it', { listing: [subnet('z')], selecting: [blue] }, ['z', 'by-label']],
    [
      'a selector that does not match is nothing',
      { selecting: [subnet('x', { namespaceSelectors: [{ matchLabels: { team: 'red' } }] })] },
      ['ovn-default'],
    ],
    ['one that both lists and selects it is there once', { listing: [blue], selecting: [blue] }, ['by-label']],
    [
      'a Subnet for other interfaces does not serve the first one',
      { listing: [subnet('x', { provider: 'nad.default.ovn' })] },
      ['ovn-default'],
    ],
    ['a Subnet that is being deleted takes nobody', { listing: [subnet('x', {}, true)] }, ['ovn-default']],
    [
      'Subnets that ask for it and are all refused: it waits for them',
      {
        refused: [
          refused('z', { namespaces: ['shop'] }),
          refused('a', { provider: 'ovn', namespaceSelectors: [{ matchLabels: { team: 'blue' } }] }),
        ].flat(),
      },
      ['a', 'z'],
    ],
    ['a refused Subnet beside one in force', { listing: [subnet('z')], refused: [refused('a', { namespaces: ['shop'] })].flat() }, ['z']],
    [
      'refused Subnets of other namespaces, for other interfaces, or that are being deleted',
      {
        refused: [
          refused('a', { namespaces: ['bank'] }),
          refused('b', { namespaces: ['shop'], provider: 'nad.default.ovn' }),
          asRefused({ metadata: { name: 'c', deletionTimestamp: 'now' }, spec: { namespaces: ['shop'] } }) ?? [],
        ].flat(),
      },
      ['ovn-default'],
    ],
    ['a Vpc without a default Subnet says nothing', { vpcDefaults: [''] }, ['ovn-default']],
  ])('%s', (_name, inputs, expected) => {
    expect(bindNamespace(shop, { ...nothing, ...inputs })).toEqual(expected);
  });
});
