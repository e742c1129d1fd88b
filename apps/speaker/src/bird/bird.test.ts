import { expect, test } from 'vitest';
import { isRefusal, ReplyReader, replyText } from './reply.ts';
import { readBfd, readSessions } from './sessions.ts';

const SHOWN = `2002-Name       Proto      Table      State  Since         Info
1002-device1    Device     ---        up     2026-11-28T04:30:13Z
1006-
1002-peer_192_0_2_254 BGP        ---        up     2026-11-28T04:30:17Z  Established
1006-  BGP state:          Established
     Neighbor address: 192.0.2.254
     Neighbor AS:      65001
   Channel ipv4
     State:          UP
     Routes:         0 imported, 2 exported, 0 preferred
   Channel ipv6
     State:          UP
     Routes:         0 imported, 1 exported, 0 preferred
1002-peer_fe80__1 BGP        ---        start  2026-11-28T04:31:00Z  Connect       Socket: Connection refused
1006-  BGP state:          Connect
     Neighbor address: fe80::1%eth0
     Last error:       Socket: Connection refused
0000 
`;

const repliesOf = (text: string, cut: number): ReturnType<ReplyReader['push']> => {
  const reader = new ReplyReader();
  const chunks = Array.from({ length: Math.ceil(text.length / cut) }, (_, index) => text.slice(index * cut, (index + 1) * cut));
  return chunks.flatMap((chunk) => reader.push(chunk));
};

test.each([1, 7, 100_000])('replies are read however the stream is cut: every %d bytes', (cut) => {
  const replies = repliesOf(`0001 BIRD 2.0.12 ready.\n${SHOWN}+something happened\n9001 syntax error\n`, cut);
  expect(replies.map(({ code }) => code)).toEqual([1, 0, 9001]);
  expect(replies.map(isRefusal)).toEqual([false, false, true]);
  expect(replies.map((reply) => replyText(reply)).at(-1)).toBe('syntax error');
});

test('sessions: state, since, what each peer was told, and what went wrong', () => {
  const [reply] = repliesOf(SHOWN, 1000);
  expect([...readSessions(reply?.lines ?? []).values()]).toEqual([
    { neighbor: '192.0.2.254', state: 'Established', since: '2026-11-28T04:30:17Z', lastError: undefined, exported: { 4: 2, 6: 1 } },
    { neighbor: 'fe80::1', state: 'Connect', since: '2026-11-28T04:31:00Z', lastError: 'Socket: Connection refused', exported: {} },
  ]);
});

test('BFD by address', () => {
  const rows = [
    'bfd1:',
    'IP address                Interface  State      Since         Interval  Timeout',
    '10.9.0.2  v0  Up  2026-11-28T04:30:53Z  0.300    0.900',
    'fd09::1  v0  Down  2026-11-28T04:30:53Z  1.000 0.000',
  ];
  expect([...readBfd(rows.map((text) => ({ code: 1020, text })))]).toEqual([
    ['10.9.0.2', 'Up'],
    ['fd09::1', 'Down'],
  ]);
});
