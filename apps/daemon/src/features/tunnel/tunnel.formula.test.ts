import { expect, test } from 'vitest';
import { tunnelCondition } from './tunnel.formula.ts';

const up = { remote: '192.0.2.2', isUp: true };
const down = [
  { remote: '192.0.2.4', isUp: false },
  { remote: '192.0.2.3', isUp: false },
];
const unwatched = { remote: '192.0.2.5', isUp: undefined };

test.for([
  ['nothing while none is watched', [unwatched], false, undefined, undefined],
  ['no more trouble once none is watched any more', [unwatched], true, 'False', 'TunnelsNotWatched'],
  ['all that are watched answer', [up, unwatched], false, 'False', 'TunnelsAnswer'],
  ['some do not', [up, ...down], true, 'True', 'TunnelsSilent'],
] as const)('%s', ([, tunnels, isTold, status, reason]) => {
  const told = tunnelCondition(tunnels, isTold);
  expect([told?.status, told?.reason]).toEqual([status, reason]);
});

test('names those that do not answer, in order', () => {
  expect(tunnelCondition(down, false)?.message).toBe('no answer through the tunnel to 192.0.2.3, 192.0.2.4');
});
