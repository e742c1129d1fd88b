import type { IP } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { readSubnet, type SubnetInput } from '../../inputs/subnet.ts';
import { movesAddresses, strandedProblems } from './stranded.ts';

function subnet(cidrBlock: string, gateway?: string): SubnetInput {
  const spec = { cidrBlock, ...(gateway === undefined ? {} : { gateway }) };
  const reading = readSubnet({ metadata: { name: 's' }, spec }, { clusterRouter: 'v', defaultSubnet: 'd', joinSubnet: 'j' });
  if (!reading.ok) throw new Error('bad example');
  return reading.input;
}
const ip = (name: string, v4IpAddress: string, v6IpAddress = ''): IP => ({
  metadata: { name },
  spec: { subnet: 's', v4IpAddress, v6IpAddress },
});
const used = [ip('a.shop', '10.0.0.9', 'fd00::9'), ip('b.shop', '10.0.0.70', 'fd00::70')];
const before = subnet('10.0.0.0/25,fd00::/64');

describe('an edit of a Subnet in use', () => {
  it('growth, and other exclusions, strand nobody', () => {
    expect(strandedProblems(subnet('10.0.0.0/24,fd00::/64'), used)).toEqual([]);
    expect(movesAddresses(before, before)).toBe(false);
    expect(movesAddresses(subnet('10.0.0.0/24,fd00::/64'), before)).toBe(true);
  });
  it.each<[string, SubnetInput, RegExp]>([
    [
      'a smaller block',
      subnet('10.0.0.0/26,fd00::/64'),
      /spec\.cidrBlock "10\.0\.0\.0\/26,fd00::\/64" does not hold 10\.0\.0\.70 of b\.shop; choose others/,
    ],
    ['one family less', subnet('10.0.0.0/25'), /does not hold fd00::70 of b\.shop, fd00::9 of a\.shop;/],
    [
      'an address in use as gateway',
      subnet('10.0.0.0/25,fd00::/64', '10.0.0.9'),
      /spec\.gateway "10\.0\.0\.9,.*" is in use: 10\.0\.0\.9 of a\.shop;/,
    ],
  ])('%s is refused with the names of who is in the way', (_name, edited, message) => {
    expect(
      strandedProblems(edited, used)
        .map((problem) => problem.message)
        .join(),
    ).toMatch(message);
  });
});
