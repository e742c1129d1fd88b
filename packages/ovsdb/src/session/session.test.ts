import { describe, expect, test } from 'vitest';
import { backoffDelay } from './backoff.ts';
import { parseRemote, parseRemotes } from './remote.ts';
import { unfitReason } from './server-status.ts';

describe('parseRemote', () => {
  test.for([
    ['unix:/a/b.sock', { kind: 'unix', path: '/a/b.sock' }],
    ['tcp:127.0.0.1:6641', { kind: 'tcp', host: '127.0.0.1', port: 6641 }],
    ['ssl:nb.example:6641', { kind: 'ssl', host: 'nb.example', port: 6641 }],
    ['tcp:[fd00::1]:6641', { kind: 'tcp', host: 'fd00::1', port: 6641 }],
  ] as const)('%s', ([text, remote]) => expect(parseRemote(text)).toEqual(remote));

  test.for(['', 'unix:', 'tcp:host', 'tcp:host:0', 'tcp:host:70000', 'udp:host:1', 'tcp:fd00::1:6641', 'ptcp:6641'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseRemote(text)).toThrow(expect.objectContaining({ code: 'OVSDB_BAD_REMOTE', value: text }));
    },
  );

  test('a list of remotes', () => expect(parseRemotes('tcp:a:1, tcp:b:2,')).toEqual(['tcp:a:1', 'tcp:b:2']));
});

test('backoff doubles up to its limit; half of it is by chance', () => {
  const bounds = { firstMs: 100, maxMs: 1000 };
  expect([0, 1, 2, 3, 4, 40, 4000].map((attempt) => backoffDelay(attempt, bounds, () => 1))).toEqual([
    100, 200, 400, 800, 1000, 1000, 1000,
  ]);
  expect(backoffDelay(2, bounds, () => 0)).toBe(200);
});

describe('unfitReason', () => {
  const member = { model: 'clustered', connected: true, leader: true, index: 10n, clusterId: 'c', hasSchema: true };
  test.for([
    [{ ...member, model: 'standalone', connected: false }, undefined],
    [member, undefined],
    [undefined, 'does not serve'],
    [{ ...member, hasSchema: false }, 'not joined'],
    [{ ...member, connected: false }, 'lost its cluster'],
    [{ ...member, leader: false }, 'not the leader'],
    [{ ...member, index: 8n }, 'stale'],
    [{ ...member, model: 'relay', leader: false }, 'a relay, and leads nothing'],
    [{ ...member, model: 'relay', connected: false }, 'lost its source'],
    [{ ...member, model: 'relay', hasSchema: false }, 'not reached its source'],
  ] as const)('%o: %s', ([status, reason]) => {
    const found = unfitReason(status, { leaderOnly: true, minIndex: 9n });
    expect(found === undefined ? undefined : reason !== undefined && found.includes(reason)).toBe(reason === undefined ? undefined : true);
  });
});
