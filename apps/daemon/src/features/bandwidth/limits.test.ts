import type { KubeObject, Pod } from '@kube-ovn/api';
import { describe, expect, test } from 'vitest';
import type { Attachment } from '../attachment/record.ts';
import { attachmentLimits, nodeLimits } from './limits.formula.ts';
import { tell, type Outcome } from './outcome.formula.ts';

const attachment: Attachment = {
  containerId: 'c1',
  ifName: 'eth0',
  network: 'kube-ovn',
  namespace: 'shop',
  pod: 'web',
  podUid: 'u1',
  netns: '/run/netns/web',
  provider: 'ovn',
  port: 'web.shop',
  hostLink: 'c1_h',
  mac: '00:00:00:00:00:01',
  answer: { ips: [] },
};
const ready = { allocated: 'true', ip_address: '10.16.0.2', mac_address: '00:00:00:00:00:01', cidr: '10.16.0.0/16', logical_switch: 's' };
const keyed = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`ovn.kubernetes.io/${key}`, value]));
const pod = (values: Readonly<Record<string, string>>, uid = 'u1'): Pod => ({
  metadata: { name: 'web', namespace: 'shop', uid, annotations: keyed({ ...ready, ...values }) },
});
const named = (name: string, values: Readonly<Record<string, string>>): KubeObject => ({ metadata: { name, annotations: keyed(values) } });
const limits = (of: Pod | undefined, defaults: { readonly namespace?: KubeObject; readonly subnet?: KubeObject } = {}) =>
  attachmentLimits(attachment, {
    pod: of,
    namespace: (name) => (name === 'shop' ? defaults.namespace : undefined),
    subnet: (name) => (name === 's' ? defaults.subnet : undefined),
    findPolicy: () => undefined,
  });
const told = (of: Pod, outcomes: { readonly ingress: Outcome; readonly egress: Outcome }) => {
  const found = limits(of);
  if (found === undefined) throw new Error('bad example');
  return tell(found, outcomes);
};

describe('attachmentLimits', () => {
  test('towards the pod at the node, from the pod inside of it', () => {
    const found = limits(pod({ ingress_rate: '10' }), {
      namespace: named('shop', { egress_rate: '5' }),
      subnet: named('s', { latency: '7' }),
    });
    expect(found?.ingress).toMatchObject({ netns: undefined, link: 'c1_h', isOurs: true, mbit: 10, isKept: false });
    expect(found?.ingress.shape).toMatchObject({ rateBits: 10_000_000, disturbance: { latencyMs: 7 } });
    expect(found?.egress).toMatchObject({ netns: '/run/netns/web', link: 'eth0', isOurs: false, mbit: 5 });
    expect(found?.egress.shape).toMatchObject({ rateBits: 5_000_000, disturbance: undefined });
  });

  test.each([
    ['a pod that is not known', undefined],
    ['a successor of the same name', pod({ ingress_rate: '10' }, 'u2')],
  ])('%s says nothing', (_name, of) => {
    expect(limits(of)).toBeUndefined();
  });

  test('a mark is not the node’s to read', () => {
    expect(limits(pod({ dscp: 'x' }))?.problems).toEqual([]);
  });
});

describe('nodeLimits', () => {
  test('ovn0 is limited as it sends, and as it receives by a link of its own', () => {
    const found = nodeLimits(named('node1', { ingress_rate: '20', egress_rate: 'fast' }));
    expect(found.ingress).toMatchObject({ link: 'ovn0-in', redirectedFrom: 'ovn0', mbit: 20, isKept: false });
    expect(found.egress).toMatchObject({ link: 'ovn0', shape: undefined, isKept: true });
    expect(found.problems.map(({ value }) => value)).toEqual(['fast']);
  });
});

describe('tell', () => {
  const none: Outcome = { state: 'none' };
  const inForce: Outcome = { state: 'in force' };

  test('what limits, and by what means', () => {
    expect(told(pod({ ingress_rate: '10', egress_rate: '5' }), { ingress: inForce, egress: inForce })).toEqual({
      text: "ingress 10 Mbit/s by tbf on the node's end; egress 5 Mbit/s by tbf on eth0 in the pod",
      warnings: [],
    });
    expect(told(pod({}), { ingress: none, egress: none })).toEqual({ text: undefined, warnings: [] });
  });

  test('a limit that is refused is told with pod, field, value and reason', () => {
    const { text, warnings } = told(pod({ egress_rate: '5' }), { ingress: none, egress: { state: 'refused', reason: 'no tbf; load it' } });
    expect(text).toBe('egress NOT LIMITED: no tbf; load it');
    expect(warnings).toEqual(['Pod shop/web: ovn egress of 5 Mbit/s is not in force: no tbf; load it']);
  });

  test('a delay that is refused leaves the rate in force', () => {
    const refused: Outcome = { state: 'in force', disturbance: { isRefused: true, reason: 'no netem; load it' } };
    const { text, warnings } = told(pod({ ingress_rate: '10', latency: '30' }), { ingress: refused, egress: none });
    expect(text).toBe("ingress 10 Mbit/s by tbf on the node's end; ingress delay and loss NOT IN FORCE");
    expect(warnings).toEqual(['Pod shop/web: ovn ingress latency 30, jitter 0, loss 0, limit 0 is not in force: no netem; load it']);
  });

  test('what can not be read, and what stays meanwhile', () => {
    const { text, warnings } = told(pod({ ingress_rate: 'fast' }), { ingress: { state: 'kept', mbit: 10 }, egress: none });
    expect(text).toBe("ingress 10 Mbit/s as before, by tbf on the node's end");
    expect(warnings).toEqual([expect.stringMatching(/^Pod shop\/web: .*ingress_rate\] is "fast": .*; the limit in force stays$/)]);
  });
});
