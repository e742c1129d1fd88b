import { expect, test } from 'vitest';
import { readNatRule } from './nat-rule.ts';

const any = { sources: [], destinations: [] };

test.for([
  [
    'without a match: both families',
    {},
    [
      { family: 4, ...any },
      { family: 6, ...any },
    ],
  ],
  [
    'empty lists are none',
    { srcIPs: '', dstIPs: ' ' },
    [
      { family: 4, ...any },
      { family: 6, ...any },
    ],
  ],
  ['one family', { srcIPs: '10.0.11.0/30,10.0.11.254' }, [{ family: 4, ...any, sources: ['10.0.11.0/30', '10.0.11.254/32'] }]],
  [
    'both, each with its own',
    { srcIPs: '10.0.11.1, fd00::1', dstIPs: '2001:db8::/32,192.0.2.7/24' },
    [
      { family: 4, sources: ['10.0.11.1/32'], destinations: ['192.0.2.0/24'] },
      { family: 6, sources: ['fd00::1/128'], destinations: ['2001:db8::/32'] },
    ],
  ],
] as const)('%s', ([, match, rules]) => {
  expect(readNatRule({ match, action: 'forward' })).toEqual({ ok: true, rules: rules.map((rule) => ({ ...rule, action: 'forward' })) });
});

test.for([
  [{ srcIPs: '10.0.11.300' }, 'srcIPs', '10.0.11.300'],
  [{ dstIPs: '10.0.0.0/8,' }, 'dstIPs', ''],
  [{ dstIPs: '10.0.0.1..10.0.0.9' }, 'dstIPs', '10.0.0.1..10.0.0.9'],
  [{ srcIPs: '10.0.0.1', dstIPs: 'fd00::1' }, 'dstIPs', 'fd00::1'],
] as const)('%j', ([match, field, bad]) => {
  expect(readNatRule({ match, action: 'nat' })).toEqual({ ok: false, field, bad });
});
