/** metadata.managedFields: who owns which fields. @source Kubernetes meta/v1 ManagedFieldsEntry */
import { asArray, asObject, asString, isObject, type JsonObject } from '../json.ts';
import { decodeFields, encodeFields } from './field-set.ts';

/** One entry, its fields as a set of paths. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
  readonly fields: ReadonlySet<string>;
}

/** What tells two entries apart. */
export type ManagerName = Pick<Manager, 'manager' | 'operation' | 'subresource' | 'apiVersion'>;

/** Entries of one object; further ones of operation Update are merged into the oldest. @source apimachinery DefaultMaxUpdateManagers */
const updateManagerLimit = 10;

/** Read the entries of an object; malformed ones are dropped. */
export function readManagers(object: JsonObject | undefined): readonly Manager[] {
  return asArray(asObject(object?.['metadata'])['managedFields'])
    .filter(isObject)
    .flatMap((entry): Manager[] => {
      const manager = asString(entry['manager']);
      const operation = entry['operation'];
      if (manager === undefined || (operation !== 'Apply' && operation !== 'Update')) return [];
      return [
        {
          manager,
          operation,
          apiVersion: asString(entry['apiVersion']) ?? '',
          subresource: asString(entry['subresource']) ?? '',
          time: asString(entry['time']) ?? '',
          fields: decodeFields(entry['fieldsV1']),
        },
      ];
    });
}

/** The object with these entries; those that own nothing are left out. */
export function withManagers(object: JsonObject, managers: readonly Manager[]): JsonObject {
  const entries = bounded(managers.filter((entry) => entry.fields.size > 0)).map((entry): JsonObject => ({
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    time: entry.time,
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFields(entry.fields),
    ...(entry.subresource === '' ? {} : { subresource: entry.subresource }),
  }));
  const { managedFields: _old, ...metadata } = asObject(object['metadata']);
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
}

function bounded(managers: readonly Manager[]): readonly Manager[] {
  const updates = managers.filter((entry) => entry.operation === 'Update').toSorted((left, right) => (left.time < right.time ? -1 : 1));
  const surplus = updates.slice(0, Math.max(0, updates.length - updateManagerLimit + 1));
  if (surplus.length < 2) return managers;
  const [first] = surplus;
  if (first === undefined) return managers;
  const merged: Manager = { ...first, manager: 'ancient-changes', fields: new Set(surplus.flatMap((entry) => [...entry.fields])) };
  return [merged, ...managers.filter((entry) => !surplus.includes(entry))];
}

/** Whether an entry bears a name. */
export function isManager(entry: ManagerName, name: ManagerName): boolean {
  return (
    entry.manager === name.manager &&
    entry.operation === name.operation &&
    entry.subresource === name.subresource &&
    entry.apiVersion === name.apiVersion
  );
}

/** The names and sets that an entry keeps when others take fields. */
export function without(entry: Manager, fields: { has(path: string): boolean }): Manager {
  return { ...entry, fields: new Set([...entry.fields].filter((path) => !fields.has(path))) };
}

/** Whether two sets hold the same paths. */
export function sameFields(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((path) => right.has(path));
}
