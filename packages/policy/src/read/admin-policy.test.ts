import { describe, expect, it } from 'vitest';
import { readAdminNetworkPolicy, readBaselineAdminNetworkPolicy, readClusterNetworkPolicy } from './admin-policy.ts';

const metadata = { name: 'p' };
const subject = { namespaces: {} };
const everyone = { namespaces: { kind: 'labels', selector: { requirements: [] } }, pods: { requirements: [] } };

describe('admin policies', () => {
  it('v1alpha1: tier, priority, rules with their names, and all kinds of ports', () => {
    const ports = [{ portNumber: { protocol: 'UDP', port: 53 } }, { portRange: { start: 1, end: 9 } }, { namedPort: 'http' }];
    const { value, problems } = readAdminNetworkPolicy({
      metadata,
      spec: { priority: 7, subject, ingress: [{ name: 'dns', action: 'Pass', from: [{ namespaces: {} }], ports }] },
    });
    expect(problems).toEqual([]);
    expect(value).toMatchObject({ kind: 'AdminNetworkPolicy', tier: 'admin', priority: 7, subject: everyone, isolates: [], egress: [] });
    expect(value.ingress).toEqual([
      {
        name: 'dns',
        action: 'pass',
        peers: [{ kind: 'pods', set: everyone }],
        ports: [
          { kind: 'range', protocol: 'UDP', first: 53, last: 53 },
          { kind: 'range', protocol: 'TCP', first: 1, last: 9 },
          { kind: 'name', name: 'http' },
        ],
      },
    ]);
  });

  it('v1alpha2: both tiers, protocols without ports', () => {
    const spec = {
      priority: 1,
      subject,
      egress: [{ action: 'Accept', to: [{ nodes: {} }, { networks: ['0.0.0.0/0'] }], protocols: [{ tcp: {} }] }],
    };
    const read = (tier: string) => readClusterNetworkPolicy({ metadata, spec: { ...spec, tier } }).value;
    expect([read('Admin').tier, read('Baseline').tier]).toEqual(['admin', 'baseline']);
    expect(read('Admin').egress).toEqual([
      {
        action: 'allow',
        peers: [
          { kind: 'nodes', selector: { requirements: [] } },
          { kind: 'block', cidr: '0.0.0.0/0', except: [] },
        ],
        ports: [{ kind: 'protocol', protocol: 'TCP' }],
      },
    ]);
  });

  it('the baseline is judged after everything', () => {
    const { value, problems } = readBaselineAdminNetworkPolicy({ metadata, spec: { subject } });
    expect(value).toMatchObject({ tier: 'baseline', priority: 1001 });
    expect(problems).toEqual([]);
  });

  it.each([
    ['Allow', { action: 'allow', peers: [] }],
    ['Deny', { action: 'deny', peers: 'any', ports: 'any' }],
    ['Pass', { action: 'deny', peers: 'any', ports: 'any' }],
    ['Perhaps', { action: 'deny', peers: 'any', ports: 'any' }],
  ])('a rule that can not be read fails closed: %s', (action, rule) => {
    const { value, problems } = readAdminNetworkPolicy({ metadata, spec: { priority: 1, subject, ingress: [{ action, from: [{}] }] } });
    expect(value.ingress[0]).toMatchObject(rule);
    expect(problems.map(({ field }) => field)).toContain('spec.ingress[0].from[0]');
  });

  it('domain names match nothing, and are no reason to close', () => {
    const egress = [{ action: 'Deny', to: [{ domainNames: ['*.example.org'] }] }];
    const { value, problems } = readAdminNetworkPolicy({ metadata, spec: { priority: 1, subject, egress } });
    expect(value.egress[0]).toEqual({ action: 'deny', peers: [], ports: 'any' });
    expect(problems.map(({ code }) => code)).toEqual(['POLICY_UNSUPPORTED']);
  });

  it.each([[undefined], [-1], [1001], [1.5]])('priority %j is none', (priority) => {
    const spec = { subject, ...(priority === undefined ? {} : { priority }) };
    const { value, problems } = readAdminNetworkPolicy({ metadata, spec });
    expect(value.priority).toBe(1000);
    expect(problems.map(({ field }) => field)).toEqual(['spec.priority']);
  });

  it('a subject that names nobody selects nobody', () => {
    const { value, problems } = readAdminNetworkPolicy({ metadata, spec: { priority: 1, subject: {} } });
    expect(value.subject.pods.requirements.map(({ operator }) => operator)).toEqual(['DoesNotExist', 'Exists']);
    expect(problems.map(({ field }) => field)).toEqual(['spec.subject']);
  });
});
