import { describe, expect, it } from 'vitest';
import { expectationsOf, judge, type Asker, type Endpoint, type Observation } from './checks.ts';
import { renderFailures, renderMatrix, renderSummary } from './render.ts';

const ports = { http: 8080, udp: 8081 };
const asker: Asker = { name: 'shop/a', addresses: ['10.0.0.2', 'fd00::2'], ports, node: 'node1', kind: 'pod', hostname: 'a', netns: '/x' };
const others: readonly Endpoint[] = [
  { name: 'shop/b', addresses: ['10.0.0.3'], ports, node: 'node1', kind: 'pod', hostname: 'b' },
  { name: 'pay/c', addresses: ['10.1.0.2', 'fd00::3'], ports, node: 'node2', kind: 'pod', hostname: 'c' },
  { name: 'node2', addresses: ['10.254.0.2'], ports, node: 'node2', kind: 'node', hostname: 'node2' },
  { name: 'outside', addresses: ['203.0.113.10'], ports, node: undefined, kind: 'outside', hostname: 'out' },
];
const nodes = new Map([['node1', ['10.254.0.1', 'fd00:10:254::1']]]);
const expectations = expectationsOf(asker, [asker, ...others], nodes);

describe('expectationsOf', () => {
  it('asks everybody but itself, by every protocol and every address of a family it has', () => {
    expect(expectations).toHaveLength(3 * 5);
    expect(expectations.some(({ to }) => to === 'shop/a')).toBe(false);
    expect(expectationsOf({ ...asker, addresses: ['fd00::2'] }, others, nodes)).toHaveLength(3);
  });

  it('knows how the two stand to each other', () => {
    expect(new Map(expectations.map(({ to, relation }) => [to, relation]))).toEqual(
      new Map([
        ['shop/b', 'same node'],
        ['pay/c', 'other node'],
        ['node2', 'node'],
        ['outside', 'outside'],
      ]),
    );
  });

  it("wants the outside to see the node's address", () => {
    const outside = expectations.find(({ relation, check }) => relation === 'outside' && check.protocol === 'tcp');
    expect(outside).toMatchObject({ answer: '10.254.0.1', check: { ask: 'clientip', port: 8080 } });
  });
});

describe('judge', () => {
  const answers = (change: (observation: Observation) => Observation = (observation) => observation): readonly Observation[] =>
    expectations.map(({ check, answer, relation }) =>
      change({ id: check.id, ok: true, ms: 1, answer: relation === 'outside' ? `${answer}:40000` : (answer ?? '') }),
    );

  it('all answers as expected', () => expect(judge(expectations, answers()).every(({ isAsExpected }) => isAsExpected)).toBe(true));

  it('the answer of somebody else is not as expected', () => {
    const verdicts = judge(
      expectations,
      answers((observation) => (observation.id === 'shop/a tcp 10.0.0.3' ? { ...observation, ok: true, ms: 1, answer: 'x' } : observation)),
    );
    expect(verdicts.filter(({ isAsExpected }) => !isAsExpected).map(({ observed }) => observed)).toEqual(['answer "x" instead of "b"']);
  });

  it('no answer, and no measurement, are not as expected', () => {
    expect(
      judge(
        expectations,
        answers().map(({ id }) => ({ id, ok: false, error: 'no answer' })),
      ).some(({ isAsExpected }) => isAsExpected),
    ).toBe(false);
    expect(judge(expectations, []).map(({ observed }) => observed)).toContain('not measured');
  });

  it('renders what was seen', () => {
    const verdicts = judge(
      expectations,
      answers((observation) =>
        observation.id === 'shop/a udp 10.0.0.3' ? { id: observation.id, ok: false, error: 'no answer' } : observation,
      ),
    );
    expect(renderMatrix(verdicts).split('\n')[1]).toMatch(/^shop\/a +PTU +PTu +PTU +PTU$/);
    expect(renderSummary(verdicts)).toMatch(/pod → pod, same node +udp .*0 of 1 +NOT AS EXPECTED/);
    expect(renderFailures(verdicts)).toBe('  shop/a → shop/b (udp 10.0.0.3): no answer');
  });
});
