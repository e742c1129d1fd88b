/**
 * The table `inet kube-ovn-services` as scripts of nft: the whole of it, or the elements that changed.
 *
 * Its rules depend on nothing but how many backends there are to choose from: a service is elements of maps, and no rule. A connection is
 * looked up once (`vips`, `ports`), which says by what chain a backend is chosen; that chain draws a number below its own count and looks up
 * the backend with that number.
 */
import { JOIN_LINK } from '../join/join.formula.ts';
import { chainName, type Choice, type ElementMap, type Elements, FIRST_LOCAL, rememberName } from './elements.ts';
import { AFFINITY, type Remembered } from './remembered.ts';

/** The table that is ours, wholly. */
export const SERVICE_TABLE = { family: 'inet', name: 'kube-ovn-services' } as const;

const TABLE = `${SERVICE_TABLE.family} ${SERVICE_TABLE.name}`;
/** The bit of a packet's mark that has its source replaced; kube-proxy's, in whose place we are. @source kube-proxy, --iptables-masquerade-bit */
const MASQUERADE = '0x00004000';
const KEEP_OTHER_MARKS = '0xffffbfff';
/** Nodes must agree on the backend of a sticky client, so the hash has the same seed on all. */
const SEED = '0x6b6f766e';
/** So many backends have their chains from the start; more get theirs by writing the table anew. */
const USUAL_COUNT = 16;
const CHOICES: readonly Choice[] = ['cluster', 'cluster-sticky', 'local', 'local-sticky'];
const FAMILIES = [4, 6] as const;
const FRONTS: readonly ElementMap[] = ['vips', 'ports', 'outside-vips', 'outside-ports'];
const REFUSED: readonly ElementMap[] = ['refused-vips', 'refused-ports'];
const RESTRICTED: readonly ElementMap[] = ['restricted-vips', 'allowed-vips'];
const STICKY: readonly ElementMap[] = ['sticky-vips', 'sticky-ports'];
/** @source core/v1 ClientIPConfig.timeoutSeconds: its default has its chain from the start */
const USUAL_SECONDS = 10_800;
/** Clients that are remembered at once. */
const MAX_CLIENTS = 1_048_576;
const BACKENDS: readonly ElementMap[] = ['vip-backends', 'port-backends'];

/** What has chains when the table is written for these elements: counts of backends, and times for which clients are remembered. */
export interface Chains {
  readonly counts: ReadonlySet<number>;
  /** In seconds. */
  readonly times: ReadonlySet<number>;
}

/** The chains that a table with these elements is written with. */
export function chainsFor(elements: Elements): Chains {
  const numbers = (maps: readonly ElementMap[]): readonly number[] =>
    maps
      .flatMap((name) => FAMILIES.flatMap((family) => [...(elements.get(`${name}${family}`)?.values() ?? [])]))
      .map((value) => Number(/-(\d+)$/.exec(value)?.[1]))
      .filter((number) => number > 0);
  const usual = Array.from({ length: USUAL_COUNT }, (_, index) => index + 1);
  return { counts: new Set([...usual, ...numbers(FRONTS)]), times: new Set([USUAL_SECONDS, ...numbers(STICKY)]) };
}

/**
 * The script that replaces the table in one transaction.
 * @param remembered clients that are remembered in it, as in the one before
 * @source nft(8): `delete table` after an empty `table` declaration never fails, and a script is applied as a whole
 */
export function wholeScript(elements: Elements, remembered: readonly Remembered[] = []): string {
  const maps = [...FRONTS, ...REFUSED, ...RESTRICTED, ...STICKY, ...BACKENDS].flatMap((name) =>
    FAMILIES.flatMap((family) => [declaration(name, family, elements.get(`${name}${family}`))]),
  );
  const { counts, times } = chainsFor(elements);
  const remembering = [...times].toSorted((a, b) => a - b).map(rememberChain);
  const chains = [...counts]
    .toSorted((a, b) => a - b)
    .flatMap((count) => CHOICES.filter((choice) => count > 1 || !choice.endsWith('sticky')).map((choice) => chain(choice, count)));
  return [
    `table ${TABLE} {}`,
    `delete table ${TABLE}`,
    `table ${TABLE} {`,
    ...maps,
    memory(remembered),
    ...chains,
    ...remembering,
    BASE,
    '}',
    '',
  ].join('\n');
}

/** The script that brings a table with `from` to `to`, in one transaction; empty when they are equal. */
export function changeScript(from: Elements, to: Elements): string {
  const [gone, come]: [string[], string[]] = [[], []];
  for (const name of new Set([...from.keys(), ...to.keys()])) {
    const [before, after] = [from.get(name) ?? new Map<string, string>(), to.get(name) ?? new Map<string, string>()];
    const removed = [...before].filter(([key, value]) => after.get(key) !== value).map(([key]) => key);
    const added = [...after].filter(([key, value]) => before.get(key) !== value).map(([key, value]) => element(key, value));
    if (removed.length > 0) gone.push(`delete element ${TABLE} ${name} { ${removed.join(', ')} }`);
    if (added.length > 0) come.push(`add element ${TABLE} ${name} { ${added.join(', ')} }`);
  }
  return [...gone, ...come].map((line) => `${line}\n`).join('');
}

function element(key: string, value: string): string {
  return value === '' ? key : `${key} : ${value}`;
}

/**
 * What backends are looked up by has a number for its last part. nft has no name for that type, so it is told by an expression of it.
 */
function declaration(name: ElementMap, family: 4 | 6, elements: ReadonlyMap<string, string> | undefined): string {
  const address = family === 4 ? 'ipv4_addr' : 'ipv6_addr';
  const field = family === 4 ? 'ip daddr' : 'ip6 daddr';
  const isOfPorts = name.includes('port');
  const content =
    elements === undefined || elements.size === 0
      ? ''
      : `\n    elements = { ${[...elements].map(([key, value]) => element(key, value)).join(', ')} }`;
  const front = `${isOfPorts ? '' : `${address} . `}inet_proto . inet_service`;
  const kind = REFUSED.includes(name) || RESTRICTED.includes(name) ? 'set' : 'map';
  const type = BACKENDS.includes(name)
    ? `typeof ${isOfPorts ? '' : `${field} . `}meta l4proto . th dport . numgen random mod 65536 : ${field} . th dport`
    : name === 'allowed-vips'
      ? `type ${front} . ${address}\n    flags interval`
      : `type ${front}${kind === 'set' ? '' : ' : verdict'}`;
  return `  ${kind} ${name}${family} {\n    ${type}${content}\n  }`;
}

/** Clients of sticky services and their backends: written by the rules themselves. */
function memory(remembered: readonly Remembered[]): string {
  const elements = remembered.map(({ key, times, backend }) => `${key} ${times} : ${backend}`);
  const content = elements.length === 0 ? '' : `\n    elements = { ${elements.join(', ')} }`;
  const type = 'typeof ip saddr . ip daddr . meta l4proto . th dport : ip daddr . th dport';
  return `  map ${AFFINITY} {\n    ${type}\n    size ${MAX_CLIENTS}\n    flags dynamic,timeout${content}\n  }`;
}

/** Where nothing is remembered the packet goes on to the next rule. */
const KNOWN = `    meta nfproto ipv4 meta l4proto { tcp, udp, sctp } dnat ip addr . port to ip saddr . ip daddr . meta l4proto . th dport map @${AFFINITY}`;

/** The connection is led to its backend already; what the client asked for is known by its other direction. */
function rememberChain(seconds: number): string {
  const key = 'ip saddr . ct original ip daddr . meta l4proto . ct original proto-dst';
  return [
    `  chain ${rememberName(seconds)} {`,
    `    meta nfproto ipv4 meta l4proto { tcp, udp, sctp } update @${AFFINITY} { ${key} timeout ${seconds}s : ip daddr . th dport }`,
    '  }',
  ].join('\n');
}

/** Choose one of `count`: for an address, or else for a port of the node's own addresses. */
function chain(choice: Choice, count: number): string {
  const isLocal = choice.startsWith('local');
  const offset = isLocal ? ` offset ${FIRST_LOCAL}` : '';
  const number = (ip: string): string =>
    choice.endsWith('sticky') ? `jhash ${ip} saddr mod ${count} seed ${SEED}${offset}` : `numgen random mod ${count}${offset}`;
  const dnat = (family: 4 | 6, map: ElementMap): string => {
    const ip = family === 4 ? 'ip' : 'ip6';
    const front = `${map === 'vip-backends' ? `${ip} daddr . ` : ''}meta l4proto . th dport`;
    return `    meta nfproto ipv${family} meta l4proto { tcp, udp, sctp } dnat ${ip} addr . port to ${front} . ${number(ip)} map @${map}${family}`;
  };
  return [
    `  chain ${chainName(choice, count)} {`,
    ...(isLocal ? [] : [`    meta mark set meta mark | ${MASQUERADE}`]),
    ...(choice.endsWith('sticky') ? [KNOWN] : []),
    ...BACKENDS.flatMap((map) => FAMILIES.map((family) => dnat(family, map))),
    '  }',
  ].join('\n');
}

function lookUp(maps: { readonly vips: string; readonly ports: string }): string {
  return [
    `    ip daddr . meta l4proto . th dport ${maps.vips.replace('#', '4')}`,
    `    ip6 daddr . meta l4proto . th dport ${maps.vips.replace('#', '6')}`,
    `    ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto . th dport ${maps.ports.replace('#', '4')}`,
    `    ip6 daddr != ::1 fib daddr type local meta l4proto . th dport ${maps.ports.replace('#', '6')}`,
  ].join('\n');
}

/** What a connection that is led on already had asked for. nft takes its port for one only where it knows the protocol. */
function lookUpOriginal(): string {
  const rules = ['tcp', 'udp', 'sctp'].flatMap((protocol) => {
    const [known, port] = [`    meta nfproto ipv4 meta l4proto ${protocol}`, 'meta l4proto . ct original proto-dst'];
    return [`${known} ct original ip daddr . ${port} vmap @sticky-vips4`, `${known} ${port} vmap @sticky-ports4`];
  });
  return rules.join('\n');
}

/**
 * The way of a packet. Refusing is no business of chains that translate addresses, so it comes before them. What may be sent on to another
 * node must come back through this one, so it gets an address of ours. The same for clients whose answers would not come back from this
 * very node is with natOutgoing, in the table beside this one.
 */
const BASE = `  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject with icmpx type port-unreachable
  }
  chain refused {
${lookUp({ vips: '@refused-vips# goto refuse', ports: '@refused-ports# goto refuse' })}
  }
  chain restricted {
    ip daddr . meta l4proto . th dport @restricted-vips4 ip daddr . meta l4proto . th dport . ip saddr != @allowed-vips4 drop
    ip6 daddr . meta l4proto . th dport @restricted-vips6 ip6 daddr . meta l4proto . th dport . ip6 saddr != @allowed-vips6 drop
  }
  chain outside {
${lookUp({ vips: 'vmap @outside-vips#', ports: 'vmap @outside-ports#' })}
  }
  chain services {
${lookUp({ vips: 'vmap @vips#', ports: 'vmap @ports#' })}
  }
  chain refuse-prerouting {
    type filter hook prerouting priority dstnat - 10; policy accept;
    ct state new jump refused
    iifname != "${JOIN_LINK}" ct state new jump restricted
  }
  chain refuse-output {
    type filter hook output priority -110; policy accept;
    ct state new jump refused
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    iifname != "${JOIN_LINK}" jump outside
    jump services
  }
  chain output {
    type nat hook output priority -100; policy accept;
    jump services
  }
  chain sticky {
    type filter hook postrouting priority srcnat - 10; policy accept;
    ct state new ct status dnat jump remember
  }
  chain remember {
${lookUpOriginal()}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "lo" accept
    meta mark & ${MASQUERADE} == ${MASQUERADE} meta mark set meta mark & ${KEEP_OTHER_MARKS} masquerade fully-random
  }`;
