import { FINALIZER, OLD_FINALIZER, type Subnet, type SubnetSpec } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { blockOf, readSubnet } from './subnet.ts';

const defaults = { clusterRouter: 'ovn-cluster', defaultSubnet: 'ovn-default', joinSubnet: 'join' };
const subnet = (spec: SubnetSpec, name = 'net'): Subnet => ({ metadata: { name, generation: 3 }, spec });
const read = (spec: SubnetSpec, name?: string) => readSubnet(subnet(spec, name), defaults);

describe('readSubnet: what is written back', () => {
  it.each<[string, SubnetSpec, SubnetSpec]>([
    [
      'host bits are masked, the gateway is the first address',
      { cidrBlock: '10.1.2.3/24' },
      { cidrBlock: '10.1.2.0/24', gateway: '10.1.2.1', protocol: 'IPv4', excludeIps: ['10.1.2.1'] },
    ],
    [
      'both families, IPv4 first',
      { cidrBlock: 'fd00::1/64,10.1.0.0/16' },
      { cidrBlock: '10.1.0.0/16,fd00::/64', gateway: '10.1.0.1,fd00::1', protocol: 'Dual' },
    ],
    ['a gateway of one family is completed', { cidrBlock: '10.1.0.0/16,fd00::/64', gateway: 'fd00::99' }, { gateway: '10.1.0.1,fd00::99' }],
    [
      'exclusions are merged and sorted, with the gateway',
      { cidrBlock: '10.1.0.0/24', excludeIps: ['10.1.0.9', '10.1.0.2..10.1.0.8'] },
      { excludeIps: ['10.1.0.1..10.1.0.9'] },
    ],
    ['IPv6 text is canonical', { cidrBlock: 'FD00:0::/64' }, { cidrBlock: 'fd00::/64', protocol: 'IPv6' }],
    ['defaults', { cidrBlock: '10.1.0.0/24' }, { provider: 'ovn', vpc: 'ovn-cluster', gatewayType: 'distributed', default: false }],
    ['default belongs to one Subnet alone', { cidrBlock: '10.1.0.0/24', default: true }, { default: false }],
  ])('%s', (_name, spec, wanted) => {
    const reading = read(spec);
    const written = reading.ok ? reading.spec : {};
    expect(written).toMatchObject(wanted);
    expect(read({ ...spec, ...written })).toMatchObject({ ok: true, spec: written }); // written back, it reads the same
  });

  it.each<[readonly string[] | undefined, boolean]>([
    [undefined, false],
    [[OLD_FINALIZER, 'example.com/mine'], false],
    [['example.com/mine', FINALIZER], true],
  ])('with finalizers %j it is kept: %s', (finalizers, isKept) => {
    const { metadata, spec } = subnet({ cidrBlock: '10.1.0.0/24' });
    const reading = readSubnet({ metadata: { ...metadata, ...(finalizers === undefined ? {} : { finalizers }) }, spec }, defaults);
    expect(reading).toMatchObject({ ok: true, input: { isKept } });
  });

  it('the default Subnet is marked, addresses for another plugin have no Vpc', () => {
    expect(read({ cidrBlock: '10.1.0.0/24' }, 'ovn-default')).toMatchObject({ ok: true, spec: { default: true } });
    const lent = read({ cidrBlock: '10.1.0.0/24', provider: 'macvlan.default' });
    expect(lent).toMatchObject({ ok: true, input: { isOvn: false, vpc: '' } });
    expect(lent.ok && 'vpc' in lent.spec).toBe(false);
  });
});

describe('readSubnet: problems name object, field, value and way out', () => {
  it.each<[string, SubnetSpec, string, string]>([
    ['SUBNET_BAD_CIDR', {}, 'spec.cidrBlock', ''],
    ['SUBNET_BAD_CIDR', { cidrBlock: '10.0.0.0' }, 'spec.cidrBlock', '10.0.0.0'],
    ['SUBNET_BAD_CIDR', { cidrBlock: '10.0.0.0/8,11.0.0.0/8' }, 'spec.cidrBlock', '10.0.0.0/8,11.0.0.0/8'],
    ['SUBNET_BAD_CIDR', { cidrBlock: '224.0.0.0/24' }, 'spec.cidrBlock', '224.0.0.0/24'],
    ['SUBNET_BAD_GATEWAY', { cidrBlock: '10.1.0.0/24', gateway: '10.1.0.255' }, 'spec.gateway', '10.1.0.255'],
    ['SUBNET_BAD_GATEWAY', { cidrBlock: '10.1.0.0/24', gateway: 'x' }, 'spec.gateway', 'x'],
    ['SUBNET_BAD_EXCLUDE_IPS', { cidrBlock: '10.1.0.0/24', excludeIps: ['10.1.0.2-10.1.0.4'] }, 'spec.excludeIps', '10.1.0.2-10.1.0.4'],
    [
      'SUBNET_BAD_FIELD',
      { cidrBlock: '10.1.0.0/24', private: true, allowSubnets: ['10.2.0.0/16', '10.300.0.0/16'] },
      'spec.allowSubnets[1]',
      '10.300.0.0/16',
    ],
    ['SUBNET_BAD_FIELD', { cidrBlock: 'fd00::/64', mtu: 1279 }, 'spec.mtu', '1279'],
    [
      'SUBNET_BAD_FIELD',
      { cidrBlock: '10.1.0.0/24', natOutgoing: true, externalEgressGateway: '192.0.2.1' },
      'spec.externalEgressGateway',
      '192.0.2.1',
    ],
    [
      'SUBNET_BAD_FIELD',
      { cidrBlock: '10.1.0.0/24', externalEgressGateway: '192.0.2.1', policyRoutingTableID: 1000 },
      'spec.policyRoutingPriority',
      '0',
    ],
    [
      'SUBNET_BAD_FIELD',
      {
        cidrBlock: '10.1.0.0/24',
        natOutgoing: true,
        natOutgoingPolicyRules: [{ action: 'nat' }, { match: { srcIPs: 'x' }, action: 'nat' }],
      },
      'spec.natOutgoingPolicyRules[1].match.srcIPs',
      'x',
    ],
    ['SUBNET_BAD_FIELD', { cidrBlock: '10.1.0.0/24', vpc: 'net' }, 'metadata.name', 'net'],
  ])('%s in %j', (code, spec, field, value) => {
    const reading = read(spec);
    const problems = reading.ok ? [] : reading.problems;
    expect(problems).toContainEqual(expect.objectContaining({ code, object: 'Subnet net', field, value }));
    for (const problem of problems) expect(problem.message).toContain(problem.hint);
  });

  it('reports all of them at once', () => {
    const reading = read({ cidrBlock: '10.1.0.0/24', gateway: '10.2.0.1', excludeIps: ['x'], gatewayType: 'centralized' });
    expect(reading).toMatchObject({
      ok: false,
      problems: [{ field: 'spec.gateway' }, { field: 'spec.excludeIps' }, { field: 'spec.gatewayNode' }],
    });
  });

  it('cuts a value of any length', () => {
    const reading = read({ cidrBlock: 'x'.repeat(100_000) });
    expect(JSON.stringify(reading).length).toBeLessThan(2000);
  });
});

describe('readSubnet: the rest', () => {
  it('is accepted when Validated speaks of this generation', () => {
    const condition = { type: 'Validated', status: 'True' as const, observedGeneration: 3 };
    const accepted = readSubnet({ ...subnet({ cidrBlock: '10.1.0.0/24' }), status: { conditions: [condition] } }, defaults);
    const edited = readSubnet(
      { ...subnet({ cidrBlock: '10.1.0.0/24' }), status: { conditions: [{ ...condition, observedGeneration: 2 }] } },
      defaults,
    );
    expect([accepted.ok && accepted.input.isAccepted, edited.ok && edited.input.isAccepted]).toEqual([true, false]);
  });

  it('blockOf: the block of a family', () => {
    const reading = read({ cidrBlock: '10.1.0.0/16,fd00::/64' });
    expect(reading.ok && [blockOf(reading.input, 6)?.cidr, blockOf(reading.input, 4)?.gateway]).toEqual(['fd00::/64', '10.1.0.1']);
  });
});
