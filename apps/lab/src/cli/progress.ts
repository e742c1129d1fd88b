/** Progress lines with the time since the start. */
export type Print = (text: string) => void;

/** @param now monotonic clock, in ms */
export function progressPrinter(print: Print, now: () => number): Print {
  const startedAt = now();
  return (text) => print(`[${((now() - startedAt) / 1000).toFixed(2).padStart(6)} s] ${text}`);
}
