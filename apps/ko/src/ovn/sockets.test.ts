import { describe, expect, it } from 'vitest';
import { readDropped, readListeners } from './sockets.ts';

const FILES = `/proc/net/tcp:  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
/proc/net/tcp:   0: 0100007F:1F86 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 63386888 1
/proc/net/tcp:   1: 0200010A:1F90 0300010A:CB20 01 00000000:00000000 00:00000000 00000000     0        0 63386889 1
/proc/net/tcp6:   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
/proc/net/tcp6:   1: 0000000000000000FFFF00000200010A:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
/proc/net/tcp6:   2: 000000FD000000000000000002000000:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
/proc/net/udp:  12: 00000000:1F91 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2
/proc/net/udp:  13: 0200010A:1F92 0300010A:0035 01 00000000:00000000 00:00000000 00000000     0        0 3
`;

describe('readListeners', () => {
  it('sockets that take what arrives, and none that talk to somebody', () => {
    expect(readListeners(FILES)).toEqual([
      { protocol: 'TCP', address: '127.0.0.1', port: 8070 },
      { protocol: 'TCP', address: '::', port: 8080 },
      { protocol: 'TCP', address: '10.1.0.2', port: 80 },
      { protocol: 'TCP', address: 'fd00::2', port: 81 },
      { protocol: 'UDP', address: '0.0.0.0', port: 8081 },
    ]);
  });
});

describe('readDropped', () => {
  it('counts limits of rate, and no other queue', () => {
    const text = `qdisc tbf 4b4f: dev a_h root refcnt 3 rate 1Mbit burst 20000b lat 160ms
 Sent 222 bytes 3 pkt (dropped 7, overlimits 0 requeues 0)
qdisc noqueue 0: dev b_h root refcnt 2
 Sent 0 bytes 0 pkt (dropped 9, overlimits 0 requeues 0)
qdisc htb 1: root refcnt 3
 Sent 0 bytes 0 pkt (dropped 2, overlimits 0 requeues 0)
`;
    expect(readDropped(text)).toBe(9);
  });
});
