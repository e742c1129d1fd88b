/** Who waits for connections, and what limits of rate have dropped, as the kernel tells. Pure. */
import type { Listener } from '@kube-ovn/insight';
import { canonicalAddress } from '@kube-ovn/ipam';

/** Files that {@link readListeners} reads, as `grep -H : FILES` prints them. */
export const SOCKET_FILES: readonly string[] = ['tcp', 'tcp6', 'udp', 'udp6'].map((name) => `/proc/net/${name}`);

/** @source proc(5) /proc/net/tcp: address and port in hexadecimal; state 0A listens, 07 of UDP is a socket without a peer */
const LINE = /^\/proc\/net\/(tcp|udp)6?:\s*\d+: ([0-9A-F]{8,32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /;
const WAITS: Readonly<Record<string, string>> = { tcp: '0A', udp: '07' };

export function readListeners(text: string): readonly Listener[] {
  return text.split('\n').flatMap((line) => {
    const [, protocol = '', address = '', port = '', state] = LINE.exec(line) ?? [];
    if (state === undefined || WAITS[protocol] !== state) return [];
    return [{ protocol: protocol === 'tcp' ? 'TCP' : 'UDP', address: readHex(address), port: Number.parseInt(port, 16) } as const];
  });
}

/** Words of 32 bits, each with its last byte first; an IPv4 address in IPv6 is that address. */
function readHex(text: string): string {
  const bytes = (text.match(/.{8}/g) ?? [])
    .flatMap((word) => (word.match(/../g) ?? []).toReversed())
    .map((byte) => Number.parseInt(byte, 16));
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, at) => (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16));
  return canonicalAddress(groups.join(':')) ?? groups.join(':');
}

/** Packets that limits of rate have dropped since they are there. @source tc(8) -s qdisc show */
export function readDropped(text: string): number {
  const drops = [...text.matchAll(/^qdisc (?:tbf|htb|netem) [^\n]*\n[^\n]*\(dropped (\d+),/gm)];
  return drops.reduce((sum, [, count]) => sum + Number(count), 0);
}
