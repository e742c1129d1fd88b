/** Which of two states of a collection is the later one. */

/**
 * Compare resource versions: negative when `a` is older, zero when the same, positive when newer; `undefined` when they
 * cannot be compared, since one of them is not a whole number.
 *
 * @source Kubernetes API concepts, "Resource versions": decimal numbers without leading zeros, comparable within a resource
 */
export function compareVersions(a: string | undefined, b: string | undefined): number | undefined {
  if (a === undefined || b === undefined || !/^[1-9]\d*$/.test(a) || !/^[1-9]\d*$/.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a < b ? -1 : 1;
}
