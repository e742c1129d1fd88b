/** What BIRD says of its sessions: `show protocols all` and `show bfd sessions` → values. Pure. */
import type { ReplyLine } from './reply.ts';

/** How a session stands. */
export interface Session {
  /** Address of the peer. */
  readonly neighbor: string;
  /** Idle, Connect, Active, OpenSent, OpenConfirm, Established or Down. */
  readonly state: string;
  /** RFC 3339 */
  readonly since: string;
  readonly lastError: string | undefined;
  /** Prefixes that the peer was told, by family. */
  readonly exported: Readonly<Partial<Record<4 | 6, number>>>;
}

/** Code of a line that begins the description of a protocol; the next lines have another. */
const PROTOCOL = 1002;

/** Sessions by address of the peer. */
export function readSessions(lines: readonly ReplyLine[]): ReadonlyMap<string, Session> {
  const blocks: string[][] = [];
  for (const { code, text } of lines) {
    if (code === PROTOCOL && !text.startsWith(' ')) blocks.push([text]);
    else blocks.at(-1)?.push(text);
  }
  const sessions = blocks.flatMap((block) => readSession(block) ?? []);
  return new Map(sessions.map((session) => [session.neighbor, session]));
}

function readSession([summary = '', ...details]: readonly string[]): Session | undefined {
  const [, protocol, , , since = ''] = summary.split(/\s+/);
  if (protocol !== 'BGP') return undefined;
  const after = (label: string): string | undefined =>
    details
      .map((line) => line.trim())
      .find((line) => line.startsWith(label))
      ?.slice(label.length)
      .trim();
  const neighbor = after('Neighbor address:')?.replace(/%.*$/, '');
  if (neighbor === undefined) return undefined;
  const exported: Partial<Record<4 | 6, number>> = {};
  let family: 4 | 6 = 4;
  for (const line of details) {
    const channel = /^\s*Channel ipv(4|6)/.exec(line)?.[1];
    if (channel !== undefined) family = channel === '6' ? 6 : 4;
    const count = /^\s*Routes:.*?(\d+) exported/.exec(line)?.[1];
    if (count !== undefined) exported[family] = Number(count);
  }
  return { neighbor, state: after('BGP state:') ?? 'Down', since, lastError: after('Last error:'), exported };
}

/** State of BFD by address of the peer. */
export function readBfd(lines: readonly ReplyLine[]): ReadonlyMap<string, string> {
  const rows = lines.flatMap(({ text }) => {
    const [address = '', , state = ''] = text.trim().split(/\s+/);
    return /^[0-9a-f]*[.:][0-9a-f.:]+$/.test(address) && /^(Up|Down|Init|AdminDown)$/.test(state) ? [[address, state] as const] : [];
  });
  return new Map(rows);
}
