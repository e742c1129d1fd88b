import { expect, it } from 'vitest';
import { createMetrics, type Readings } from './metrics.ts';
import { answers } from './sources/vswitchd-control.ts';

const never = new Promise<never>(() => undefined);

it.each<[string, () => Promise<string>, () => Promise<unknown>, boolean]>([
  ['an answer', async () => 'ovs-vswitchd 3.1.0', () => never, true],
  ['a refusal', () => Promise.reject(new Error('no such file')), () => never, false],
  ['silence', () => never, async () => undefined, false],
])('of ovs-vswitchd: %s', async (_what, asked, pause, expected) => {
  expect(await answers(asked(), pause)).toBe(expected);
});

it('tells which program of Open vSwitch does not answer', async () => {
  const readings: Partial<Readings> = { isDatabaseLive: () => true, doesVswitchdAnswer: async () => false };
  const { registry } = createMetrics('node1', readings as Readings);
  const { values } = (await registry.getSingleMetric('ovs_status')?.get()) ?? { values: [] };
  expect(values.map(({ labels, value }) => [labels['component'], value])).toEqual([
    ['ovsdb-server', 1],
    ['ovs-vswitchd', 0],
  ]);
});
