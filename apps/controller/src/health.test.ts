import { expect, it } from 'vitest';
import { type HealthFacts, readiness } from './health.ts';

const good: HealthFacts = {
  isSynced: true,
  behind: [],
  isNorthboundLive: true,
  isLeader: true,
  oldestPendingMs: 10,
  isBrakeEngaged: false,
};

it.each<[string, Partial<HealthFacts>, RegExp | undefined]>([
  ['all is well', {}, undefined],
  ['caches are not synced', { isSynced: false, behind: ['pods'] }, /not synced/],
  ['a watch is cut', { behind: ['pods', 'nodes'] }, /pods, nodes/],
  ['the database is connected but not live', { isNorthboundLive: false }, /Northbound is not live/],
  ['a leader’s change is stuck', { oldestPendingMs: 31_000 }, /31 s/],
  ['a standby has nothing to write', { isLeader: false, oldestPendingMs: 31_000 }, undefined],
  ['the brake is engaged', { isBrakeEngaged: true }, /brake/],
])('readiness: %s', (_name, facts, reason) => {
  const { ok, reasons } = readiness({ ...good, ...facts });
  expect(ok).toBe(reason === undefined);
  expect(reasons.join()).toMatch(reason ?? /^$/);
});
