/**
 * Whether the controller lives and whether it does its work. Pure; http.ts serves it.
 *
 * Ready means: the caches are synced and followed, OVN's replica is live (not merely connected), and what a leader has to write has
 * not been waiting for longer than the limit. A standby that sees everything is ready: it can take over.
 */

export interface HealthFacts {
  readonly isSynced: boolean;
  /** Kinds whose watch is cut. */
  readonly behind: readonly string[];
  readonly isNorthboundLive: boolean;
  readonly isLeader: boolean;
  /** Age of the oldest change that is not written, in milliseconds. */
  readonly oldestPendingMs: number;
  readonly isBrakeEngaged: boolean;
}

export interface Health {
  readonly ok: boolean;
  /** What keeps it from being ready; empty when it is. */
  readonly reasons: readonly string[];
}

/** A change that waits longer than this is stuck, not busy. */
const queueAgeLimitMs = 30_000;

export function readiness(facts: HealthFacts): Health {
  const reasons = [
    ...(facts.isSynced ? [] : ['caches are not synced yet']),
    ...(facts.isSynced && facts.behind.length > 0 ? [`watches are cut: ${facts.behind.join(', ')}`] : []),
    ...(facts.isNorthboundLive ? [] : ['the replica of OVN Northbound is not live']),
    ...(facts.isLeader && facts.oldestPendingMs > queueAgeLimitMs
      ? [`a change has been waiting for ${Math.round(facts.oldestPendingMs / 1000)} s to be written`]
      : []),
    ...(facts.isBrakeEngaged ? ['the safety brake is engaged: too many rows would have been deleted at start'] : []),
  ];
  return { ok: reasons.length === 0, reasons };
}
