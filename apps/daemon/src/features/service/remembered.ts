/**
 * Clients of sticky services, whom the rules of the node's table of services write down with their backends. A backend that goes must be taken
 * out for all of them: they would be led to where nobody is, again and again.
 */
import type { Elements } from './elements.ts';

/** Name of the map. It is for IPv4 alone: nft 1.0.6 aborts over rules that write maps with keys of more than 16 bytes. */
export const AFFINITY = 'affinity4';

/** An element of that map, in nft's own text. */
export interface Remembered {
  /** Client, the address that it asked, protocol and port. */
  readonly key: string;
  /** For how long from the last connection, and for how long still. */
  readonly times: string;
  readonly backend: string;
}

/** What a listing of the table remembers. */
export function rememberedIn(listing: string): readonly Remembered[] {
  const map = new RegExp(`^\\tmap ${AFFINITY} \\{\\n(?:\\t\\t(?!elements).*\\n)*\\t\\telements = \\{([^}]*)\\}`, 'm').exec(listing);
  return (map?.[1] ?? '').split(',').flatMap((text): readonly Remembered[] => {
    const [whole, key = '', times = '', backend = ''] = /^\s*(.+?) (timeout \S+ expires \S+) : (.+?)\s*$/.exec(text) ?? [];
    return whole === undefined ? [] : [{ key, times, backend }];
  });
}

/** Tells those that may stay: the backend is one of those that the front has. */
export function isServedBy(elements: Elements): (remembered: Remembered) => boolean {
  const served = new Set(
    ['vip-backends4', 'port-backends4'].flatMap((map) =>
      [...(elements.get(map) ?? [])].map(([key, backend]) => `${frontOf(key)} ${backend}`),
    ),
  );
  return ({ key, backend }) => {
    const [, address = '', ...port] = key.split(' . ');
    return served.has(`${[address, ...port].join(' . ')} ${backend}`) || served.has(`${port.join(' . ')} ${backend}`);
  };
}

/** Fronts of sticky services; the maps of what becomes of connections to them, and of their backends. */
const MAPS = [
  { sticky: 'sticky-vips4', verdicts: ['vips4', 'outside-vips4'], backends: 'vip-backends4' },
  { sticky: 'sticky-ports4', verdicts: ['ports4', 'outside-ports4'], backends: 'port-backends4' },
] as const;

/** Whether a front that was a sticky service's has lost a backend. */
export function hasStickyLoss(from: Elements, to: Elements): boolean {
  return MAPS.some(({ sticky, backends }) => {
    const left = new Set([...(to.get(backends) ?? [])].map(([key, backend]) => `${frontOf(key)} ${backend}`));
    const fronts = from.get(sticky);
    return [...(from.get(backends) ?? [])].some(
      ([key, backend]) => fronts?.has(frontOf(key)) === true && !left.has(`${frontOf(key)} ${backend}`),
    );
  });
}

/** Fronts of sticky services that are served by backends on this node from now on, and were by others too. */
export function turnedLocal(from: Elements, to: Elements): ReadonlySet<string> {
  const isLocal = (verdict: string | undefined): boolean => verdict?.startsWith('goto local') === true;
  return new Set(
    MAPS.flatMap(({ sticky, verdicts }) =>
      [...(from.get(sticky)?.keys() ?? [])].filter((front) =>
        verdicts.some((map) => isLocal(to.get(map)?.get(front)) && !isLocal(from.get(map)?.get(front))),
      ),
    ),
  );
}

/** Tells those of some fronts: addresses with a port, or ports of the node. */
export function isOf(fronts: ReadonlySet<string>): (remembered: Remembered) => boolean {
  return ({ key }) => {
    const [, ...front] = key.split(' . ');
    return fronts.has(front.join(' . ')) || fronts.has(front.slice(1).join(' . '));
  };
}

/** Of a backend's key, without its number. */
function frontOf(key: string): string {
  return key.slice(0, key.lastIndexOf(' . '));
}

/** Forget these. One that has expired meanwhile is no mistake, so each is put in before it is taken out. */
export function forgetScript(table: string, forgotten: readonly Remembered[]): string {
  const map = `${table} ${AFFINITY}`;
  return forgotten
    .map(({ key, backend }) => `add element ${map} { ${key} timeout 1s : ${backend} }\ndelete element ${map} { ${key} }\n`)
    .join('');
}
