import { describe, expect, it } from 'vitest';
import { readSubnetIsolation } from './subnet.ts';

const metadata = { name: 'one' };

describe('readSubnetIsolation', () => {
  it('is no policy for a Subnet that is not private', () => {
    expect(readSubnetIsolation({ metadata, spec: { cidrBlock: '10.16.0.0/16' } }, [])).toEqual({ value: undefined, problems: [] });
  });

  it('lets in and out what is inside, allowed or a node, and nothing else', () => {
    const spec = { private: true, cidrBlock: '10.16.0.0/16,fd00:10:16::/64', allowSubnets: ['10.17.0.1/24'] };
    const { value, problems } = readSubnetIsolation({ metadata, spec }, ['100.64.0.0/16']);
    expect(problems).toEqual([]);
    const blocks = ['10.16.0.0/16', 'fd00:10:16::/64', '10.17.0.0/24', '100.64.0.0/16'];
    const rules = [
      { action: 'allow', peers: blocks.map((cidr) => ({ kind: 'block', cidr, except: [] })), ports: 'any' },
      { action: 'deny', peers: 'any', ports: 'any' },
    ];
    expect([value?.ingress, value?.egress]).toEqual([rules, rules]);
  });

  it('a block that can not be read lets nobody in or out, and is told', () => {
    const { value, problems } = readSubnetIsolation({ metadata, spec: { private: true, allowSubnets: ['10.17.0.0/99'] } }, []);
    expect([value?.ingress[0]?.peers, value?.egress[0]?.peers]).toEqual([[], []]);
    expect(problems.map(({ field, value: found }) => [field, found])).toEqual([['spec.allowSubnets[0]', '10.17.0.0/99']]);
  });
});
