/**
 * Whether an ovs-vswitchd is older than a release.
 * @param version what ovs-vswitchd answers to `version`: `ovs-vswitchd (Open vSwitch) 3.1.0`; one that cannot be read counts as old
 */
export function isBefore(version: string, release: readonly [number, number, number]): boolean {
  const numbers = /(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [0, 0, 0];
  const differing = release.findIndex((number, index) => numbers[index] !== number);
  return differing !== -1 && (numbers[differing] ?? 0) < (release[differing] ?? 0);
}
