import { sourceTable } from '@kube-ovn/dataflow';
import type { Pod } from '@kube-ovn/api';
import { describe, expect, test } from 'vitest';
import { attachmentFragment } from '../attachment/attachment.formula.ts';
import { printAttachment, readAttachment, type Attachment } from '../attachment/record.ts';
import { attachmentLimits } from './limits.formula.ts';
import { tell } from './outcome.formula.ts';
import { lookAtPolicers, notePolicers, type PolicedSwitch } from './police.ts';
import { isPolicing, policerOf, readPolicers, type Policers } from './policer.formula.ts';

const attachment: Attachment = {
  containerId: 'c1',
  ifName: 'net1',
  network: 'dpdk',
  namespace: 'shop',
  pod: 'web',
  podUid: 'u1',
  netns: '/run/netns/web',
  provider: 'ovn',
  port: 'web.shop',
  hostLink: 'c1_h',
  mac: '00:00:00:00:00:01',
  vhostUser: { volume: 'v', source: '/k/v', directory: '/s/u1/v', path: '/s/u1/v/sock' },
  answer: { ips: [], mtu: 1400 },
};
const ready = { allocated: 'true', ip_address: '10.16.0.2', mac_address: '00:00:00:00:00:01', cidr: '10.16.0.0/16', logical_switch: 's' };
const limits = (values: Readonly<Record<string, string>>) => {
  const annotations = Object.fromEntries(
    Object.entries({ ...ready, ...values }).map(([key, value]) => [`ovn.kubernetes.io/${key}`, value]),
  );
  const pod: Pod = { metadata: { name: 'web', namespace: 'shop', uid: 'u1', annotations } };
  const found = attachmentLimits(attachment, { pod, namespace: () => undefined, subnet: () => undefined, findPolicy: () => undefined });
  if (found === undefined) throw new Error('bad example');
  return found;
};
const rowsOf = (policers: Policers) =>
  Object.fromEntries(attachmentFragment(attachment, policers).rows.map((row) => [row.table, row.columns]));

describe('rows of an interface over vhost-user', () => {
  test('a port by its socket, without a discipline of the kernel', () => {
    expect(rowsOf({})).toMatchObject({
      Port: { qos: undefined },
      Interface: {
        type: 'dpdkvhostuserclient',
        options: { 'vhost-server-path': '/s/u1/v/sock' },
        mtu_request: 1400,
        ingress_policing_rate: 0,
        external_ids: { 'iface-id': 'web.shop' },
      },
    });
  });

  test('what the pod receives the switch polices as it sends, what the pod sends as it arrives', () => {
    const rows = rowsOf({ ingress: policerOf({ mbit: 10 }), egress: policerOf({ mbit: 0.5, burstMbit: 2 }) });
    expect(rows).toMatchObject({
      QoS: { type: 'egress-policer', other_config: { cir: '1250000', cbs: '250000' } },
      Interface: { ingress_policing_rate: 500, ingress_policing_burst: 2000 },
    });
  });

  test('are read back as they were written', () => {
    const policers = { ingress: policerOf({ mbit: 12.5 }), egress: policerOf({ mbit: 7 }) };
    const { QoS: qos, Interface: row } = rowsOf(policers) as never as Record<string, Record<string, unknown>>;
    const otherConfig = new Map(Object.entries(qos?.['other_config'] as Record<string, string>));
    expect(readPolicers(row as never, { type: 'egress-policer', other_config: otherConfig })).toEqual(policers);
    const externalIds = new Map(Object.entries(printAttachment(attachment)));
    expect(readAttachment({ name: 'c1_h', external_ids: externalIds })).toEqual(attachment);
  });
});

describe('limits of an interface over vhost-user', () => {
  const shows = (text: string): PolicedSwitch => ({
    policers: sourceTable<Policers>('policers'),
    applied: () => Promise.resolve(),
    showQos: () => Promise.resolve(text),
  });
  const look = async (values: Readonly<Record<string, string>>, on: PolicedSwitch) => {
    const wanted = limits(values);
    notePolicers(on, 'k', wanted);
    const outcomes = await lookAtPolicers(on, 'k', wanted);
    if (outcomes === undefined) throw new Error('the attachment is gone');
    return tell(wanted, outcomes);
  };

  test('what limits is told by the name of the means', async () => {
    const told = await look({ ingress_rate: '10', egress_rate: '5' }, shows('QoS: c1_h egress-policer\ncir: 1250000\ncbs: 250000\n'));
    expect(told).toEqual({
      text: 'ingress 10 Mbit/s by egress-policer on port c1_h; egress 5 Mbit/s by ingress_policing_rate on port c1_h',
      warnings: [],
    });
    expect((await look({}, shows('QoS not configured on c1_h\n'))).text).toBeUndefined();
  });

  test('a rate that ovs-vswitchd does not go by is told to be none', async () => {
    const told = await look({ ingress_rate: '10' }, shows('QoS not configured on c1_h\n'));
    expect(told.text).toContain('ingress NOT LIMITED: ovs-vswitchd shows another QoS of port c1_h: QoS not configured on c1_h');
    expect(told.warnings).toHaveLength(1);
  });

  test('delay is refused with the reason, and the rate beside it holds', async () => {
    const told = await look({ ingress_rate: '10', latency: '7' }, shows('cir: 1250000\n'));
    expect(told.text).toBe('ingress 10 Mbit/s by egress-policer on port c1_h; ingress delay and loss NOT IN FORCE');
    expect(told.warnings[0]).toContain('latency 7');
  });

  test('what can not be read leaves what the rows say, of an earlier daemon too', async () => {
    const on = shows('cir: 1250000\n');
    on.policers.set('k', { ingress: policerOf({ mbit: 10 }) });
    expect((await look({ ingress_rate: 'fast' }, on)).text).toBe('ingress 10 Mbit/s as before, by egress-policer on port c1_h');
    expect(on.policers.peek('k')?.ingress?.mbit).toBe(10);
  });

  test.each([
    ['cir: 1250000\n', { mbit: 10, burstBytes: 1 }, true],
    ['cir: 1250000\n', undefined, false],
    ['QoS not configured\n', undefined, true],
    ['cir: 12500001\n', { mbit: 10, burstBytes: 1 }, false],
  ])('%j is what %j looks like: %s', (shown, policer, isSo) => {
    expect(isPolicing(shown, policer)).toBe(isSo);
  });
});
