import { readAdminNetworkPolicy, readClusterNetworkPolicy } from '@kube-ovn/policy';
import { describe, expect, it } from 'vitest';
import { policyStatus } from './policy-status.formula.ts';

const subject = { namespaces: {} };

describe('status of a policy of administrators', () => {
  it('is valid for this very generation when all rules are in force', () => {
    const { problems } = readAdminNetworkPolicy({ metadata: { name: 'good' }, spec: { priority: 5, subject } });
    expect(policyStatus(4, problems)).toEqual({
      conditions: [{ type: 'Validated', status: 'True', reason: 'ValidatePolicySuccess', message: '', observedGeneration: 4 }],
    });
  });

  it('names object, field, value and way out of what is not', () => {
    const egress = [{ action: 'Deny', to: [{ networks: ['10.0.0.0/33'] }] }];
    const { problems } = readClusterNetworkPolicy({ metadata: { name: 'bad' }, spec: { tier: 'Admin', priority: 5, subject, egress } });
    const [condition] = policyStatus(1, problems).conditions;
    expect(condition).toMatchObject({ type: 'Validated', status: 'False', reason: 'ValidatePolicyFailed' });
    expect(condition?.message).toContain('ClusterNetworkPolicy bad: spec.egress[0].to[0].networks[0] is "10.0.0.0/33"');
  });
});
