import { describe, expect, test } from 'vitest';
import { isConditionTrue, withCondition, withoutCondition } from './conditions.ts';

const ready = { type: 'Ready', status: 'True', reason: 'SubnetReady', message: '' } as const;
const first = '2026-01-01T00:00:00Z';
const later = '2026-01-02T00:00:00Z';

describe('withCondition', () => {
  test('adds the first condition of a type', () => {
    expect(withCondition([], ready, first, 3)).toEqual([
      { ...ready, lastUpdateTime: first, lastTransitionTime: first, observedGeneration: 3 },
    ]);
  });

  test('returns the same list when nothing changed, so that nothing is written', () => {
    const conditions = withCondition([], ready, first, 3);
    expect(withCondition(conditions, ready, later, 3)).toBe(conditions);
  });

  test('the transition time moves with the status alone', () => {
    const conditions = withCondition([], ready, first, 3);
    expect(withCondition(conditions, { ...ready, message: 'new words' }, later, 3)[0]).toMatchObject({
      lastTransitionTime: first,
      lastUpdateTime: later,
    });
    expect(withCondition(conditions, { ...ready, status: 'False' }, later, 3)[0]).toMatchObject({ lastTransitionTime: later });
    expect(withCondition(conditions, ready, later, 4)[0]).toMatchObject({ lastTransitionTime: first, observedGeneration: 4 });
  });

  test('keeps the other conditions, in their order', () => {
    const conditions = withCondition(withCondition([], ready, first, 1), { ...ready, type: 'Validated' }, first, 1);
    const next = withCondition(conditions, { ...ready, status: 'False' }, later, 2);
    expect(next.map(({ type, status }) => `${type}=${status}`)).toEqual(['Ready=False', 'Validated=True']);
    expect(withoutCondition(next, 'Ready').map(({ type }) => type)).toEqual(['Validated']);
    expect(withoutCondition(next, 'Init')).toBe(next);
  });

  test('isConditionTrue: False, Unknown and absent are not true', () => {
    expect(isConditionTrue(withCondition([], ready, first, 1), 'Ready')).toBe(true);
    expect(isConditionTrue([{ type: 'Ready', status: 'Unknown' }], 'Ready')).toBe(false);
    expect(isConditionTrue(undefined, 'Ready')).toBe(false);
  });
});
