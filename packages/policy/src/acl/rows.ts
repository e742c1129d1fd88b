/** ACLs and meters as rows. */
import { aclName, type Match, printMatch, type WantedRow } from '@kube-ovn/ovn-model';
import type { Action, Direction } from '../model.ts';
import type { Place } from './tiers.ts';

/** How hits are logged. */
export interface Log {
  /** What the record calls the rule; at most 63 characters are kept. */
  readonly name: string;
  /** Records per second. */
  readonly rate: number;
}

/** An ACL to be. */
export interface Acl {
  /** Natural key of the row, unique over all of them. */
  readonly key: string;
  /** Name of the Port_Group that holds it. */
  readonly holder: string;
  readonly direction: Direction;
  readonly place: Place;
  readonly action: Action;
  /** The match, as OVN reads it. */
  readonly text: string;
  readonly log?: Log;
}

/** An ACL; its key is made unique to the group that holds it, since a row does not move from one to another. */
export function aclOf({ match, key, holder, direction, place, action, log }: Omit<Acl, 'text'> & { readonly match: Match }): Acl {
  const acl = { key: key === holder ? key : `${key}@${holder}`, holder, direction, place, action, text: printMatch(match) };
  return log === undefined ? acl : { ...acl, log };
}

const options = { ingress: {}, egress: { 'apply-after-lb': 'true' } } as const;

const actions = { allow: 'allow-related', deny: 'drop', pass: 'pass' } as const;

/**
 * The row.
 *
 * Egress is judged after load balancing, on the backend that a service's address stands for.
 * @param name for people who look at the database: which rule it is
 * @source OVN_Northbound ACL.options:apply-after-lb, ACL.log, ACL.meter
 */
export function aclRow({ holder, direction, place, action, text, log, key }: Acl, name: string): WantedRow {
  const columns = {
    name: aclName(log?.name ?? name),
    priority: place.priority,
    direction: direction === 'ingress' ? 'to-lport' : 'from-lport',
    match: text,
    action: actions[action],
    options: options[direction],
    log: log !== undefined,
    severity: log === undefined ? undefined : action === 'deny' ? 'warning' : 'info',
    meter: log === undefined ? undefined : meterName(log.rate),
  };
  return {
    table: 'ACL',
    key,
    columns: place.tier === undefined ? columns : { ...columns, tier: place.tier },
    parent: { table: 'Port_Group', key: holder, column: 'acls' },
  };
}

/** Rules of one rate share a meter; each of them has the rate for itself. @source OVN_Northbound Meter.fair */
function meterName(rate: number): string {
  return `acl_log_${rate}`;
}

/** The meter of a rate. */
export function meterRows(rate: number): WantedRow[] {
  const name = meterName(rate);
  return [
    { table: 'Meter', key: name, columns: { unit: 'pktps', fair: true } },
    {
      table: 'Meter_Band',
      key: name,
      columns: { action: 'drop', rate, burst_size: 1 },
      parent: { table: 'Meter', key: name, column: 'bands' },
    },
  ];
}
