/** Versions of programs. Pure. */

export type Version = readonly [number, number, number];

/** The first version in a text such as `ovs-vswitchd (Open vSwitch) 3.1.0`. */
export function versionIn(text: string | undefined): Version | undefined {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(text ?? '');
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3])];
}

export function isBefore(version: Version, other: Version): boolean {
  const at = version.findIndex((number, i) => number !== other[i]);
  return at !== -1 && (version[at] ?? 0) < (other[at] ?? 0);
}

export function printVersion(version: Version): string {
  return version.map((number, i) => (i === 1 && version[0] > 20 ? String(number).padStart(2, '0') : String(number))).join('.');
}
