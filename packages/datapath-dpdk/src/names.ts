/**
 * Names that end in file paths, device arguments and rows: checked at the door.
 */
import { shown, type Refusal } from './finding.ts';

/** Enough for whatever Kubernetes and Linux name. */
const WORD = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;
/** @source linux/if.h IFNAMSIZ, with the terminating zero */
const MAX_PORT_NAME_BYTES = 15;

/** The folder may have slashes. */
const FOLDER = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/;

/** What is wrong with the named fields. */
export function nameProblems(object: string, fields: Readonly<Record<string, string | undefined>>): readonly Refusal[] {
  return Object.entries(fields).flatMap(([field, value]) => {
    if (value === undefined || isGood(field, value)) return [];
    return {
      code: 'DPDK_BAD_NAME' as const,
      object,
      field,
      value: shown(value),
      reason: 'this cannot be part of a path or of the arguments of a device',
      remedy: hint(field),
    };
  });
}

const portNames: readonly string[] = ['name', 'portName'];
const folders: readonly string[] = ['socketDirectory', 'mountPath'];

function isGood(field: string, value: string): boolean {
  if (folders.includes(field)) return FOLDER.test(value);
  return WORD.test(value) && (!portNames.includes(field) || value.length <= MAX_PORT_NAME_BYTES);
}

function hint(field: string): string {
  if (folders.includes(field)) return 'use an absolute path of letters, digits, ".", "_" and "-", without "." and ".."';
  const most = portNames.includes(field) ? MAX_PORT_NAME_BYTES : 100;
  return `use at most ${most} letters, digits, ".", "_" and "-"`;
}

/** A number and its limits. */
interface Range {
  readonly value: number | undefined;
  readonly from: number;
  readonly to: number;
}

/** What is wrong with a number. */
export function rangeProblem(object: string, field: string, { value, from, to }: Range): readonly Refusal[] {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return [];
  const remedy = `use a whole number from ${from} to ${to}`;
  return [{ code: 'DPDK_BAD_VALUE', object, field, value: shown(value), reason: 'it is out of range', remedy }];
}

/** @source Open vSwitch, lib/netdev-dpdk.c NETDEV_DPDK_MAX_PKT_LEN 9728, less header, check sequence and a VLAN tag */
const MTU_BYTES = { from: 68, to: 9702 };

/** What is wrong with an MTU. */
export function mtuProblem(object: string, value: number | undefined): readonly Refusal[] {
  return rangeProblem(object, 'mtuBytes', { value, ...MTU_BYTES });
}

/** Whether a port can have it. */
export function isMtu(mtuBytes: number): boolean {
  return mtuProblem('', mtuBytes).length === 0;
}
