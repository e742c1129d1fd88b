import type { Event } from '@kube-ovn/api';
import { describe, expect, it } from 'vitest';
import { networkEvents, printEvents } from './events.ts';

const event = (name: string, more: Partial<Event>): Event => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'shop' },
  source: { component: 'kube-ovn-controller' },
  involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web' },
  type: 'Warning',
  reason: 'AcquireAddressFailed',
  message: 'no address',
  lastTimestamp: '2026-01-01T00:00:05Z',
  ...more,
});
const ALL = { warningsOnly: false, about: undefined };

describe('networkEvents', () => {
  it('those of the network, oldest first; nobody else’s', () => {
    const events = [
      event('late', { lastTimestamp: '2026-01-01T00:00:09Z', source: { component: 'kube-ovn-daemon', host: 'n1' }, count: 3 }),
      event('foreign', { source: { component: 'kubelet' } }),
      event('early', {}),
    ];
    expect(networkEvents(events, ALL).map(({ at, from, times }) => [at, from, times])).toEqual([
      ['2026-01-01T00:00:05Z', 'kube-ovn-controller', 1],
      ['2026-01-01T00:00:09Z', 'kube-ovn-daemon n1', 3],
    ]);
  });

  it('warnings alone, and those about an object', () => {
    const subnet = event('s', { type: 'Normal', involvedObject: { kind: 'Subnet', name: 'blue' } });
    expect(networkEvents([event('a', {}), subnet], { ...ALL, warningsOnly: true }).map(({ object }) => object)).toEqual(['Pod/shop/web']);
    expect(networkEvents([event('a', {}), subnet], { ...ALL, about: 'subnet/BLUE' }).map(({ object }) => object)).toEqual(['Subnet/blue']);
  });

  it('one of another reporter’s form is read as well', () => {
    const { source: _source, lastTimestamp: _last, ...rest } = event('new', { reportingComponent: 'kube-ovn-speaker' });
    const [found] = networkEvents([{ ...rest, firstTimestamp: '2026-01-01T00:00:01Z' }], ALL);
    expect(found).toMatchObject({ from: 'kube-ovn-speaker', at: '2026-01-01T00:00:01Z' });
  });
});

describe('printEvents', () => {
  it('a line each', () => {
    expect(printEvents(networkEvents([event('a', { count: 2 })], ALL))).toBe(
      '2026-01-01T00:00:05Z  Warning  Pod/shop/web: AcquireAddressFailed: no address (2 times)  [kube-ovn-controller]',
    );
    expect(printEvents([])).toBe('no events');
  });
});
