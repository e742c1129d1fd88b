import { describe, expect, it } from 'vitest';
import { type IpPoolInput, rangeText, readIpPool } from '../../inputs/ip-pool.ts';
import { readSubnet, type SubnetInput } from '../../inputs/subnet.ts';
import { judgePools } from './clashes.ts';

const names = { clusterRouter: 'ovn-cluster', defaultSubnet: 'ovn-default', joinSubnet: 'join' };
function subnet(name: string, cidrBlock: string): SubnetInput {
  const reading = readSubnet({ metadata: { name }, spec: { cidrBlock } }, names);
  if (!reading.ok) throw new Error('bad example');
  return reading.input;
}
const subnets = [subnet('a', '10.0.0.0/24,fd00::/64'), subnet('b', '10.0.1.0/24')];

function pool(name: string, ips: readonly string[], more: Partial<IpPoolInput> & { readonly subnet?: string } = {}): IpPoolInput {
  const reading = readIpPool({ metadata: { name }, spec: { subnet: 'a', ips } });
  if (!reading.ok) throw new Error('bad example');
  return { ...reading.input, ...more };
}
function judge(pools: readonly IpPoolInput[], held: readonly IpPoolInput[] = []): { told: readonly string[]; inForce: readonly string[] } {
  const { problems, inForce } = judgePools(pools, new Map(held.map((each) => [each.name, each])), (name) =>
    subnets.find((each) => each.name === name),
  );
  return {
    told: [...problems].map(([name, [first]]) => `${name}: ${first?.code}`),
    inForce: [...inForce].map(([name, { ranges }]) => `${name} ${ranges.map(rangeText).join()}`).toSorted(),
  };
}

describe('judgePools', () => {
  it('pools of one Subnet are disjoint: the younger of two that overlap is refused, and says what it overlaps', () => {
    const [old, young] = [pool('old', ['10.0.0.10..10.0.0.20'], { created: '1' }), pool('young', ['10.0.0.20'], { created: '2' })];
    expect(judge([young, old])).toEqual({ told: ['young: IPPOOL_OVERLAP'], inForce: ['old 10.0.0.10..10.0.0.20'] });
    const { problems } = judgePools([young, old], new Map(), () => subnets[0]);
    expect(problems.get('young')?.[0]?.message).toBe(
      'IPPool young: spec.ips "10.0.0.20" overlaps IPPool old (10.0.0.10..10.0.0.20) of the same Subnet; an address is in one pool at most: leave out what the other has',
    );
  });
  it('the same addresses in another Subnet are no overlap', () => {
    expect(judge([pool('x', ['10.0.0.9']), pool('y', ['10.0.1.9'], { subnet: 'b' })]).told).toEqual([]);
  });
  it('a Subnet that is not there, addresses outside of it, a family that it has not', () => {
    const bad = [pool('lost', ['10.0.0.9'], { subnet: 'nowhere' }), pool('out', ['10.0.0.250..10.0.1.3']), pool('six', ['fd01::1'])];
    expect(judge(bad).told).toEqual(['lost: IPPOOL_NO_SUBNET', 'out: IPPOOL_OUTSIDE_SUBNET', 'six: IPPOOL_OUTSIDE_SUBNET']);
  });
  it('an edit that can not be used leaves the pool as it was, and gives nobody its addresses', () => {
    const before = pool('x', ['10.0.0.9']);
    expect(judge([pool('x', ['10.9.0.0/24']), pool('y', ['10.0.0.9'], { created: '9' })], [before])).toEqual({
      told: ['x: IPPOOL_OUTSIDE_SUBNET', 'y: IPPOOL_OVERLAP'],
      inForce: ['x 10.0.0.9'],
    });
  });
  it('what was accepted is not in force where its Subnet became too small for it', () => {
    const before = pool('x', ['10.0.5.9']);
    expect(judge([before], [before])).toEqual({ told: ['x: IPPOOL_OUTSIDE_SUBNET'], inForce: [] });
  });
});
