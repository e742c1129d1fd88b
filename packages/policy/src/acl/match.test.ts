import { expect, it } from 'vitest';
import { rangesOf } from './addresses.ts';
import { termsMatch } from './match.ts';
import { everyTraffic } from './protocols.ts';
import type { Term } from './term.ts';

const term = (from: string, to: string): Term => ({
  subject: { all: [], none: [] },
  peers: [{ all: [], none: [], within: rangesOf([from]) }],
  traffic: everyTraffic,
  own: rangesOf([to]),
});

it('a rule for one family that only the other comes to makes no ACL', () => {
  const reading = { direction: 'ingress' } as const;
  expect(termsMatch([term('fd00::/8', '10.16.0.0/16')], reading).subjects).toEqual([]);
  expect(termsMatch([term('fd00::/8', '10.16.0.0/16'), term('fd00::/8', 'fd00:10::/64')], reading).subjects).toHaveLength(1);
});
