import { expect, test } from 'vitest';
import { isBefore } from './vswitchd-version.ts';

test.for([
  ['ovs-vswitchd (Open vSwitch) 2.17.9', true],
  ['ovs-vswitchd (Open vSwitch) 3.1.0', true],
  ['ovs-vswitchd (Open vSwitch) 3.1.1', true],
  ['ovs-vswitchd (Open vSwitch) 3.1.2', false],
  ['ovs-vswitchd (Open vSwitch) 3.5.0', false],
  ['ovs-vswitchd (Open vSwitch) 4.0.0', false],
  ['something else', true],
] as const)('%s', ([version, expected]) => {
  expect(isBefore(version, [3, 1, 2])).toBe(expected);
});
