/** Durations as kubectl shows them. @source apimachinery pkg/util/duration HumanDuration */
import type { JsonValue } from '../json.ts';

const [second, minute, hour, day, year] = [1000, 60_000, 3_600_000, 86_400_000, 365 * 86_400_000];

/** `90s`, `5m30s`, `3h`, `2d4h`; `<invalid>` when negative by more than a second. */
export function formatDuration(ms: number): string {
  if (ms < -second) return '<invalid>';
  if (ms < 0) return '0s';
  if (ms < 2 * minute) return `${Math.floor(ms / second)}s`;
  if (ms < 10 * minute) return twoUnits(ms, [minute, 'm'], [second, 's']);
  if (ms < 3 * hour) return `${Math.floor(ms / minute)}m`;
  if (ms < 8 * hour) return twoUnits(ms, [hour, 'h'], [minute, 'm']);
  if (ms < 2 * day) return `${Math.floor(ms / hour)}h`;
  if (ms < 8 * day) return twoUnits(ms, [day, 'd'], [hour, 'h']);
  if (ms < 2 * year) return `${Math.floor(ms / day)}d`;
  if (ms < 8 * year) return twoUnits(ms, [year, 'y'], [day, 'd']);
  return `${Math.floor(ms / year)}y`;
}

type Unit = readonly [ms: number, letter: string];

function twoUnits(ms: number, [large, largeLetter]: Unit, [small, smallLetter]: Unit): string {
  const rest = Math.floor((ms % large) / small);
  const head = `${Math.floor(ms / large)}${largeLetter}`;
  return rest === 0 ? head : `${head}${rest}${smallLetter}`;
}

/** How long ago a time was, as kubectl shows it; `<unknown>` when there is none. */
export function formatAge(time: JsonValue | undefined, now: number): string {
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) ? '<unknown>' : formatDuration(now - at);
}
