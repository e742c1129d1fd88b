import { describe, expect, it } from 'vitest';
import type { SwitchLBRule } from '../crds/lb-rules.ts';
import { readSwitchLbRule } from './switch-lb-rule.ts';

const rule = (spec: SwitchLBRule['spec'], annotations: Readonly<Record<string, string>> = {}): SwitchLBRule => ({
  apiVersion: 'kubeovn.io/v1',
  kind: 'SwitchLBRule',
  metadata: { name: 'front', annotations },
  spec: { vip: '10.16.0.100', namespace: 'shop', selector: ['app:web'], ports: [{ name: 'web', port: 80, targetPort: 8080 }], ...spec },
});

describe('readSwitchLbRule', () => {
  it('is a service at the address, whose backends are chosen by labels', () => {
    const reading = readSwitchLbRule(
      rule({ vip: 'FD00:16:0::64,10.16.0.100', sessionAffinity: 'ClientIP', selector: ['app: web', 'tier:front'] }),
    );
    expect(reading).toMatchObject({
      ok: true,
      value: {
        serviceName: 'slr-front',
        selector: { app: 'web', tier: 'front' },
        ports: [{ name: 'web', protocol: 'tcp', port: 80, targetPort: 8080 }],
        isProbed: true,
        service: {
          key: 'shop/slr-front',
          clusterIps: [
            { family: 4, address: '10.16.0.100' },
            { family: 6, address: 'fd00:16::64' },
          ],
          ports: [{ name: 'web', protocol: 'tcp', port: 80 }],
          stickySeconds: 10_800,
        },
      },
    });
  });

  it('the target port is the port where it is left out, and the namespace the default one', () => {
    const reading = readSwitchLbRule(rule({ namespace: '', ports: [{ port: 53, protocol: 'UDP' }] }));
    expect(reading).toMatchObject({ value: { namespace: 'default', ports: [{ name: '', protocol: 'udp', port: 53, targetPort: 53 }] } });
  });

  it('backends are not probed where an annotation says so', () => {
    expect(readSwitchLbRule(rule({}, { 'ovn.kubernetes.io/service_health_check': 'false' }))).toMatchObject({ value: { isProbed: false } });
  });

  it.each<[string, SwitchLBRule['spec'], string]>([
    ['an address that is none', { vip: '10.16.0.300' }, 'spec.vip is "10.16.0.300"'],
    ['no address', { vip: '' }, 'spec.vip is ""'],
    ['itself as a backend', { endpoints: ['10.16.0.5', '10.16.0.100'] }, 'spec.endpoints[1] is "10.16.0.100": it is the rule’s own vip'],
    ['itself in other words', { vip: 'fd00::64', endpoints: ['FD00:0::64'] }, 'spec.endpoints[0] is "FD00:0::64"'],
    ['a backend with a port', { endpoints: ['10.16.0.5:80'] }, 'spec.endpoints[0] is "10.16.0.5:80"'],
    ['no backends', { selector: [] }, 'spec.selector is ""'],
    ['a selector that is none', { selector: ['web'] }, 'spec.selector[0] is "web"'],
    ['no ports', { ports: [] }, 'spec.ports is ""'],
    ['port 0', { ports: [{ port: 0 }] }, 'spec.ports[0].port is "0"'],
    ['an unknown protocol', { ports: [{ port: 80, protocol: 'ICMP' }] }, 'spec.ports[0].protocol is "ICMP"'],
    ['ports without names', { ports: [{ port: 80 }, { port: 81 }] }, 'spec.ports[0].name is ""'],
    [
      'a port twice',
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      },
      'spec.ports[1] is "tcp 80"',
    ],
    ['an unknown affinity', { sessionAffinity: 'Always' }, 'spec.sessionAffinity is "Always"'],
  ])('%s is refused by name', (_, spec, message) => {
    const reading = readSwitchLbRule(rule(spec));
    const told = reading.ok ? [] : reading.problems.map((each) => each.message);
    expect(told).toContainEqual(expect.stringContaining(`SwitchLBRule front: ${message}`));
  });
});
