/**
 * Checks of wanted values before they become part of a transaction.
 */
import { badValue, encodeValue } from '../notation/encode.ts';
import type { ColumnPlace, WritableAtom } from '../notation/encode.ts';
import { isUuid } from '../notation/uuid.ts';
import type { Atom } from '../notation/value.ts';
import type { ColumnType } from '../schema/types.ts';
import type { Part } from './draft.ts';

/** A value as the planner makes it of wishes. */
export type PlannedValue = WritableAtom | readonly WritableAtom[] | ReadonlyMap<Atom, WritableAtom> | undefined;

/** @throws {OvsdbError} OVSDB_BAD_VALUE when the column cannot hold the value, or the planner could not find it there again */
export function checkWanted(value: PlannedValue, type: ColumnType, place: ColumnPlace): void {
  encodeValue(value, type, place);
  for (const atom of uuidsOf(value, type)) {
    // A wish is compared with what the replica shows.
    if (typeof atom === 'string' && !isUuid(atom)) throw badValue(atom, place, 'a wish states UUIDs in lower case');
  }
}

/** One element, whatever the number of elements that the column must have. @throws {OvsdbError} OVSDB_BAD_VALUE */
export function checkPart(part: Part, type: ColumnType, place: ColumnPlace): void {
  checkWanted('atom' in part ? [part.atom] : new Map([[part.mapKey, part.value]]), { ...type, min: 0 }, place);
}

function uuidsOf(value: PlannedValue, { key, value: item }: ColumnType): readonly WritableAtom[] {
  if (value instanceof Map) {
    const map = value as ReadonlyMap<Atom, WritableAtom>;
    return [...(key.type === 'uuid' ? map.keys() : []), ...(item?.type === 'uuid' ? map.values() : [])];
  }
  if (value === undefined || key.type !== 'uuid') return [];
  return Array.isArray(value) ? (value as readonly WritableAtom[]) : [value as WritableAtom];
}
