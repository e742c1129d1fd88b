/** How the children of a benchmark report. */

export interface Report {
  /** The replica is complete, with so many rows. */
  readonly rows?: number;
  /** The changes that were waited for have been applied. */
  readonly done?: true;
}

export function say(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
