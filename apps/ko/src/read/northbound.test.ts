import { expect, it } from 'vitest';
import { readAddresses } from './northbound.ts';

it.each([
  ['02:00:00:00:00:05 10.16.0.5', { mac: '02:00:00:00:00:05', v4: '10.16.0.5' }],
  ['02:00:00:00:00:0A 10.16.0.5 FD00::A', { mac: '02:00:00:00:00:0a', v4: '10.16.0.5', v6: 'fd00::a' }],
  ['02:00:00:00:00:05', { mac: '02:00:00:00:00:05' }],
  ['unknown', {}],
])('readAddresses: %s', (text, expected) => {
  expect(readAddresses(text)).toEqual(expected);
});
