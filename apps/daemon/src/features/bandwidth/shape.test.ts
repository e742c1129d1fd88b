import type { Disturbance } from '@kube-ovn/api';
import type { Qdisc } from '@kube-ovn/host';
import { describe, expect, test } from 'vitest';
import { disturbanceLines, rateInForce, rateLines, shapeOf, type Shape, type ShapedLink } from './shape.formula.ts';

const slow: Disturbance = { latencyMs: 20, jitterMs: 5, lossPercent: 0.5, limitPackets: 1000 };
const shape = (mbit: number, disturbance?: Disturbance): Shape => {
  const found = shapeOf({ mbit }, disturbance);
  if (found === undefined) throw new Error('bad example');
  return found;
};
const qdisc = (more: Partial<Qdisc>): Qdisc => ({
  link: 'eth0',
  kind: 'tbf',
  handle: '4b4f:',
  parent: undefined,
  rateBytes: 1_250_000,
  burstBytes: 125_000,
  ...more,
});
const on = (...qdiscs: Qdisc[]): ShapedLink => ({ link: 'eth0', qdiscs, isOurs: false });
const nothing = qdisc({ kind: 'noqueue', handle: '0:' });
const ten = 'qdisc replace dev eth0 root handle 4b4f: tbf rate 10000000bit burst 125000 limit 62500';

describe('shapeOf', () => {
  test.each([
    ['no rate', undefined, undefined],
    ['a rate of 0', { mbit: 0 }, undefined],
    ['a small one', { mbit: 1 }, { rateBits: 1_000_000, burstBytes: 20_000, queueBytes: 40_000 }],
    ['a fraction', { mbit: 2.5 }, { rateBits: 2_500_000, burstBytes: 31_250 }],
    ['a burst', { mbit: 100, burstMbit: 40 }, { burstBytes: 5_000_000, queueBytes: 625_000 }],
    ['the largest', { mbit: 1_000_000 }, { rateBits: 1_000_000_000_000, burstBytes: 256_000_000 }],
  ])('%s', (_name, rate, wanted) => {
    expect(shapeOf(rate) ?? {}).toMatchObject(wanted ?? {});
    expect(shapeOf(rate) === undefined).toBe(wanted === undefined);
  });

  test('delay without a rate is under a rate that limits nothing; a delay of nothing is none', () => {
    expect(shapeOf(undefined, slow)).toMatchObject({ rateBits: 100_000_000_000, disturbance: slow });
    expect(shapeOf(undefined, { latencyMs: 0, jitterMs: 0, lossPercent: 0, limitPackets: 0 })).toBeUndefined();
  });
});

describe('rateLines', () => {
  test.each<[string, ShapedLink, Shape | undefined, readonly string[]]>([
    ['nothing there', on(nothing), shape(10), [ten]],
    ['in force, with a rounded burst', on(qdisc({ burstBytes: 124_980 })), shape(10), []],
    ['another rate', on(qdisc({ rateBytes: 125_000 })), shape(10), [ten]],
    ["the pod's own", on(qdisc({ kind: 'pfifo', handle: '8001:' })), shape(10), [ten]],
    ['on another link', on(qdisc({ link: 'eth1' })), shape(10), [ten]],
    ['to be taken away', on(qdisc({})), undefined, ['qdisc del dev eth0 root']],
    ['nothing to take away', on(nothing), undefined, []],
    ["the pod's own is not ours to take away", on(qdisc({ kind: 'pfifo', handle: '8001:' })), undefined, []],
    [
      'what an earlier installation left on our end',
      { ...on(qdisc({ kind: 'htb', handle: '1:' })), isOurs: true },
      undefined,
      ['qdisc del dev eth0 root'],
    ],
  ])('%s', (_name, link, wanted, lines) => {
    expect(rateLines(link, wanted)).toEqual(lines);
  });

  test('the rate that is in force can be read', () => {
    expect([rateInForce(on(qdisc({}))), rateInForce(on(nothing)), rateInForce(on(qdisc({ handle: '8001:' })))]).toEqual([
      10,
      undefined,
      undefined,
    ]);
  });
});

describe('disturbanceLines', () => {
  const [line = ''] = disturbanceLines(on(qdisc({})), shape(10, slow));
  const inner = qdisc({ kind: 'netem', parent: '4b4f:1', handle: / handle (\S+) /.exec(line)?.[1] ?? '' });

  test('go inside the rate, and are not touched when in force', () => {
    expect(line).toMatch(/^qdisc replace dev eth0 parent 4b4f:1 handle [0-9a-f]{4}: netem limit 1000 delay 20ms 5ms loss 0.5%$/);
    expect(disturbanceLines(on(qdisc({}), inner), shape(10, slow))).toEqual([]);
    expect(disturbanceLines(on(qdisc({}), inner), shape(10, { ...slow, jitterMs: 6 }))).toHaveLength(1);
  });

  test('give way to a plain queue', () => {
    expect(disturbanceLines(on(qdisc({}), inner), shape(10))).toEqual([
      'qdisc replace dev eth0 parent 4b4f:1 handle 4b50: bfifo limit 62500',
    ]);
    expect(disturbanceLines(on(qdisc({})), shape(10))).toEqual([]);
  });
});
