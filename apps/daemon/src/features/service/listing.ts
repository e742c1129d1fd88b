/** A table as nft prints it, taken apart: the elements of maps and sets, and everything else. */
import type { Elements } from './elements.ts';
import { AFFINITY } from './remembered.ts';

const ELEMENTS = /^\t\telements = \{([^}]*)\}\n/gm;
const NAMED = /^\t(?:map|set) (\S+) \{\n(?:\t\t(?!elements).*\n)*(?:\t\telements = \{([^}]*)\}\n)?\t\}/gm;

/** The listing without elements. */
export function structureOf(listing: string): string {
  return listing.replaceAll(ELEMENTS, '');
}

/** Whether the maps and sets of the listing have these elements and no others; but for what the rules write themselves. */
export function isListed(elements: Elements, listing: string): boolean {
  const found = [...listing.matchAll(NAMED)].filter(([, name = '']) => !name.startsWith(AFFINITY));
  const listed = new Map(found.map(([, name = '', text = '']) => [name, split(text)]));
  const names = new Set([...listed.keys(), ...elements.keys()]);
  return [...names].every((name) => {
    const [wanted, there] = [elements.get(name) ?? new Map<string, string>(), listed.get(name) ?? new Map<string, string>()];
    return wanted.size === there.size && [...wanted].every(([key, value]) => there.get(key) === value);
  });
}

function split(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split(',')
      .map((element) => element.trim())
      .filter((element) => element !== '')
      .map((element) => {
        const [key = '', value = ''] = element.split(' : ');
        return [key, value] as const;
      }),
  );
}
