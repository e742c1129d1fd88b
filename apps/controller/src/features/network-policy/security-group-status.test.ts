import type { SecurityGroup } from '@kube-ovn/api';
import { readSecurityGroup } from '@kube-ovn/policy';
import { describe, expect, it } from 'vitest';
import { securityGroupStatus } from './security-group-status.formula.ts';

const good = {
  ipVersion: 'ipv4',
  protocol: 'all',
  priority: 1,
  remoteType: 'address',
  remoteAddress: '10.0.0.0/8',
  policy: 'allow',
} as const;
const bad = { ...good, remoteAddress: '10.0.0.300' };
const group = (spec: SecurityGroup['spec']): SecurityGroup => ({
  apiVersion: 'kubeovn.io/v1',
  kind: 'SecurityGroup',
  metadata: { name: 'web', generation: 3 },
  spec,
});
const statusOf = (spec: SecurityGroup['spec']) => securityGroupStatus(group(spec), readSecurityGroup(group(spec)).problems);

describe('status of a SecurityGroup', () => {
  it('is valid for this very generation when all rules are in force', () => {
    expect(statusOf({ allowSameGroupTraffic: true, ingressRules: [good], egressRules: [good] })).toEqual({
      conditions: [{ type: 'Validated', status: 'True', reason: 'ValidateSecurityGroupSuccess', message: '', observedGeneration: 3 }],
      allowSameGroupTraffic: true,
      ingressLastSyncSuccess: true,
      egressLastSyncSuccess: true,
    });
  });

  it('names group, field, value and way out of what is not, and the direction that it is missing from', () => {
    const status = statusOf({ ingressRules: [good], egressRules: [good, bad] });
    expect(status).toMatchObject({ ingressLastSyncSuccess: true, egressLastSyncSuccess: false });
    expect(status.conditions).toMatchObject([{ type: 'Validated', status: 'False', reason: 'ValidateSecurityGroupFailed' }]);
    expect(status.conditions?.[0]?.message).toBe(
      'SecurityGroup web: spec.egressRules[1].remoteAddress is "10.0.0.300": write an address or a block of IPv4',
    );
  });

  it('counts what is wrong with the whole group in both directions', () => {
    expect(statusOf({ tier: 2, ingressRules: [good] })).toMatchObject({ ingressLastSyncSuccess: false, egressLastSyncSuccess: false });
  });
});
